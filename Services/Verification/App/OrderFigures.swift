import Bus
import Database
import Kit
import Runtime
import Synchronization

/// Counts orders that have no number yet, and drift, for those who watch the service. One worker at a time counts; the
/// others show nothing, so that a sum over workers is right. Orders open at a provider are counted by who minds them.
///
/// Drift is money or a number that stands where it should not: a hold or a settlement whose answer has not come for half
/// a minute, a number at the provider that has belonged to no order for a minute. It is zero when all is well.
final class OrderFigures: Sendable {
    private static let states = ["funding", "purchasing"]
    /// Drift that the counting worker sees; who sweeps knows of the rest.
    private static let counted = ["number", "settlement"]

    private struct Counted: Row {
        let word: String
        let count: Int64
        init(_ columns: inout Columns) throws(DatabaseError) {
            word = try columns.next()
            count = try columns.next()
        }
    }

    private let database: Database
    let lease: Lease
    private let open: [String: Gauge]
    private let drift: [String: Gauge]
    /// Orders whose hold was once without an answer for too long; they stay until it has come.
    private let silent = Mutex<Set<ID>>([])

    init(_ database: Database, lease: Lease, metrics: Metrics) {
        self.database = database
        self.lease = lease
        func gauges(_ name: String, _ help: String, _ label: String, _ words: [String]) -> [String: Gauge] {
            Dictionary(uniqueKeysWithValues: words.map { ($0, metrics.gauge(name, help, [(label, $0)])) })
        }
        open = gauges("verification_orders", "Orders that are not over, by state", "state", Self.states)
        drift = gauges(
            "verification_drift", "Holds, numbers and settlements that stand where they should not", "kind",
            ["hold", "number", "settlement"])
    }

    /// The sweeper found these holds without an answer.
    func suspect(_ orders: [ID]) { silent.withLock { $0.formUnion(orders) } }

    func turn() async throws {
        guard try await lease.hold(seconds: 30) else {
            for gauge in open.values { gauge.set(0) }
            for kind in Self.counted { drift[kind]?.set(0) }
            return try await countSilent()
        }
        let rows = try await database.rows(
            Counted.self,
            """
            SELECT 'purchasing', count(*) FROM orders WHERE state = 'purchasing'
            UNION ALL SELECT 'funding', count(*) FROM orders WHERE hold_state = 'placing'
            UNION ALL SELECT 'number', count(*) FROM provider_orders
                WHERE state IN ('unclaimed', 'orphan') AND first_seen < now() - interval '60 seconds'
            UNION ALL SELECT 'settlement', count(*) FROM settlements WHERE asks > 1
            """)
        let counts = Dictionary(rows.map { ($0.word, Int($0.count)) }, uniquingKeysWith: +)
        for (state, gauge) in open { gauge.set(counts[state] ?? 0) }
        for kind in Self.counted { drift[kind]?.set(counts[kind] ?? 0) }
        try await countSilent()
    }

    /// Whoever sweeps knows of these, and it may be another worker than the one that counts the rest.
    private func countSilent() async throws {
        let suspects = silent.withLock { Array($0) }
        guard !suspects.isEmpty else {
            drift["hold"]?.set(0)
            return
        }
        let left = try await database.values(
            ID.self,
            """
            SELECT id FROM orders WHERE id = ANY(\(suspects)) AND hold_state IN ('placing', 'posting', 'voiding')
            """)
        silent.withLock { $0 = $0.subtracting(suspects).union(left) }
        drift["hold"]?.set(left.count)
    }
}
