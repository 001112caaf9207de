import Database
import Kit
import Synchronization

/// One job that one worker at a time should do. Losing it for a moment does no harm: what the jobs do is idempotent; the
/// lease only saves doing it twice. Times are the database's; the table `lease` is one of `BusMigrations`.
package struct Lease: Sendable {
    let database: Database
    package let name: String
    package let owner: ID
    private let memory = Memory()

    /// Until when it is ours at least, by a clock that nobody sets: counted from before the database was asked.
    private final class Memory: Sendable {
        let until = Mutex<ContinuousClock.Instant?>(nil)
    }

    package init(database: Database, name: String, owner: ID) {
        self.database = database
        self.name = name
        self.owner = owner
    }

    private struct Epoch: Row {
        let epoch: Int
        init(_ columns: inout Columns) throws(DatabaseError) { epoch = try columns.next() }
    }

    /// True when the lease is ours for half of the next `seconds` at least. The database is asked only when less is left:
    /// a job that is done every second would write a row as often.
    package func hold(seconds: Int) async throws -> Bool {
        let asked = ContinuousClock.now
        if let until = memory.until.withLock({ $0 }), asked.duration(to: until) > .seconds(seconds) / 2 { return true }
        let isOurs = try await ask(seconds: seconds)
        memory.until.withLock { $0 = isOurs ? asked + .seconds(seconds) : nil }
        return isOurs
    }

    private func ask(seconds: Int) async throws -> Bool {
        try await database.first(
            Epoch.self,
            """
            INSERT INTO lease (name, owner, epoch, until)
            VALUES (\(name), \(owner), 1, now() + \(seconds) * interval '1 second')
            ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until,
                epoch = lease.epoch + CASE WHEN lease.owner = excluded.owner THEN 0 ELSE 1 END
            WHERE lease.owner = excluded.owner OR lease.until < now()
            RETURNING epoch
            """) != nil
    }

    /// Lets another have it at once.
    package func release() async throws {
        memory.until.withLock { $0 = nil }
        try await database.execute("UPDATE lease SET until = now() WHERE name = \(name) AND owner = \(owner)")
    }
}
