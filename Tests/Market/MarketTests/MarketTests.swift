import Choosing
import Kit
import MarketLab
import Testing

@Suite("The chooser in markets with hidden rates", .serialized)
struct MarketTests {
    @Test(
        "a code costs a fifth less than at the cheapest price or the default provider, little more than with the oracle",
        arguments: [UInt64(1), 2])
    func bars(seed: UInt64) {
        // A fifth of what `make market` lets happen, since code for tests is not built for speed. Most of the learning
        // falls into it, so that the oracle is farther ahead than over the whole.
        var setting = MarketSetting(seed: seed)
        setting.orders = 4000
        setting.span = .seconds(48 * 3600 / 5)
        let comparison = Comparison(setting)
        #expect(comparison.difference(to: comparison.cheapest) <= -0.2)
        #expect(comparison.difference(to: comparison.defaultProvider) <= -0.2)
        #expect(comparison.difference(to: comparison.oracle) <= 0.15)
        for run in comparison.runs {
            #expect(run.isProven, "what was paid is in the providers' books")
            #expect(run.orders == 4000 && run.codes + run.silences + run.unserved == run.orders)
        }
        // Some four hundred orders an hour.
        #expect(comparison.ours.leadChangesPerHour < 12)
        let plot = RegretPlot.svg([comparison])
        #expect(plot.hasPrefix("<svg") && plot.hasSuffix("</svg>\n") && !plot.contains("nan") && !plot.contains("inf"))
        #expect(MarketReport.csv([comparison]).split(separator: "\n").count == 1 + 4 * 100)
    }

    /// Five orders a second for ten minutes, in a market that does not move.
    private static func rush(_ faults: [MarketSetting.Fault]) -> MarketSetting {
        var setting = MarketSetting(seed: 3)
        setting.orders = 3000
        setting.span = .seconds(600)
        setting.drifts = false
        setting.faults = faults
        return setting
    }

    private static func busiest(_ run: MarketRun, from: Duration, until: Duration) -> Int {
        (0..<3).max { run.share(of: $0, from: from, until: until) < run.share(of: $1, from: from, until: until) } ?? 0
    }

    @Test("a dead provider is left within a second, probed seldom, and has its orders again without flapping")
    func death() {
        let ours = Strategy.ours(RoutingPolicy())
        let calm = MarketRun.of(ours, Self.rush([]))
        let from = Duration.seconds(120)
        let until = Duration.seconds(180)
        let provider = Self.busiest(calm, from: from, until: until)
        let usual = calm.share(of: provider, from: from, until: until)
        #expect(usual > 0.5, "there is something to lose: \(usual)")
        let run = MarketRun.of(
            ours, Self.rush([.init(.refusing, provider: provider, from: from, until: until)]))
        let attempts = run.refusedAttempts.filter { $0.provider == provider }.filter {
            from <= run.moments[$0.order] && run.moments[$0.order] < until
        }
        let early = attempts.filter { run.moments[$0.order] < from + .seconds(1) }
        #expect((1...5).contains(early.count), "\(early)")
        #expect(attempts.count < 20, "of three hundred orders \(attempts.count)")
        #expect(run.share(of: provider, from: from + .seconds(1), until: until) == 0)
        // Nobody goes without.
        #expect(run.unserved == calm.unserved)
        // Within two minutes it is tried, first with few orders, and at last has as many as if nothing had been.
        #expect(run.share(of: provider, from: until, until: until + .seconds(120)) > 0)
        #expect(run.share(of: provider, from: until, until: until + .seconds(120)) < usual / 2)
        #expect(run.share(of: provider, from: .seconds(500), until: .seconds(600)) > usual / 2)
        #expect(run.leadChanges.reduce(0, +) <= calm.leadChanges.reduce(0, +) + 10)
    }

    @Test("when all are slow, nothing moves")
    func slowness() {
        let ours = Strategy.ours(RoutingPolicy())
        let calm = MarketRun.of(ours, Self.rush([]))
        let slow = MarketRun.of(
            ours, Self.rush([.init(.slow(3), provider: nil, from: .seconds(120), until: .seconds(240))]))
        let from = Duration.seconds(180)
        let until = Duration.seconds(300)
        let provider = Self.busiest(calm, from: from, until: until)
        let usual = calm.share(of: provider, from: from, until: until)
        #expect(abs(slow.share(of: provider, from: from, until: until) - usual) < 0.15)
        #expect(slow.leadChanges.reduce(0, +) <= calm.leadChanges.reduce(0, +) + 4)
        let waits = [slow, calm].map { $0.codeSeconds / Double($0.codes) }
        #expect(waits[0] > 1.05 * waits[1], "it was slow indeed: \(waits)")
    }

    @Test("a single bad minute of the provider that leads moves little")
    func badMinute() {
        func setting(_ faults: [MarketSetting.Fault]) -> MarketSetting {
            var setting = MarketSetting(seed: 5)
            setting.orders = 2400
            setting.span = .seconds(6 * 3600)
            setting.drifts = false
            setting.faults = faults
            return setting
        }
        let ours = Strategy.ours(RoutingPolicy())
        let calm = MarketRun.of(ours, setting([]))
        let from = Duration.seconds(4 * 3600)
        let provider = Self.busiest(calm, from: from, until: from + .seconds(3600))
        let usual = calm.share(of: provider, from: from, until: from + .seconds(3600))
        let run = MarketRun.of(
            ours, setting([.init(.silent, provider: provider, from: from, until: from + .seconds(60))]))
        #expect(run.silences > 0 && run != calm)
        #expect(abs(run.share(of: provider, from: from, until: from + .seconds(3600)) - usual) < 0.15)
    }

    @Test("the same seed gives the same market, order by order; another gives another")
    func sameAgain() {
        var setting = MarketSetting(seed: 9)
        setting.orders = 1500
        setting.span = .seconds(3600)
        for strategy in [Strategy.ours(RoutingPolicy()), .cheapest, .oracle] {
            let run = MarketRun.of(strategy, setting)
            #expect(run == MarketRun.of(strategy, setting))
            setting.seed = 10
            #expect(run != MarketRun.of(strategy, setting))
            setting.seed = 9
        }
    }

    @Test("what replay says of another policy is what that policy costs when it is let")
    func whatIf() {
        var setting = MarketSetting(seed: 4)
        setting.orders = 3000
        setting.span = .seconds(6 * 3600)
        let run = MarketRun.of(.ours(RoutingPolicy()), setting, recordsEvery: 2)
        var hurried = RoutingPolicy()
        hurried.waitingPerSecond = Money(micro: 350)
        let told = WhatIf(run.decisions, under: hurried)
        let shown = MarketRun.of(.ours(hurried), setting, valuedBy: hurried)
        #expect(told.orders == 1500 && told.changed > 30, "\(told.changed) of \(told.orders)")
        #expect(abs(told.asItWouldBe.cost.value / shown.cost - 1) < 0.2, "\(told.asItWouldBe.cost) \(shown.cost)")
        #expect((0.8...1.2).contains(told.calibration))
        #expect(WhatIf(run.decisions, under: RoutingPolicy()).changed == 0)
    }
}

extension MarketRun {
    /// Whether both served the same orders by the same providers with the same outcome.
    static func == (one: MarketRun, other: MarketRun) -> Bool {
        one.served == other.served && one.cost == other.cost && one.codes == other.codes && one.points == other.points
            && one.regret == other.regret
    }

    static func != (one: MarketRun, other: MarketRun) -> Bool { !(one == other) }
}
