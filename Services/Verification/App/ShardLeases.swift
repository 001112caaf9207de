import Database
import Kit

/// Which shards of the polling work are whose. Every worker takes its fair share, and has it for as long as it is known
/// to live: fifteen seconds at a time, by one row that it writes. Times are the database's. Two owners for a moment ask
/// twice and do no other harm. (`until` of the table is from when each shard was renewed by itself; nothing reads it.)
struct ShardLeases: Sendable {
    static let lifetime = 15
    static let count = 1024

    let database: Database
    let worker: ID

    private struct Count: Row {
        let count: Int
        init(_ columns: inout Columns) throws(DatabaseError) { count = try columns.next() }
    }
    private struct Shard: Row {
        let number: Int16
        init(_ columns: inout Columns) throws(DatabaseError) { number = try columns.next() }
    }
    private struct Situation: Row {
        let alive: Int
        let free: Int
        init(_ columns: inout Columns) throws(DatabaseError) {
            alive = try columns.next()
            free = try columns.next()
        }
    }

    /// Shards that no worker has that lives and stays.
    private static let free: SQL = """
        shards s WHERE NOT EXISTS (
            SELECT FROM workers w WHERE w.id = s.owner AND w.until > now() AND NOT w.leaving)
        """

    private static func fairShare(_ alive: Int) -> Int { (count + max(alive, 1) - 1) / max(alive, 1) }

    /// Whether there is something to take or to give back: a glance that writes nothing, for often.
    func isUneven(owning owned: Int) async throws -> Bool {
        let situation = try await database.first(
            Situation.self,
            """
            SELECT (SELECT count(*) FROM workers WHERE until > now() AND NOT leaving),
                (SELECT count(*) FROM \(Self.free))
            """)
        guard let situation else { return false }
        let fair = Self.fairShare(situation.alive)
        return owned > fair || (owned < fair && situation.free > 0)
    }

    /// Renews what is ours, takes up to our fair share of what is free, gives back what is more than that.
    /// The answer is what we own now.
    func renew() async throws -> Set<Int16> {
        let seconds = Self.lifetime
        let me = worker
        // Committed before anything is taken: what a worker has that nobody knows yet would be free to all others.
        try await database.execute(
            """
            INSERT INTO workers (id, until) VALUES (\(me), now() + \(seconds) * interval '1 second')
            ON CONFLICT (id) DO UPDATE SET until = excluded.until
            """)
        return try await database.transaction { transaction in
            try await transaction.execute("DELETE FROM workers WHERE until < now() - interval '1 hour'")
            let alive =
                try await transaction.first(
                    Count.self, "SELECT count(*) FROM workers WHERE until > now() AND NOT leaving")?.count ?? 1
            let fair = Self.fairShare(alive)
            let kept = try await transaction.rows(Shard.self, "SELECT shard FROM shards WHERE owner = \(me)")
            var owned = Set(kept.map(\.number))
            if owned.count < fair {
                let taken = try await transaction.rows(
                    Shard.self,
                    """
                    UPDATE shards SET owner = \(me)
                    FROM (SELECT s.shard FROM \(Self.free) ORDER BY s.shard LIMIT \(fair - owned.count)
                        FOR UPDATE OF s SKIP LOCKED) AS free
                    WHERE shards.shard = free.shard RETURNING shards.shard
                    """)
                owned.formUnion(taken.map(\.number))
            } else if owned.count > fair {
                let surplus = Array(owned.sorted().suffix(owned.count - fair))
                try await transaction.execute(
                    "UPDATE shards SET owner = NULL WHERE owner = \(me) AND shard = ANY(\(surplus.map { Int($0) }))")
                owned.subtract(surplus)
            }
            return owned
        }
    }

    /// Gives everything back, so that the others need not wait for the leases to run out, and asks for no share any
    /// more. The worker stays known for as long as a service may take to end: its purchases are still under way, and
    /// nobody is to take them for abandoned.
    func release() async throws {
        try await database.execute(
            """
            UPDATE workers SET leaving = true, until = greatest(until, now() + interval '25 seconds')
            WHERE id = \(worker)
            """)
    }
}
