import Bus
import Database
import Demand
import Kit
import Runtime
import Synchronization
import VerificationCore

/// What is expected to be ordered, as every worker reckons it from one table of the hours that are over.
///
/// Life: made at the start of the process; `turn` is run every half minute. One worker counts an hour when it is over,
/// each reads what was counted. Guarantees: nobody waits for it; until the past is read nothing is expected, and budgets
/// are divided as if nothing were. Memory: some hundred bytes for goods that were ordered within weeks.
final class DemandKeeper: Sendable {
    private struct State {
        var forecast = DemandForecast()
        /// Purchases at each provider in this hour, and which hour that is.
        var purchases: [String: CountDistribution] = [:]
        var hour: Int?
    }

    /// What is older has been faded by newer hours.
    private static let weeks = 10
    /// What was sent in an hour may be committed a moment after it.
    private static let patience = Duration.seconds(60)
    /// Hours read at a time, so that ten weeks of many goods are never in memory at once.
    private static let hoursRead = 24

    private let database: Database
    private let lease: Lease
    private let clock: TableClock
    private let expected: Gauge
    private let state = Mutex(State())

    init(_ database: Database, lease: Lease, clock: TableClock, metrics: Metrics) {
        self.database = database
        self.lease = lease
        self.clock = clock
        expected = metrics.gauge("verification_expected_orders", "Orders that are expected in this hour")
    }

    /// Purchases expected at a provider in this hour; nil for none that is known of.
    func purchases(at provider: String) -> CountDistribution? { state.withLock { $0.purchases[provider] } }

    /// Orders of each goods that may come in so much time from now.
    func orders(within time: Duration) -> [Goods: CountDistribution] {
        let hour = Self.hour(of: clock.now)
        return state.withLock { state in
            var orders: [Goods: CountDistribution] = [:]
            for goods in state.forecast.goods {
                orders[goods] = state.forecast.orders(of: goods, hour: hour)?.scaled(by: time.inSeconds / 3600)
            }
            return orders
        }
    }

    func turn(isStopping: @Sendable () -> Bool) async throws {
        if try await lease.hold(seconds: 60) {
            while !isStopping(), try await countHour() {}
        }
        while !isStopping(), try await readHours() {}
        reckon()
    }

    func release() async throws { try await lease.release() }

    private static func hour(of moment: Timestamp) -> Int { Int(moment.microseconds / 3_600_000_000) }

    // MARK: - Counting

    /// Counts the next hour that is over; false when there is none. Each is counted once, whoever tries.
    private func countHour() async throws -> Bool {
        let over = Self.hour(of: clock.now - Self.patience)
        let next = try await nextHour()
        guard next < over else { return false }
        let (from, to) = (Timestamp(seconds: Int64(next) * 3600), Timestamp(seconds: Int64(next + 1) * 3600))
        try await database.transaction { transaction in
            try await transaction.commit(after: [
                """
                WITH counted AS (INSERT INTO demand_hours (hour) VALUES (\(next)) ON CONFLICT DO NOTHING RETURNING hour)
                INSERT INTO demand (hour, country, service, provider, orders, purchases)
                SELECT counted.hour, i.country, i.service, i.provider, count(*) FILTER (WHERE i.attempt = 1), count(*)
                FROM intents i, counted WHERE i.sent_at >= \(from) AND i.sent_at < \(to) GROUP BY 1, 2, 3, 4
                """,
                "DELETE FROM demand_hours WHERE hour < \(next - Self.weeks * 168)",
            ])
        }
        return true
    }

    /// The hour after the one counted last. The first time it is the one of the oldest purchase; where there is none, the
    /// last that is over, with nothing in it.
    private func nextHour() async throws -> Int {
        let now = Self.hour(of: clock.now)
        let longAgo = now - Self.weeks * 168
        if let last = try await database.value(
            Int.self, "SELECT hour::bigint FROM demand_hours ORDER BY hour DESC LIMIT 1")
        {
            return max(last + 1, longAgo)
        }
        let oldest = try await database.value(
            Timestamp.self, "SELECT sent_at FROM intents ORDER BY sent_at LIMIT 1")
        return max(oldest.map(Self.hour) ?? now - 1, longAgo)
    }

    // MARK: - Reading

    private struct Seen: Row {
        let hour: Int
        let seen: DemandForecast.Seen?

        init(_ columns: inout Columns) throws(DatabaseError) {
            hour = try columns.next()
            let country: String? = try columns.next()
            let service: String? = try columns.next()
            let provider: String? = try columns.next()
            let orders: Int? = try columns.next()
            let purchases: Int? = try columns.next()
            // An hour without orders has only itself.
            guard let country, let service, let provider, let orders, let purchases else {
                seen = nil
                return
            }
            seen = DemandForecast.Seen(
                Goods(country: country, service: service), provider: provider, orders: orders, purchases: purchases)
        }
    }

    /// Reads what follows the hours that are known; false when that was all.
    private func readHours() async throws -> Bool {
        let last = state.withLock { $0.forecast.lastHour } ?? 0
        let rows = try await database.rows(
            Seen.self,
            """
            SELECT h.hour::bigint, d.country, d.service, d.provider, d.orders::bigint, d.purchases::bigint
            FROM (SELECT hour FROM demand_hours WHERE hour > \(last) ORDER BY hour LIMIT \(Self.hoursRead)) AS h
            LEFT JOIN demand d USING (hour) ORDER BY h.hour
            """)
        let hours = Dictionary(grouping: rows, by: \.hour)
        state.withLock { state in
            for hour in hours.keys.sorted() { state.forecast.note((hours[hour] ?? []).compactMap(\.seen), hour: hour) }
        }
        return hours.count == Self.hoursRead
    }

    /// What this hour brings, once for each.
    private func reckon() {
        let hour = Self.hour(of: clock.now)
        state.withLock { state in
            guard state.hour != hour else { return }
            state.purchases = state.forecast.purchases(hour: hour)
            // The hour before may not be counted yet; then it is reckoned again with the next turn.
            if state.forecast.lastHour == hour - 1 { state.hour = hour }
        }
        let orders = orders(within: .seconds(3600)).values.reduce(0) { $0 + $1.mean }
        expected.set(orders)
    }
}
