import Chaos
import TestSupport
import Testing

@Suite("Schedules of faults")
struct ScheduleTests {
    @Test("The generator gives the numbers that its authors published for the seed 1234567")
    func generator() {
        var generator = SplitMix64(seed: 1_234_567)
        let numbers = (0..<5).map { _ in generator.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test("The same seed gives the same steps, another gives others")
    func repeatable() {
        let first = Schedule(seed: 7, faults: 300, over: .seconds(60))
        #expect(first.steps == Schedule(seed: 7, faults: 300, over: .seconds(60)).steps)
        #expect(first.steps != Schedule(seed: 8, faults: 300, over: .seconds(60)).steps)
    }

    @Test("Every kind occurs, the number is the one asked for, and nothing is planned for after the end")
    func whole() {
        for seed in UInt64(1)...50 {
            let schedule = Schedule(seed: seed, faults: 220, over: .seconds(60))
            #expect(Set(schedule.steps.map(\.kind)) == Set(FaultKind.allCases))
            #expect(schedule.steps.count == 220)
            #expect(schedule.steps.allSatisfy { $0.at >= .zero && $0.at <= .seconds(60) })
            #expect(schedule.steps.map(\.number) == Array(1...220))
            #expect(zip(schedule.steps, schedule.steps.dropFirst()).allSatisfy { $0.at <= $1.at })
        }
    }

    @Test("Of ten thousand faults at least three hundred are kills of processes or servers")
    func kills() {
        let schedule = Schedule(seed: 1, faults: 10_000, over: .seconds(5000))
        #expect(schedule.steps.count == 10_000)
        #expect(schedule.steps.count { $0.kind.isKill } >= 300)
    }

    @Test("A schedule of chosen kinds has only these")
    func narrowed() {
        let schedule = Schedule(seed: 3, faults: 40, over: .seconds(10), only: [.kill, .poison])
        #expect(Set(schedule.steps.map(\.kind)) == [.kill, .poison])
        #expect(schedule.steps.count == 40)
    }

    @Test("A step is written as it can be read")
    func written() {
        for step in Schedule(seed: 5, faults: 100, over: .seconds(30)).steps {
            let form = /#(\d+) at \d+\.\d{3}s ([a-z0-9-]+) for \d+\.\d{3}s dice (\d+)/
            let match = step.description.wholeMatch(of: form)
            #expect(match?.1 == "\(step.number)" && match?.2 == step.kind.rawValue[...] && match?.3 == "\(step.dice)")
        }
    }
}
