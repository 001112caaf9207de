import Choosing
import Demand
import Kit

/// How many numbers to buy before anybody orders them, so that whoever does has one at once.
///
/// Off unless it is switched on: a number that nobody orders in time is lost money and lost reputation. The rule is that
/// of the newsboy: the next number is worth what it saves, as often as it is ordered in time, less what it costs not to
/// sell it, as often as it is not. Numbers are taken in the order of their worth for the money they bind, until nothing
/// has any, or the money is spent.
package enum PrePurchase {
    package struct Policy: Hashable, Sendable {
        /// The most that may be bound in numbers nobody has ordered yet, those held already among them; zero switches it
        /// off.
        package var budget = Money.zero
        /// The most numbers held of any goods.
        package var limit = 5
        /// What a number at once saves an order in the mean: a call, and the refusals where numbers are short.
        package var saves = Duration.seconds(10)
        /// What a number given back costs beside the money, as a share of its price: in requests, and in a provider's
        /// opinion of us.
        package var penalty = 0.02

        package init() {}

        package var isOn: Bool { budget > .zero }
    }

    /// What could be bought in advance.
    package struct Candidate: Hashable, Sendable {
        package var goods: Goods
        package var price: Money
        /// What is not paid back of a number that is not ordered in time, with what giving it back costs besides.
        package var lost: Money
        /// What it is worth that an order has its number at once.
        package var benefit: Money
        /// The orders that may come while a number bought now keeps.
        package var orders: CountDistribution
        /// Numbers that wait already.
        package var held: Int

        package init(
            goods: Goods, price: Money, lost: Money, benefit: Money, orders: CountDistribution, held: Int = 0
        ) {
            self.goods = goods
            self.price = price
            self.lost = lost
            self.benefit = benefit
            self.orders = orders
            self.held = held
        }

        /// What one more is worth when so many wait, in micro-units.
        package func worth(ofNextAfter held: Int) -> Double {
            let sold = orders.atLeast(held + 1)
            return sold * Double(benefit.micro) - (1 - sold) * Double(lost.micro)
        }
    }

    package struct Plan: Hashable, Sendable {
        package fileprivate(set) var numbers: [Goods: Int] = [:]
        package fileprivate(set) var bound = Money.zero
        /// What it is worth in the mean, in micro-units.
        package fileprivate(set) var worth = 0.0
    }

    /// `bound` is what the numbers cost that are held already.
    package static func plan(_ candidates: [Candidate], bound: Money, _ policy: Policy) -> Plan {
        var plan = Plan()
        guard policy.isOn else { return plan }
        var left = policy.budget - bound
        var held = candidates.map(\.held)
        while true {
            var best: (index: Int, worth: Double, ratio: Double)?
            for (index, candidate) in candidates.enumerated() {
                guard held[index] < policy.limit, candidate.price > .zero, candidate.price <= left else { continue }
                let worth = candidate.worth(ofNextAfter: held[index])
                let back = worth / Double(candidate.price.micro)
                if worth > 0, back > best?.ratio ?? 0 { best = (index, worth, back) }
            }
            guard let best else { return plan }
            let candidate = candidates[best.index]
            held[best.index] += 1
            left = left - candidate.price
            plan.bound = plan.bound + candidate.price
            plan.worth += best.worth
            plan.numbers[candidate.goods, default: 0] += 1
        }
    }
}

extension PrePurchase.Candidate {
    /// Of goods for which an order would get this offer now.
    package init(
        goods: Goods, choice: RoutingDecision.Candidate, orders: CountDistribution, held: Int,
        policy: PrePurchase.Policy, waitingPerSecond: Money
    ) {
        let price = choice.offer.cost
        func part(_ money: Money, _ share: Double) -> Money { Money(micro: Int64(Double(money.micro) * share)) }
        self.init(
            goods: goods, price: price, lost: choice.lost + part(price, policy.penalty),
            benefit: part(waitingPerSecond, policy.saves.inSeconds), orders: orders, held: held)
    }
}
