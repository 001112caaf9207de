import Kit
import Synchronization

/// Who keys and sessions belong to, remembered for a few seconds, so that a busy caller costs one look-up every few
/// seconds and not one a request. What was revoked elsewhere is believed for `lifetime` at most; who is unknown is
/// remembered too. Holds a bounded number of entries.
final class IdentityCache: Sendable {
    enum Key: Hashable, Sendable {
        case apiKey([UInt8])
        case session(ID)
    }

    enum Answer: Sendable {
        case known(Identity?)
        case load
    }

    private struct Entry {
        let identity: Identity?
        let at: ContinuousClock.Instant
        var isBeingRenewed = false
    }

    static let lifetime = Duration.seconds(5)
    /// In its last second the first who asks renews an entry while the others go on with it: no stampede.
    private static let renewal = Duration.seconds(4)
    private let capacity: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let entries = Mutex<[Key: Entry]>([:])

    init(capacity: Int = 20_000, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.capacity = capacity
        self.now = now
    }

    subscript(key: Key) -> Answer {
        let now = now()
        return entries.withLock { entries in
            guard let entry = entries[key] else { return .load }
            let age = entry.at.duration(to: now)
            guard age < Self.lifetime else { return .load }
            if age >= Self.renewal, !entry.isBeingRenewed {
                entries[key]?.isBeingRenewed = true
                return .load
            }
            return .known(entry.identity)
        }
    }

    /// `at` is the moment before the look-up began: what was revoked during it must not live longer for that.
    func set(_ key: Key, _ identity: Identity?, at: ContinuousClock.Instant) {
        entries.withLock { entries in
            if entries.count >= capacity {
                let now = now()
                entries = entries.filter { $0.value.at.duration(to: now) < Self.lifetime }
                if entries.count >= capacity { entries = [:] }
            }
            entries[key] = Entry(identity: identity, at: at)
        }
    }

    /// Forgets everything about a user, so that at least this process is up to date at once.
    func forget(_ user: ID) {
        entries.withLock { entries in entries = entries.filter { $0.value.identity?.userID != user } }
    }

    var count: Int { entries.withLock { $0.count } }
}
