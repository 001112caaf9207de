import JSON
import Kit

/// The last requests, in a ring: what tests read to see what was really asked, and how often.
struct RequestJournal: Sendable {
    struct Entry: Sendable {
        let sequence: Int
        let at: Timestamp
        let method: String
        let target: String
        let endpoint: String
        /// The status that was sent; 0 when the connection was cut instead.
        let status: Int
        /// The kind of the fault it met.
        let fault: String?
    }

    private var ring: [Entry] = []
    private let length: Int
    private(set) var count = 0

    init(length: Int) { self.length = length }

    mutating func add(
        at: Timestamp, method: String, target: String, endpoint: String, status: Int, fault: String?
    ) {
        count += 1
        guard length > 0 else { return }
        let entry = Entry(
            sequence: count, at: at, method: method, target: target, endpoint: endpoint, status: status,
            fault: fault)
        if ring.count < length { ring.append(entry) } else { ring[(count - 1) % length] = entry }
    }

    /// The entries after that sequence number that are still known, oldest first.
    func since(_ sequence: Int, limit: Int) -> [Entry] {
        let oldest = max(1, count - ring.count + 1)
        let first = max(oldest, sequence + 1)
        guard first <= count, !ring.isEmpty else { return [] }
        return (first...min(count, first + limit - 1)).map { ring[($0 - 1) % max(1, length)] }
    }
}
