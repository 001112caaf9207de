import Kit

/// What came of one history.
package struct History: Sendable {
    package let seed: UInt64
    package let mutation: Mutation?
    package let tally: Tally
    /// What does not hold; empty when all does.
    package let faults: [String]
    /// Everything that happened, in order, when it was asked for.
    package let lines: [String]

    /// Lets a history happen. The same seed gives the same one, wherever and whenever.
    package static func run(seed: UInt64, mutation: Mutation? = nil, isRecording: Bool = false) -> History {
        let world = World(seed: seed, mutation: mutation, isRecording: isRecording)
        world.run()
        return History(
            seed: seed, mutation: mutation, tally: world.tally, faults: world.faults, lines: world.lines)
    }

    /// What a person types to see it again.
    package var replay: String {
        "simulate --seed \(seed)\(mutation.map { " --mutation \($0.rawValue)" } ?? "")"
    }
}
