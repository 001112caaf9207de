import Database
import JSON
import Kit
import Providers
import Runtime
import VerificationCore

/// A provider's budget that all workers share: a bucket of tokens in the database, filled at the rate that the provider
/// allows us. A fifth of it is kept for what cannot wait, and more when more of that is expected.
struct ProviderBudget: SharedBudget {
    let database: Database
    let name: String
    /// Requests a second, of all workers together.
    let rate: Double
    let demand: DemandKeeper
    let log: Log

    private struct Grant: Row {
        let granted: Int
        let tokens: Double
        init(_ columns: inout Columns) throws(DatabaseError) {
            granted = try columns.next()
            tokens = try columns.next()
        }
    }

    /// Small, since providers count by the second: beyond the rate this much at most leaves within one.
    private var burst: Double { max(2, rate / 20) }

    func take(_ wanted: Int, _ lane: RequestBudget.Lane) async -> (granted: Int, more: Duration)? {
        let reserve =
            lane == .urgent
            ? 0 : UrgentReserve.tokens(expecting: demand.purchases(at: name), rate: rate, burst: burst)
        do {
            guard let grant = try await take(wanted, reserve) else { return nil }
            let missing = max(0, 1 + reserve - grant.tokens)
            return (grant.granted, .seconds(missing / rate))
        } catch {
            log.warning("a provider's budget cannot be read", ["error": .string(String(describing: error))])
            return nil
        }
    }

    private func take(_ wanted: Int, _ reserve: Double) async throws -> Grant? {
        for _ in 1...2 {
            // Expressions see the row as the one before us left it, also after waiting for him.
            let full: SQL = """
                least(\(burst), tokens + greatest(0, extract(epoch FROM clock_timestamp() - at)::float8) * \(rate))
                """
            let granted: SQL = "least(\(wanted), greatest(0, floor(\(full) - \(reserve) + 1e-6)))::bigint"
            let row = try await database.first(
                Grant.self,
                """
                UPDATE budgets SET granted = \(granted), tokens = \(full) - \(granted), at = clock_timestamp()
                WHERE name = \(name) RETURNING granted, tokens
                """)
            if let row { return row }
            // The first to ask, ever or after a crash of the server.
            try await database.execute(
                """
                INSERT INTO budgets (name, tokens, granted, at) VALUES (\(name), 0, 0, clock_timestamp())
                ON CONFLICT DO NOTHING
                """)
        }
        return nil
    }
}
