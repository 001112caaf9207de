import Kit

/// What happens when, in a binary heap: adding and taking the next cost the logarithm of how many wait. Nothing is
/// ever taken out early; an event whose order has moved on is ignored when it comes up.
package struct TimerHeap<Event: Sendable>: Sendable {
    private struct Entry: Sendable {
        let at: Timestamp
        // Events of the same instant come up in the order they were added.
        let sequence: UInt64
        let event: Event

        func isBefore(_ other: Entry) -> Bool {
            at != other.at ? at < other.at : sequence < other.sequence
        }
    }

    private var entries: [Entry] = []
    private var sequence: UInt64 = 0

    package init() {}

    package var count: Int { entries.count }
    /// When the next event is due.
    package var next: Timestamp? { entries.first?.at }

    package mutating func add(_ event: Event, at: Timestamp) {
        sequence += 1
        entries.append(Entry(at: at, sequence: sequence, event: event))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].isBefore(entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the earliest event that is due; nil when none is.
    package mutating func take(due now: Timestamp) -> (at: Timestamp, event: Event)? {
        guard let first = entries.first, first.at <= now else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return (first.at, first.event) }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in (2 * parent + 1)...(2 * parent + 2)
            where child < entries.count && entries[child].isBefore(entries[least]) {
                least = child
            }
            if least == parent { return (first.at, first.event) }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
