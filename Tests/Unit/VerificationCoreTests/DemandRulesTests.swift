import Kit
import Testing

@testable import VerificationCore

@Suite("What a forecast is used for")
struct DemandRulesTests {
    private static func goods(_ number: Int) -> DemandGoods { DemandGoods(country: "england", service: "s\(number)") }

    @Test("shares and what is kept back add up to the budget; nobody has more than may be needed, none goes without")
    func budgets() {
        var state: UInt64 = 3
        func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        for round in 0..<300 {
            let needs = (0..<(1 + round % 9)).map { number in
                let mean = next() < 0.2 ? 0 : 50 * next() * next()
                return BudgetPlan.Need(Self.goods(number), mean: mean, high: mean + 20 * next())
            }
            let budget = 200 * next()
            let plan = BudgetPlan(calls: budget, needs: needs)
            #expect(abs(plan.shares.values.reduce(0, +) + plan.reserve - budget) < 1e-6)
            #expect(plan.reserve >= budget * BudgetPlan.keptBack - 1e-6)
            for need in needs {
                let share = plan.shares[need.goods] ?? -1
                #expect(share >= 0 && share <= need.high + 1e-9)
                #expect(need.mean == 0 || budget == 0 || share > 0)
            }
            let wanted = needs.reduce(0) { $0 + $1.mean }
            guard wanted > 0.9 * budget else { continue }
            // Who needs more has more, but never a larger part of its need than who needs less.
            for (one, other) in zip(needs.sorted { $0.mean < $1.mean }, needs.sorted { $0.mean < $1.mean }.dropFirst())
            where one.mean > 0 {
                let (small, large) = (plan.shares[one.goods] ?? 0, plan.shares[other.goods] ?? 0)
                #expect(small <= large + 1e-9)
                #expect(small / one.mean >= large / other.mean - 1e-9)
            }
        }
    }

    @Test("what is over goes where more may be needed, and the rest is kept for what nobody foresaw")
    func plenty() {
        let steady = BudgetPlan.Need(Self.goods(1), mean: 10, high: 10)
        let unsteady = BudgetPlan.Need(Self.goods(2), mean: 10, high: 40)
        let tight = BudgetPlan(calls: 30, needs: [steady, unsteady])
        #expect(tight.shares == [Self.goods(1): 10, Self.goods(2): 17])
        #expect(abs(tight.reserve - 3) < 1e-9)
        let ample = BudgetPlan(calls: 100, needs: [steady, unsteady])
        #expect(ample.shares == [Self.goods(1): 10, Self.goods(2): 40] && ample.reserve == 50)
        #expect(BudgetPlan(calls: 7, needs: []).reserve == 7)
        // A quarter of an hour of a busy hour, at six calls for each order.
        let need = BudgetPlan.Need(
            Self.goods(3), orders: CountDistribution(mean: 40), callsPerOrder: 6, share: 0.25)
        #expect(need.mean == 60 && need.high > 60 && need.high < 120)
    }

    private static func candidate(
        _ number: Int = 1, price: Int64 = 50_000, lost: Int64 = 10_000, benefit: Int64 = 5000, mean: Double,
        held: Int = 0
    ) -> PrePurchase.Candidate {
        PrePurchase.Candidate(
            goods: goods(number), price: Money(micro: price), lost: Money(micro: lost), benefit: Money(micro: benefit),
            orders: CountDistribution(mean: mean), held: held)
    }

    private static func policy(_ budget: Int64 = 10_000_000, limit: Int = 5) -> PrePurchase.Policy {
        var policy = PrePurchase.Policy()
        policy.isOn = true
        policy.budget = Money(micro: budget)
        policy.limit = limit
        return policy
    }

    @Test("nothing is bought in advance unless that is switched on")
    func off() {
        #expect(!PrePurchase.Policy().isOn)
        var policy = PrePurchase.Policy()
        policy.budget = Money(micro: 1_000_000_000)
        #expect(PrePurchase.plan([Self.candidate(mean: 100)], policy) == PrePurchase.Plan())
        #expect(!PrePurchase.plan([Self.candidate(mean: 100)], Self.policy()).numbers.isEmpty)
    }

    @Test("a number is bought as long as it is ordered often enough to be worth what is lost when it is not")
    func newsboy() {
        // It must be ordered two times of three to be worth a loss of ten against a gain of five.
        #expect(PrePurchase.plan([Self.candidate(mean: 1)], Self.policy()).numbers.isEmpty)
        #expect(PrePurchase.plan([Self.candidate(mean: 1.2)], Self.policy()).numbers == [Self.goods(1): 1])
        // What is held already counts.
        #expect(PrePurchase.plan([Self.candidate(mean: 1.2, held: 1)], Self.policy()).numbers.isEmpty)
        // Where nothing is lost, and nothing else is worth anything, the limit alone ends it.
        #expect(PrePurchase.plan([Self.candidate(lost: 0, mean: 0.1)], Self.policy()).numbers == [Self.goods(1): 5])
        #expect(PrePurchase.plan([Self.candidate(benefit: 0, mean: 100)], Self.policy()).numbers.isEmpty)
    }

    @Test("no more is bound than the budget, held numbers among it, and what is worth most for it comes first")
    func budget() {
        let candidates = [
            Self.candidate(1, benefit: 5000, mean: 20), Self.candidate(2, benefit: 9000, mean: 20),
            Self.candidate(3, price: 10_000, benefit: 5000, mean: 20, held: 2),
        ]
        for budget in [0, 9_999, 25_000, 60_000, 130_000, 1_000_000] as [Int64] {
            let plan = PrePurchase.plan(candidates, Self.policy(budget))
            let held = Money(micro: 20_000)
            #expect(plan.bound == .zero || plan.bound + held <= Money(micro: budget))
            let prices = [Self.goods(1): Int64(50_000), Self.goods(2): 50_000, Self.goods(3): 10_000]
            #expect(plan.bound.micro == plan.numbers.reduce(0) { $0 + Int64($1.value) * (prices[$1.key] ?? 0) })
        }
        // Half as much for a fifth of the money is the better bargain, then the dearer of the two.
        #expect(PrePurchase.plan(candidates, Self.policy(50_000)).numbers == [Self.goods(3): 3])
        #expect(PrePurchase.plan(candidates, Self.policy(100_000)).numbers == [Self.goods(3): 3, Self.goods(2): 1])
    }

    @Test("among goods of one price no other way to spend the budget is worth more")
    func best() {
        let candidates = [
            Self.candidate(1, benefit: 5000, mean: 3), Self.candidate(2, lost: 4000, benefit: 3000, mean: 2),
            Self.candidate(3, lost: 20_000, benefit: 9000, mean: 4, held: 1),
        ]
        for count in 0...6 {
            let plan = PrePurchase.plan(candidates, Self.policy(Int64(count + 1) * 50_000))
            var most = 0.0
            for first in 0...5 {
                for second in 0...5 {
                    for third in 0...4 where first + second + third <= count {
                        var worth = 0.0
                        for (candidate, number) in zip(candidates, [first, second, third]) {
                            for next in 0..<number { worth += candidate.worth(ofNextAfter: candidate.held + next) }
                        }
                        most = max(most, worth)
                    }
                }
            }
            #expect(abs(plan.worth - most) < 1e-6, "\(count): \(plan)")
        }
    }
}
