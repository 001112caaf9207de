import Demand
import Kit
import Testing

@testable import VerificationCore

@Suite("Numbers bought before they are ordered")
struct PrePurchaseTests {
    private static func goods(_ number: Int) -> Goods { Goods(country: "england", service: "s\(number)") }

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
        policy.budget = Money(micro: budget)
        policy.limit = limit
        return policy
    }

    private static func plan(_ candidates: [PrePurchase.Candidate], _ policy: PrePurchase.Policy) -> PrePurchase.Plan {
        PrePurchase.plan(
            candidates, bound: candidates.reduce(.zero) { $0 + $1.price * Int64($1.held) }, policy)
    }

    @Test("nothing is bought in advance unless that is switched on")
    func off() {
        #expect(!PrePurchase.Policy().isOn)
        #expect(Self.plan([Self.candidate(mean: 100)], PrePurchase.Policy()) == PrePurchase.Plan())
        #expect(!Self.plan([Self.candidate(mean: 100)], Self.policy()).numbers.isEmpty)
    }

    @Test("a number is bought as long as it is ordered often enough to be worth what is lost when it is not")
    func newsboy() {
        // It must be ordered two times of three to be worth a loss of ten against a gain of five.
        #expect(Self.plan([Self.candidate(mean: 1)], Self.policy()).numbers.isEmpty)
        #expect(Self.plan([Self.candidate(mean: 1.2)], Self.policy()).numbers == [Self.goods(1): 1])
        // What is held already counts.
        #expect(Self.plan([Self.candidate(mean: 1.2, held: 1)], Self.policy()).numbers.isEmpty)
        // Where nothing is lost, and nothing else is worth anything, the limit alone ends it.
        #expect(Self.plan([Self.candidate(lost: 0, mean: 0.1)], Self.policy()).numbers == [Self.goods(1): 5])
        #expect(Self.plan([Self.candidate(benefit: 0, mean: 100)], Self.policy()).numbers.isEmpty)
    }

    @Test("no more is bound than the budget, held numbers among it, and what is worth most for it comes first")
    func budget() {
        let candidates = [
            Self.candidate(1, benefit: 5000, mean: 20), Self.candidate(2, benefit: 9000, mean: 20),
            Self.candidate(3, price: 10_000, benefit: 5000, mean: 20, held: 2),
        ]
        for budget in [0, 9_999, 25_000, 60_000, 130_000, 1_000_000] as [Int64] {
            let plan = Self.plan(candidates, Self.policy(budget))
            let held = Money(micro: 20_000)
            #expect(plan.bound == .zero || plan.bound + held <= Money(micro: budget))
            let prices = [Self.goods(1): Int64(50_000), Self.goods(2): 50_000, Self.goods(3): 10_000]
            #expect(plan.bound.micro == plan.numbers.reduce(0) { $0 + Int64($1.value) * (prices[$1.key] ?? 0) })
        }
        // Half as much for a fifth of the money is the better bargain, then the dearer of the two.
        #expect(Self.plan(candidates, Self.policy(50_000)).numbers == [Self.goods(3): 3])
        #expect(Self.plan(candidates, Self.policy(100_000)).numbers == [Self.goods(3): 3, Self.goods(2): 1])
    }

    @Test("among goods of one price no other way to spend the budget is worth more")
    func best() {
        let candidates = [
            Self.candidate(1, benefit: 5000, mean: 3), Self.candidate(2, lost: 4000, benefit: 3000, mean: 2),
            Self.candidate(3, lost: 20_000, benefit: 9000, mean: 4, held: 1),
        ]
        for count in 0...6 {
            let plan = Self.plan(candidates, Self.policy(Int64(count + 1) * 50_000))
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
