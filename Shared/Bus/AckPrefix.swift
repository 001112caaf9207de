/// The deliveries of one link, in the order they came, and which of them are finished. One acknowledgement with
/// `multiple` settles everything up to a number, so it may only be given for a stretch from the beginning in which
/// every delivery is finished: anything else would throw away work under way.
///
/// A pure value.
package struct AckPrefix {
    /// The delivery numbered `first + n` stands at `head + n`.
    private var finished: [Bool] = []
    private var head = 0
    private var first: UInt64 = 1

    package init() {}

    /// How many deliveries are neither acknowledged nor given back.
    package var outstanding: Int { finished.count - head }

    /// Notes the next delivery and gives the number it must have: the broker counts from 1 without a gap.
    package mutating func delivered() -> UInt64 {
        finished.append(false)
        return first + UInt64(outstanding) - 1
    }

    /// The delivery of this number is dealt with.
    package mutating func finish(_ tag: UInt64) {
        precondition(tag >= first && tag < first + UInt64(outstanding), "a delivery can be finished once")
        let index = head + Int(tag - first)
        precondition(!finished[index], "a delivery can be finished once")
        finished[index] = true
    }

    /// The number up to which everything is finished, once.
    package mutating func takePrefix() -> UInt64? {
        var count = 0
        while head + count < finished.count, finished[head + count] { count += 1 }
        guard count > 0 else { return nil }
        head += count
        first += UInt64(count)
        if head > 1024, head * 2 > finished.count {
            finished.removeFirst(head)
            head = 0
        }
        return first - 1
    }

    /// Those finished behind an unfinished one, to be acknowledged one by one before the link is given up.
    package func stragglers() -> [UInt64] {
        (head..<finished.count).filter { finished[$0] }.map { first + UInt64($0 - head) }
    }
}
