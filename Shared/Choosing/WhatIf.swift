import Kit

import func Glibc.cos
import func Glibc.exp
import func Glibc.log

/// What orders of the past would have cost under another policy, and how many codes they would have brought.
///
/// Each decision is made again from its stored candidates. Where the same offer comes out, what really happened counts;
/// where another does, nobody saw what would have happened, and what its window said at the time counts instead
/// (`observed` is the share of the former: the lower, the more is estimate). The intervals (90 %) are a bootstrap over
/// the orders, in which also the chance of each offer that was not taken is drawn anew from what was known of it, once
/// for all orders of a replicate, since an error of an estimate is common to them.
///
/// Not told: what would have been learned by choosing otherwise. A policy that explores more looks as dear here as it is
/// at first. What excluded an offer then excludes it again, so that `outages`, `rest` and `comeback` change nothing.
package struct WhatIf: Hashable, Sendable {
    /// A figure with the bounds that nine of ten replicates lie within.
    package struct Estimate: Hashable, Sendable {
        package let value: Double
        package let low: Double
        package let high: Double
    }

    /// All amounts in micro-units for each code.
    package struct Figures: Hashable, Sendable {
        /// Money, and what waiting is worth.
        package let cost: Estimate
        package let money: Estimate
        /// Codes by order.
        package let success: Estimate
    }

    /// Decisions with a known outcome; the others are passed over.
    package let orders: Int
    package let passedOver: Int
    /// Orders that would have gone elsewhere.
    package let changed: Int
    package let asItWas: Figures
    package let asItWouldBe: Figures
    /// Codes that came, for each that the estimates of the offers taken had promised. Far from 1, nothing here that is
    /// estimated should be believed.
    package let calibration: Double

    /// The share of the orders whose outcome under the policy was seen.
    package var observed: Double { orders == 0 ? 1 : 1 - Double(changed) / Double(orders) }

    /// What an order adds to the sums; `offer` names the one whose chance is only estimated.
    private struct Part {
        var money: Double
        var seconds: Double
        var codes: Double
        var offer = -1
        /// By how much each changes with the chance, and how uncertain that is.
        var moneySlope = 0.0
        var secondsSlope = 0.0
        var deviation = 0.0
    }

    /// Waiting is valued by `value` in both, so that the two can be compared; without one by the policy itself.
    package init(
        _ decisions: [PastDecision], under policy: RoutingPolicy, valuedBy value: RoutingPolicy? = nil,
        replicates: Int = 200, seed: UInt64 = 1
    ) {
        let value = value ?? policy
        var before: [Part] = []
        var after: [Part] = []
        var names: [OfferName: Int] = [:]
        // Who would lead, where that is not who led.
        var leaders: [String: OfferName] = [:]
        var changed = 0
        var promised = 0.0
        for past in decisions {
            guard let outcome = past.outcome else { continue }
            let was = Part(
                money: Double(outcome.paid.micro), seconds: outcome.waited.inSeconds, codes: outcome.hasCode ? 1 : 0)
            before.append(was)
            promised += past.candidates.first { OfferName($0.offer) == past.chosen }?.estimate.mean ?? 0
            // What an earlier attempt had tried is excluded in the stored candidates already.
            let again = Routing.decide(
                orderID: past.orderID, attempt: past.attempt,
                among: past.candidates.map { $0.weighed(by: policy) }, last: leaders[past.goods] ?? past.last,
                policy: policy)
            guard let chosen = again.chosen, OfferName(chosen.offer) != past.chosen else {
                leaders[past.goods] = nil
                after.append(was)
                continue
            }
            changed += 1
            leaders[past.goods] = again.leader(after: leaders[past.goods])
            let name = OfferName(chosen.offer)
            let index = names[name] ?? names.count
            names[name] = index
            after.append(Self.part(chosen, policy, index))
        }
        orders = before.count
        passedOver = decisions.count - before.count
        self.changed = changed
        calibration = promised > 0 ? before.reduce(0) { $0 + $1.codes } / promised : 1
        let second = Double(value.waitingPerSecond.micro)
        asItWas = Self.figures(before, offers: 0, second, replicates, seed)
        asItWouldBe = Self.figures(after, offers: names.count, second, replicates, seed)
    }

    private static func part(_ offer: RoutingDecision.Candidate, _ policy: RoutingPolicy, _ index: Int) -> Part {
        let chance = offer.estimate.mean
        let price = Double(offer.offer.cost.micro)
        let lost = Double(offer.lost.micro)
        let wait = (offer.wait ?? policy.usualWait).inSeconds
        let silence = policy.silence.inSeconds
        return Part(
            money: chance * price + (1 - chance) * lost, seconds: chance * wait + (1 - chance) * silence,
            codes: chance, offer: index, moneySlope: price - lost, secondsSlope: wait - silence,
            deviation: (chance * (1 - chance) / (offer.estimate.count + 1)).squareRoot())
    }

    // MARK: Intervals

    private static func figures(
        _ parts: [Part], offers: Int, _ second: Double, _ replicates: Int, _ seed: UInt64
    ) -> Figures {
        var sums = Sums()
        for part in parts { sums.add(part, error: 0, times: 1) }
        var costs: [Double] = []
        var moneys: [Double] = []
        var successes: [Double] = []
        var chance = Bootstrap(state: seed)
        for _ in 0..<replicates where !parts.isEmpty {
            let errors = (0..<offers).map { _ in chance.normal() }
            var sums = Sums()
            for part in parts {
                // How often an order is drawn in as many draws as there are orders is close to Poisson's of mean 1.
                let times = chance.poisson()
                guard times > 0 else { continue }
                sums.add(part, error: part.offer >= 0 ? errors[part.offer] : 0, times: Double(times))
            }
            costs.append(sums.cost(second))
            moneys.append(sums.money / max(sums.codes, 1e-9))
            successes.append(sums.codes / max(sums.orders, 1))
        }
        return Figures(
            cost: estimate(sums.cost(second), costs), money: estimate(sums.money / max(sums.codes, 1e-9), moneys),
            success: estimate(sums.codes / max(sums.orders, 1), successes))
    }

    private static func estimate(_ value: Double, _ replicates: [Double]) -> Estimate {
        let sorted = replicates.sorted()
        guard !sorted.isEmpty else { return Estimate(value: value, low: value, high: value) }
        func at(_ share: Double) -> Double { sorted[Int((Double(sorted.count - 1) * share).rounded())] }
        return Estimate(value: value, low: min(value, at(0.05)), high: max(value, at(0.95)))
    }

    private struct Sums {
        var orders = 0.0
        var codes = 0.0
        var money = 0.0
        var seconds = 0.0

        mutating func add(_ part: Part, error: Double, times: Double) {
            // The chance stays a chance.
            let moved = part.offer < 0 ? 0 : min(max(part.codes + error * part.deviation, 0.01), 1) - part.codes
            orders += times
            codes += times * (part.codes + moved)
            money += times * (part.money + moved * part.moneySlope)
            seconds += times * (part.seconds + moved * part.secondsSlope)
        }

        func cost(_ second: Double) -> Double { (money + seconds * second) / max(codes, 1e-9) }
    }

    /// Chance of its own, the same for the same seed.
    private struct Bootstrap {
        var state: UInt64

        mutating func unit() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return (Double((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53
        }

        mutating func normal() -> Double { (-2 * log(unit())).squareRoot() * cos(2 * Double.pi * unit()) }

        /// Of mean 1.
        mutating func poisson() -> Int {
            var rest = unit()
            var term = exp(-1.0)
            var count = 0
            while rest > term, count < 12 {
                rest -= term
                count += 1
                term /= Double(count)
            }
            return count
        }
    }
}
