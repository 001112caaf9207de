import Kit

/// Orders by the moment they are next due. An order is in it once: setting it again moves it. Entries that were moved or
/// removed are skipped when their old moment comes, so that moving costs no search.
package struct DueQueue: Sendable {
    private struct Entry: Sendable {
        let due: Int64
        let id: ID
    }

    private var heap: [Entry] = []
    private var current: [ID: Int64] = [:]

    package init() {}

    package var count: Int { current.count }

    package mutating func set(_ id: ID, due: Timestamp) {
        current[id] = due.microseconds
        heap.append(Entry(due: due.microseconds, id: id))
        rise(heap.count - 1)
    }

    package mutating func remove(_ id: ID) { current[id] = nil }

    /// When the next order is due; may name a moment at which an order was due before it was moved.
    package var next: Timestamp? { heap.first.map { Timestamp(microseconds: $0.due) } }

    /// Takes out what is due, at most `limit` orders, in the order of their moments.
    package mutating func take(at now: Timestamp, limit: Int) -> [ID] { appointments(at: now, limit: limit).map(\.id) }

    /// The same, with the moments.
    package mutating func appointments(at now: Timestamp, limit: Int) -> [(id: ID, due: Timestamp)] {
        var due: [(ID, Timestamp)] = []
        while due.count < limit, let first = heap.first, first.due <= now.microseconds {
            removeFirst()
            if current[first.id] == first.due {
                current[first.id] = nil
                due.append((first.id, Timestamp(microseconds: first.due)))
            }
        }
        return due
    }

    private mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        sink(0)
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            if heap[parent].due <= heap[index].due { return }
            heap.swapAt(parent, index)
            index = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && heap[child].due < heap[least].due { least = child }
            if least == index { return }
            heap.swapAt(least, index)
            index = least
        }
    }
}
