/// Which statements one connection has prepared on the server, and under what names. Pure: it decides, the connection
/// sends.
///
/// A name is used by others only after the server has confirmed it. While the answer is still out, the same statement
/// goes unnamed; so a refused PREPARE harms nobody but its own caller, and is forgotten.
struct PreparedStatements {
    /// Two statements are the same when their text and the types of their parameters are.
    struct Key: Hashable {
        let text: [UInt8]
        let types: [UInt32]

        init(_ sql: SQL) {
            text = sql.text
            types = sql.types
        }

        func hash(into hasher: inout Hasher) {
            text.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
    }

    enum Use: Equatable {
        /// Prepared and confirmed: only the name need travel.
        case named([UInt8])
        /// To be prepared under this name in the same breath.
        case preparing([UInt8])
        /// To be sent whole, leaving nothing behind.
        case unnamed
    }

    private struct Entry {
        let name: [UInt8]
        var isConfirmed = false
        var lastUse: UInt64
    }

    private let limit: Int
    private var entries: [Key: Entry] = [:]
    private var clock: UInt64 = 0
    private var nextName = 0
    /// Names that are to be deallocated on the server, when no transaction is open.
    private(set) var discarded: [[UInt8]] = []

    init(limit: Int) { self.limit = max(limit, 1) }

    var count: Int { entries.count }

    /// How a statement is to be sent.
    mutating func use(_ key: Key) -> Use {
        clock += 1
        if let index = entries.index(forKey: key) {
            entries.values[index].lastUse = clock
            let entry = entries.values[index]
            return entry.isConfirmed ? .named(entry.name) : .unnamed
        }
        if entries.count >= limit, !evict() { return .unnamed }
        nextName += 1
        let name = Array("s\(nextName)".utf8) + [0]
        entries[key] = Entry(name: name, lastUse: clock)
        return .preparing(name)
    }

    /// The server has prepared it.
    mutating func confirm(_ key: Key) { entries[key]?.isConfirmed = true }

    /// The server has refused it, or skipped it because of an earlier failure; it has no such name.
    mutating func forget(_ key: Key) { entries[key] = nil }

    /// The server has it but it is of no use any more, or the server may have lost it.
    mutating func discard(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        discarded.append(entry.name)
    }

    mutating func takeDiscarded() -> [[UInt8]] {
        defer { discarded = [] }
        return discarded
    }

    /// Drops the one that was not used for longest. Looks at all: this happens only on a miss of a full cache, which
    /// costs a PREPARE anyway. Inside a long transaction discarded names pile up; then nothing more is evicted.
    private mutating func evict() -> Bool {
        guard discarded.count < limit,
            let oldest = entries.filter({ $0.value.isConfirmed }).min(by: { $0.value.lastUse < $1.value.lastUse })
        else { return false }
        discard(oldest.key)
        return true
    }
}
