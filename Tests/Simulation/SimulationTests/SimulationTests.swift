import Simulation
import Testing

@Suite("Random histories in memory", .serialized)
struct SimulationTests {
    @Test(
        "whatever dies, gets lost, comes twice or late: each request one order, each hold resolved once, books that agree"
    )
    func everythingHolds() async {
        let campaign = await Campaign.run(seeds: 1..<1501, threads: 1)
        for failure in campaign.failures { Issue.record("\(failure.faults)\n\(failure.replay)") }
        #expect(campaign.failureCount == 0)
        // Histories in which hardly anything happened would prove hardly anything.
        let tally = campaign.tally
        for field in Tally.fields { #expect(tally[keyPath: field.path] > 20, "\(field.word)") }
    }

    @Test("histories that failed once do not fail again", arguments: History.failedOnce.map(\.seed))
    func regressions(seed: UInt64) {
        let history = History.run(seed: seed)
        #expect(history.faults.isEmpty, "\(history.replay)")
    }

    @Test("each break made on purpose is found within a few thousand histories", arguments: Mutation.allCases)
    func finds(mutation: Mutation) async {
        let campaign = await Campaign.run(seeds: 1..<4001, mutation: mutation, untilFailure: true, threads: 1)
        #expect(campaign.failureCount > 0, "\(mutation.rawValue)")
    }

    @Test("the same seed gives the same history, step by step")
    func sameAgain() {
        for seed in UInt64(1)...20 {
            let first = History.run(seed: seed, isRecording: true)
            #expect(first.lines == History.run(seed: seed, isRecording: true).lines)
            #expect(!first.lines.isEmpty)
            // Watching changes nothing.
            #expect(first.tally == History.run(seed: seed).tally)
        }
    }
}
