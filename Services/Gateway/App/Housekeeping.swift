import Database
import JSON
import Kit
import Runtime
import Synchronization

/// Forgets what is past its time: answers kept for repeats and quotes after a month, events after a week. Gives those
/// who listen a sign of life every fifteen seconds.
final class Housekeeping: Service {
    let name = "housekeeping"
    private let database: Database
    private let hub: Hub
    private let log: Log
    private let isStopping = Atomic<Bool>(false)

    init(_ database: Database, hub: Hub, log: Log) {
        self.database = database
        self.hub = hub
        self.log = log
    }

    func stop() { isStopping.store(true, ordering: .releasing) }

    func run() async throws {
        var untilNext = Duration.seconds(60)
        var nextBeat = ContinuousClock.now + .seconds(15)
        while !isStopping.load(ordering: .acquiring), !Task.isCancelled {
            // A cancelled sleep returns at once, and the condition above sees it.
            try? await Task.sleep(for: .milliseconds(200))
            if ContinuousClock.now >= nextBeat {
                nextBeat = .now + .seconds(15)
                await beat()
            }
            untilNext -= .milliseconds(200)
            guard untilNext <= .zero else { continue }
            untilNext = .seconds(600)
            do { try await forget() } catch {
                log.warning("old rows stay for now", ["error": .string(String(describing: error))])
            }
        }
    }

    /// With the newest that the table has of each, so that a client that was not told of something looks for it.
    private func beat() async {
        struct Newest: Row {
            let account: ID
            let place: Int64
            init(_ columns: inout Columns) throws(DatabaseError) {
                account = try columns.next()
                place = try columns.next()
            }
        }
        let accounts = hub.accounts
        guard !accounts.isEmpty else { return }
        var newest: [ID: Int64] = [:]
        do {
            let rows = try await database.rows(
                Newest.self, "SELECT account_id, last FROM event_counts WHERE account_id = ANY(\(accounts))")
            for row in rows { newest[row.account] = row.place }
        } catch {
            log.debug("heartbeats go without news", ["error": .string(String(describing: error))])
        }
        hub.beat(newest: newest)
    }

    /// In portions, so that no transaction holds many rows for long.
    private func forget() async throws {
        repeat {
            let gone = try await database.execute(
                """
                DELETE FROM idempotency WHERE (account_id, key) IN (SELECT account_id, key FROM idempotency
                    WHERE created_at < now() - interval '30 days' LIMIT 1000)
                """)
            if gone < 1000 { break }
        } while !isStopping.load(ordering: .acquiring)
        repeat {
            let gone = try await database.execute(
                """
                DELETE FROM events WHERE id IN (SELECT id FROM events WHERE arrived_at < now() - interval '7 days'
                    ORDER BY arrived_at LIMIT 1000)
                """)
            if gone < 1000 { break }
        } while !isStopping.load(ordering: .acquiring)
        repeat {
            let gone = try await database.execute(
                """
                DELETE FROM quotes WHERE id IN (SELECT id FROM quotes WHERE expires_at < now() - interval '30 days'
                    ORDER BY expires_at LIMIT 1000)
                """)
            if gone < 1000 { break }
        } while !isStopping.load(ordering: .acquiring)
    }
}
