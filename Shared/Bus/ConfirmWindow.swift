/// What was sent on one link and is not yet confirmed. The broker numbers messages from 1 and answers in any order, one
/// by one or up to a number.
///
/// A pure value: it knows neither the wire nor the clock.
struct ConfirmWindow<Item> {
    struct Settled {
        let item: Item
        /// Why the message came back, if it did.
        let returned: String?
    }

    private struct Entry {
        let item: Item
        let size: Int
        var returned: String?
    }

    private let maximumCount: Int
    private let maximumSize: Int
    /// The entry of number `first + n` stands at `head + n`; settled ones are nil.
    private var entries: [Entry?] = []
    private var head = 0
    private var first: UInt64 = 1
    private(set) var count = 0
    private(set) var size = 0

    init(maximumCount: Int, maximumSize: Int) {
        precondition(maximumCount > 0 && maximumSize > 0, "a window must have room for one message")
        self.maximumCount = maximumCount
        self.maximumSize = maximumSize
    }

    var isEmpty: Bool { count == 0 }

    /// Whether a message of that size may be sent now. An empty window takes any.
    func hasRoom(for size: Int) -> Bool { count == 0 || (count < maximumCount && self.size + size <= maximumSize) }

    /// Notes the next message sent.
    mutating func append(_ item: Item, size: Int) {
        entries.append(Entry(item: item, size: size, returned: nil))
        count += 1
        self.size += size
    }

    /// Notes that a message came back. Its confirm is still to come. Of several that match, the earliest that has not
    /// come back yet is meant, since the broker returns in the order in which it was sent to.
    mutating func markReturned(_ reason: String, where matches: (Item) -> Bool) {
        for index in head..<entries.count {
            if let entry = entries[index], entry.returned == nil, matches(entry.item) {
                entries[index]?.returned = reason
                return
            }
        }
    }

    /// Takes out what a confirm (or a refusal) settles. A number we do not know is ignored.
    mutating func settle(_ tag: UInt64, multiple: Bool) -> [Settled] {
        let end = first + UInt64(entries.count - head)
        var settled: [Settled] = []
        guard end > first else { return [] }
        func offset(_ tag: UInt64) -> Int { head + Int(tag - first) }
        // With `multiple`, number 0 means everything so far.
        let last = multiple && tag == 0 ? end - 1 : tag
        if multiple {
            guard last >= first else { return [] }
            for index in head...offset(min(last, end - 1)) where index < entries.count { take(index, into: &settled) }
        } else if last >= first, last < end {
            take(offset(last), into: &settled)
        }
        while head < entries.count, entries[head] == nil {
            head += 1
            first += 1
        }
        if head > 1024, head * 2 > entries.count {
            entries.removeFirst(head)
            head = 0
        }
        return settled
    }

    private mutating func take(_ index: Int, into settled: inout [Settled]) {
        guard let entry = entries[index] else { return }
        entries[index] = nil
        count -= 1
        size -= entry.size
        settled.append(Settled(item: entry.item, returned: entry.returned))
    }

    /// Takes out everything: the link is gone. Numbers begin at 1 again.
    mutating func removeAll() -> [Item] {
        let items = entries[head...].compactMap { $0?.item }
        self = ConfirmWindow(maximumCount: maximumCount, maximumSize: maximumSize)
        return items
    }
}
