import Kit
import Testing

@testable import Choosing

@Suite("The past under another policy")
struct WhatIfTests {
    private static let policy: RoutingPolicy = {
        var policy = RoutingPolicy()
        policy.exploration = 0
        policy.margin = 0
        return policy
    }()

    private static func candidate(
        _ name: String, cost: Int64, chance: Double, count: Double = 1000, wait: Duration = .seconds(10),
        lost: Int64 = 0, excluded: Exclusion? = nil
    ) -> RoutingDecision.Candidate {
        RoutingDecision.Candidate(
            Offer(provider: name, operator: "any", cost: Money(micro: cost), count: 10, rate: nil),
            estimate: SuccessEstimate(mean: chance, count: count), wait: wait, lost: Money(micro: lost), weight: 1,
            excluded: excluded, policy: policy)
    }

    /// A decision of then between a dear quick offer, which was taken and brought a code four times of five, and a cheap
    /// slow one.
    private static func past(_ number: Int, count: Double = 1000, hasOutcome: Bool = true) -> PastDecision {
        let hasCode = number % 5 != 0
        return PastDecision(
            orderID: ID(high: 0, low: UInt64(number)), attempt: 1, goods: "telegram/england",
            candidates: [
                candidate("dear", cost: 50_000, chance: 0.8),
                candidate("cheap", cost: 20_000, chance: 0.5, count: count, wait: .seconds(60)),
                candidate("hidden", cost: 1, chance: 0.99, excluded: .outOfStock),
            ], last: nil, chosen: OfferName(provider: "dear", operator: "any"),
            outcome: hasOutcome
                ? PastDecision.Outcome(
                    hasCode: hasCode, paid: Money(micro: hasCode ? 50_000 : 0), waited: .seconds(hasCode ? 10 : 120))
                : nil)
    }

    private static var impatient: RoutingPolicy {
        var policy = policy
        policy.waitingPerSecond = Money(micro: 1000)
        return policy
    }

    private static var patient: RoutingPolicy {
        var policy = policy
        policy.waitingPerSecond = .zero
        return policy
    }

    @Test("under a policy that chooses the same, everything is as it was")
    func same() {
        let result = WhatIf((0..<500).map { Self.past($0) }, under: Self.impatient)
        #expect(result.changed == 0 && result.observed == 1 && result.orders == 500)
        #expect(result.asItWas == result.asItWouldBe)
        #expect(abs(result.asItWas.success.value - 0.8) < 1e-9)
        #expect(abs(result.asItWas.money.value - 50_000) < 1e-6)
        // 10 s for a code, 120 s for none, at 1 000 a second.
        #expect(abs(result.asItWas.cost.value - (50_000 + 10_000 + 0.25 * 120_000)) < 1e-6)
        #expect(abs(result.calibration - 1) < 1e-9)
    }

    @Test("what would have been taken and was not is estimated from what was known of it then, and said to be")
    func other() {
        let result = WhatIf((0..<500).map { Self.past($0) }, under: Self.patient)
        #expect(result.changed == 500 && result.observed == 0)
        #expect(abs(result.asItWouldBe.success.value - 0.5) < 1e-9)
        #expect(abs(result.asItWouldBe.money.value - 20_000) < 1e-6)
        // Valued by the one who does not wait gladly, it was no bargain: 60 s for a code, and 120 s for each silence.
        let valued = WhatIf((0..<500).map { Self.past($0) }, under: Self.patient, valuedBy: Self.impatient)
        #expect(abs(valued.asItWouldBe.cost.value - 200_000) < 1e-6)
        #expect(valued.asItWas.cost.value < valued.asItWouldBe.cost.low)
    }

    @Test("an interval is as wide as what is known is little, and the same for the same seed")
    func intervals() {
        func result(count: Double, orders: Int, seed: UInt64 = 1) -> WhatIf {
            WhatIf((0..<orders).map { Self.past($0, count: count) }, under: Self.patient, seed: seed)
        }
        func width(_ estimate: WhatIf.Estimate) -> Double { estimate.high - estimate.low }
        let vague = result(count: 10, orders: 500).asItWouldBe.success
        let sure = result(count: 1000, orders: 500).asItWouldBe.success
        #expect(width(vague) > 3 * width(sure))
        // The error of an estimate does not become smaller with the number of orders that rest on it.
        #expect(width(result(count: 10, orders: 50).asItWouldBe.success) < 1.5 * width(vague))
        // What was seen does.
        #expect(
            width(result(count: 10, orders: 100).asItWas.success)
                > 2 * width(result(count: 10, orders: 1600).asItWas.success))
        #expect(result(count: 10, orders: 100) == result(count: 10, orders: 100))
        #expect(result(count: 10, orders: 100) != result(count: 10, orders: 100, seed: 2))
        for estimate in [vague, sure] { #expect(estimate.low <= estimate.value && estimate.value <= estimate.high) }
    }

    @Test("the interval of what was seen covers the truth nine times of ten")
    func coverage() {
        var covered = 0
        var state: UInt64 = 7
        for trial in 0..<200 {
            let decisions = (0..<200).map { number in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                var past = Self.past(number)
                let hasCode = Double(state >> 11) * 0x1p-53 < 0.7
                past.outcome = PastDecision.Outcome(
                    hasCode: hasCode, paid: Money(micro: hasCode ? 50_000 : 0), waited: .seconds(10))
                return past
            }
            let success = WhatIf(decisions, under: Self.impatient, replicates: 100, seed: UInt64(trial)).asItWas.success
            if success.low <= 0.7, 0.7 <= success.high { covered += 1 }
        }
        #expect((165...196).contains(covered), "\(covered) of 200")
    }

    @Test("a decision whose outcome is not known says nothing, and none at all is no reason to divide by nothing")
    func unknown() {
        let decisions = (0..<10).map { Self.past($0, hasOutcome: $0 < 4) }
        let result = WhatIf(decisions, under: Self.patient)
        #expect(result.orders == 4 && result.passedOver == 6)
        let empty = WhatIf([], under: Self.patient)
        #expect(empty.orders == 0 && empty.observed == 1 && empty.asItWas.cost.value == 0)
    }

    @Test("a decision is kept with its best candidates and the chosen one, and comes out the same when made again")
    func kept() {
        let offers = (0..<40).map { number in
            RoutedOffer(
                Offer(
                    provider: "one", operator: "pool\(number)", cost: Money(micro: Int64(20_000 + number * 1000)),
                    count: 5, rate: nil))
        }
        for number in 0..<300 {
            let wish = Routing.Wish(
                orderID: ID(high: 1, low: UInt64(number) &* 0x9E37_79B9), attempt: 1, ceiling: Money(micro: 1_000_000))
            let decision = Routing.decide(wish, among: offers, policy: RoutingPolicy(), now: start)
            guard let chosen = decision.chosen else {
                Issue.record("one of forty is for everybody")
                continue
            }
            let kept = PastDecision(
                orderID: wish.orderID, attempt: 1, goods: "telegram/england", decision, last: nil, limit: 12)
            #expect(kept.candidates.count == (decision.candidates.prefix(12).contains(chosen) ? 12 : 13))
            let whole = PastDecision(
                orderID: wish.orderID, attempt: 1, goods: "telegram/england", decision, last: nil, limit: 40)
            let again = Routing.decide(
                orderID: whole.orderID, attempt: 1, among: whole.candidates, last: nil, policy: RoutingPolicy())
            #expect(again == decision)
        }
    }
}
