import Database
import JSON
import Kit
import Runtime
import Synchronization

/// Forgets what is past its time: answers kept for repeats and quotes after a month, events and notices after a week,
/// recordings when each one's time is over. Gives those who listen a sign of life every fifteen seconds.
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
        var untilRecordings = Duration.seconds(60)
        var nextBeat = ContinuousClock.now + .seconds(15)
        while !isStopping.load(ordering: .acquiring), !Task.isCancelled {
            // A cancelled sleep returns at once, and the condition above sees it.
            try? await Task.sleep(for: .milliseconds(200))
            if ContinuousClock.now >= nextBeat {
                nextBeat = .now + .seconds(15)
                await beat()
            }
            untilNext -= .milliseconds(200)
            untilRecordings -= .milliseconds(200)
            if untilRecordings <= .zero {
                untilRecordings = .seconds(60)
                do { try await forgetRecordings() } catch {
                    log.warning("old recordings stay for now", ["error": .string(String(describing: error))])
                }
            }
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

    /// Recordings end to the minute.
    private func forgetRecordings() async throws {
        try await forget(
            """
            DELETE FROM recording_parts WHERE (call_id, part) IN (SELECT call_id, part FROM recording_parts
                WHERE keep_until < now() ORDER BY keep_until LIMIT \(Self.portion))
            """)
    }

    private func forget() async throws {
        let old: [SQL] = [
            """
            DELETE FROM idempotency WHERE (account_id, key) IN (SELECT account_id, key FROM idempotency
                WHERE created_at < now() - interval '30 days' LIMIT \(Self.portion))
            """,
            """
            DELETE FROM events WHERE id IN (SELECT id FROM events WHERE arrived_at < now() - interval '7 days'
                ORDER BY arrived_at LIMIT \(Self.portion))
            """,
            """
            DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE at < now() - interval '7 days'
                ORDER BY at LIMIT \(Self.portion))
            """,
            """
            DELETE FROM quotes WHERE id IN (SELECT id FROM quotes WHERE expires_at < now() - interval '30 days'
                ORDER BY expires_at LIMIT \(Self.portion))
            """,
            """
            DELETE FROM failovers WHERE id IN (SELECT id FROM failovers WHERE at < now() - interval '30 days'
                ORDER BY at LIMIT \(Self.portion))
            """,
        ]
        for statement in old { try await forget(statement) }
    }

    private static let portion = 500

    /// In portions, so that no transaction holds many rows for long.
    private func forget(_ statement: SQL) async throws {
        while !isStopping.load(ordering: .acquiring), try await database.execute(statement) == Self.portion {}
    }
}
