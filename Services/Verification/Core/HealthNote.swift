import Choosing
import Contracts
import Demand
import Kit

/// What became of an order's number, or of an attempt to buy one, to be noted of the offer it was.
package struct HealthNote: Hashable, Sendable {
    package let goods: Goods
    package let name: OfferName
    package let outcome: HealthWindow.Outcome
    package let at: Timestamp
}

extension Applied {
    /// What this change says of offers.
    package var healthNotes: [HealthNote] {
        let goods = Goods(country: order.country, service: order.service)
        let offers = order.tried.filter { $0.operator != OfferName.everything }
        let opensNext = effects.contains { if case .openIntent = $0 { true } else { false } }
        func note(_ outcome: HealthWindow.Outcome, of name: OfferName?) -> HealthNote? {
            name.map { HealthNote(goods: goods, name: $0, outcome: outcome, at: order.updatedAt) }
        }
        return effects.compactMap { effect in
            switch effect {
            case .closeIntent(_, .refused), .closeIntent(_, .absent):
                // The next attempt, if there is one already, is the last of those tried.
                let name = opensNext ? offers.dropLast().last : offers.last
                return refusal.flatMap { note(.refused($0), of: name) }
            case .closeIntent(_, .ambiguous): return note(.unclear, of: offers.last)
            case .fact(.completed): return waited.flatMap { note(.code(after: $0), of: offers.last) }
            case .fact(.cancelled), .fact(.expired), .fact(.failed):
                guard order.reference != nil, order.messageCount == 0 else { return nil }
                return waited.flatMap { note(.silence(after: $0), of: offers.last) }
            default: return nil
            }
        }
    }

    /// The offers that lead from now on. An experiment does not lead, nor does what a later attempt found: it was the best
    /// of what was left.
    package var leaders: [(Goods, OfferName)] {
        effects.compactMap { effect in
            guard case .openIntent(1, let choice) = effect, choice.reason != .exploration else { return nil }
            return (
                Goods(country: order.country, service: order.service),
                OfferName(provider: choice.provider, operator: choice.operator)
            )
        }
    }

    /// How long the number has been the order's.
    private var waited: Duration? { order.assignedAt.map { (order.receivedAt ?? order.updatedAt) - $0 } }

    private var refusal: Refusal? {
        for case .step("purchase_refused", let cause, _, _) in effects {
            return cause.flatMap { Refusal(rawValue: $0) }
        }
        return nil
    }
}
