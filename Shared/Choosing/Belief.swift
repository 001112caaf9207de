import Kit

/// What is believed of an offer before it is tried, learned from the other offers for the same order (empirical Bayes).
///
/// Each offer's own rate counts by how well it is known and at most once, so that the one that serves nearly every order
/// does not speak for all. A provider's offers speak for its other ones, and all for a provider that is new. What the
/// provider states moves that by a quarter of the way: stated rates are absent, stale or flattering too often for more.
package struct Belief: Sendable {
    /// What is believed of an offer of which nothing whatever is known.
    package static let ignorance = 0.5
    /// How far a stated rate moves the belief.
    package static let trust = 0.25
    /// As many well-known offers as what is believed of a larger circle counts for.
    private static let circle = 2.0

    private struct Tally: Sendable {
        var rates = 0.0
        var weight = 0.0

        mutating func add(_ codes: Double, of trials: Double) {
            guard trials > 0 else { return }
            rates += codes / (trials + SuccessEstimate.weight)
            weight += trials / (trials + SuccessEstimate.weight)
        }

        func mean(otherwise: Double) -> Double { (rates + circle * otherwise) / (weight + circle) }
    }

    private var everyone = Tally()
    private var providers: [String: Tally] = [:]

    package init() {}

    /// Takes in what was seen of an offer of that provider.
    package mutating func learn(_ provider: String, codes: Double, trials: Double) {
        everyone.add(codes, of: trials)
        providers[provider, default: Tally()].add(codes, of: trials)
    }

    /// The chance of a code that an offer starts with.
    package func chance(_ provider: String, stated: Double?) -> Double {
        let all = everyone.mean(otherwise: Self.ignorance)
        let kin = providers[provider]?.mean(otherwise: all) ?? all
        guard let stated else { return kin }
        return (1 - Self.trust) * kin + Self.trust * min(max(stated, 0.02), 0.98)
    }
}
