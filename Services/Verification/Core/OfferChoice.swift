import Choosing
import Kit

/// What was decided to be bought, and from what it was chosen.
package struct OfferChoice: Hashable, Sendable {
    package let provider: String
    /// The operator's name, or `any`.
    package let `operator`: String
    /// The most the provider may take.
    package let ceiling: Money
    package let reason: RoutingReason
    /// The offer that led before.
    package let leader: OfferName?
    /// The best first, and then those that were not for this order; kept so that the choice can be explained, and made
    /// again by another policy.
    package let candidates: [RoutingDecision.Candidate]

    /// Why it was chosen, in a line of the time-line: `cheapest of 12, 0.143 expected; next hero any, 0.152`.
    package var explanation: String {
        let fit = candidates.filter { $0.excluded == nil }
        func told(_ candidate: RoutingDecision.Candidate) -> String {
            let milli = Int64((candidate.cost / 1000).rounded())
            let rest = String(milli % 1000)
            return "\(milli / 1000)." + String(repeating: "0", count: 3 - rest.utf8.count) + rest
        }
        guard let chosen = fit.first(where: { $0.offer.provider == provider && $0.offer.operator == self.operator })
        else { return reason.rawValue }
        var text = "\(reason.rawValue) of \(fit.count), \(told(chosen)) expected"
        if let next = fit.first(where: { $0.offer != chosen.offer }) {
            text += "; next \(next.offer.provider) \(next.offer.operator), \(told(next))"
        }
        return text
    }

    /// As many candidates are kept.
    private static let kept = 12

    package init?(_ decision: RoutingDecision, leader: OfferName?, ceiling: Money) {
        guard let chosen = decision.chosen, let reason = decision.reason else { return nil }
        provider = chosen.offer.provider
        self.operator = chosen.offer.operator
        self.ceiling = ceiling
        self.reason = reason
        self.leader = leader
        var candidates = Array(decision.candidates.prefix(Self.kept))
        if !candidates.contains(where: { $0.offer == chosen.offer }) { candidates.append(chosen) }
        self.candidates = candidates
    }
}
