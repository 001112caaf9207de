import Kit
import Synchronization

/// How many verifications an account has paid for this month (in UTC), which decides its bulk discount. Counted at most
/// once in five minutes for each account: a step comes into force that much later at most.
package final class VolumeGlance: Sendable {
    private struct Entry {
        let volume: Int
        let readAt: ContinuousClock.Instant
    }

    private static let lifetime = Duration.seconds(300)
    private static let capacity = 20_000

    private let count: @Sendable (ID) async throws -> Int
    private let entries = Mutex<[ID: Entry]>([:])

    /// `count` asks whoever has the figures.
    package init(count: @escaping @Sendable (ID) async throws -> Int) { self.count = count }

    package func volume(_ account: ID) async throws -> Int {
        if let known = entries.withLock({ $0[account] }), known.readAt.duration(to: .now) < Self.lifetime {
            return known.volume
        }
        let volume = try await count(account)
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries = [:] }
            entries[account] = Entry(volume: volume, readAt: .now)
        }
        return volume
    }
}
