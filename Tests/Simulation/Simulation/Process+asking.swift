import Kit

extension Process {
    /// Asks another machine something. It may be done without an answer, or not be done at all, and the asker gets `lost`
    /// then; a proxy may answer for a machine that does it later.
    func ask<Answer>(
        _ step: StaticString, limit: Duration, lost: Answer, _ execute: @escaping () -> Answer,
        then: @escaping (Answer) -> Void
    ) {
        let life = life
        let world = world
        let way = world.dice.pause(10, world.dice.chance(1000) ? 8000 : 600)
        func executeUnheard() {
            world.after(way) { _ = execute() }
        }
        guard world.dice.chance(world.weather.call) else {
            return world.after(way) { [self] in
                let answer = execute()
                resume(life, after: world.dice.pause(5, 200), step) { then(answer) }
            }
        }
        switch world.dice.below(4) {
        case 0:
            world.tally.lostRequests += 1
            resume(life, after: limit.microseconds, step) { then(lost) }
        case 1:
            world.tally.lostRequests += 1
            resume(life, after: world.dice.pause(10, 300), step) { then(lost) }
        case 2:
            world.tally.lostAnswers += 1
            executeUnheard()
            resume(life, after: limit.microseconds, step) { then(lost) }
        default:
            world.tally.lostAnswers += 1
            executeUnheard()
            resume(life, after: world.dice.pause(10, 300), step) { then(lost) }
        }
    }
}
