import Kit

/// Small numbers by the moment they are next due. A number is in it once: setting it again moves it. They are places in
/// a list that somebody keeps, so that what stands here of each is twenty bytes and needs no search.
package struct DueQueue: Sendable {
    private struct Entry: Sendable {
        let due: Int64
        let number: UInt32
    }

    private static let nowhere = UInt32.max

    private var heap: [Entry] = []
    /// Where in the heap each number is.
    private var places: [UInt32] = []

    package init() {}

    package var count: Int { heap.count }

    package mutating func set(_ number: Int, due: Timestamp) {
        let entry = Entry(due: due.microseconds, number: UInt32(number))
        while places.count <= number { places.append(Self.nowhere) }
        guard places[number] != Self.nowhere else {
            heap.append(entry)
            rise(heap.count - 1, entry)
            return
        }
        move(entry, to: Int(places[number]))
    }

    package mutating func remove(_ number: Int) {
        guard number < places.count, places[number] != Self.nowhere else { return }
        let place = Int(places[number])
        places[number] = Self.nowhere
        guard let last = heap.popLast(), place < heap.count else { return }
        move(last, to: place)
    }

    /// When the next is due.
    package var next: Timestamp? { heap.first.map { Timestamp(microseconds: $0.due) } }

    /// Takes out what is due, at most `limit` numbers, in the order of their moments.
    package mutating func take(at now: Timestamp, limit: Int) -> [(number: Int, due: Timestamp)] {
        var due: [(Int, Timestamp)] = []
        while due.count < limit, let first = heap.first, first.due <= now.microseconds {
            due.append((Int(first.number), Timestamp(microseconds: first.due)))
            remove(Int(first.number))
        }
        return due
    }

    /// Puts an entry where another was, and from there to where it belongs.
    private mutating func move(_ entry: Entry, to place: Int) {
        if place > 0, entry.due < heap[(place - 1) / 2].due { rise(place, entry) } else { sink(place, entry) }
    }

    private mutating func rise(_ start: Int, _ entry: Entry) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            if heap[parent].due <= entry.due { break }
            put(heap[parent], at: index)
            index = parent
        }
        put(entry, at: index)
    }

    private mutating func sink(_ start: Int, _ entry: Entry) {
        var index = start
        while true {
            var least = 2 * index + 1
            if least + 1 < heap.count, heap[least + 1].due < heap[least].due { least += 1 }
            if least >= heap.count || heap[least].due >= entry.due { break }
            put(heap[least], at: index)
            index = least
        }
        put(entry, at: index)
    }

    private mutating func put(_ entry: Entry, at index: Int) {
        heap[index] = entry
        places[Int(entry.number)] = UInt32(index)
    }
}
