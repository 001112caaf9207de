import Database
import Kit
import Synchronization

/// How many verifications an account has paid for this month (in UTC), which decides its bulk discount. Counted at most
/// once in five minutes for each account: a step comes into force that much later at most.
final class VolumeGlance: Sendable {
    private struct Entry {
        let volume: Int
        let readAt: ContinuousClock.Instant
    }

    private static let lifetime = Duration.seconds(300)
    private static let capacity = 20_000

    private let database: Database
    private let entries = Mutex<[ID: Entry]>([:])

    init(_ database: Database) { self.database = database }

    func volume(_ account: ID) async throws -> Int {
        if let known = entries.withLock({ $0[account] }), known.readAt.duration(to: .now) < Self.lifetime {
            return known.volume
        }
        let count = try await database.value(
            Int.self,
            """
            SELECT count(*) FROM movements WHERE account_id = \(account) AND kind = 'capture'
                AND at >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
            """)
        let volume = count ?? 0
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries = [:] }
            entries[account] = Entry(volume: volume, readAt: .now)
        }
        return volume
    }
}
