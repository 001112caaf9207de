import Choosing
import Contracts
import Database
import Kit
import Runtime
import VerificationCore

/// Finds the orders that providers' notices are about, and has them asked about at once. A notice is believed no further
/// than that: what a number has got, only its provider's own answer tells.
struct HintDesk: Sendable {
    /// What came of looking for some.
    struct Found: Sendable {
        var watches: [Watch] = []
        /// Of which provider how many were about no order that is open.
        var unknown: [String: Int] = [:]
    }

    let minder: Minder
    let metrics: Metrics

    /// Looks for the orders by what their providers call them.
    static func find(_ hints: [VerificationHint], in transaction: Transaction) async throws -> Found {
        guard !hints.isEmpty else { return Found() }
        var found = Found()
        found.watches = try await transaction.rows(
            Watch.self,
            """
            SELECT \(Watch.columns) FROM orders o
            JOIN (SELECT DISTINCT * FROM unnest(\(hints.map(\.provider)), \(hints.map(\.reference))))
                AS h(provider, reference) ON o.provider = h.provider AND o.reference = h.reference
            WHERE o.reference IS NOT NULL AND o.state IN ('waiting', 'cancelling', 'received')
            """)
        let known = Set(found.watches.map { "\($0.provider) \($0.reference)" })
        for hint in hints where !known.contains("\(hint.provider) \(hint.reference)") {
            found.unknown[hint.provider, default: 0] += 1
        }
        return found
    }

    /// Has them asked about; those about nothing are only counted.
    func take(_ found: Found) {
        for (provider, count) in found.unknown { counter(provider, "unknown").add(count) }
        guard !found.watches.isEmpty else { return }
        for watch in found.watches { counter(watch.provider, "asked").add() }
        minder.ask(hinted: found.watches)
    }

    private func counter(_ provider: String, _ outcome: String) -> Counter {
        metrics.counter(
            "verification_hints_total", "Notices of providers, by what came of them",
            [("provider", provider), ("outcome", outcome)])
    }
}
