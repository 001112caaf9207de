/// The clock of a history and its one thread: what is to happen, by its moment. Time passes only from one happening to
/// the next; of those due at one moment the dice decide which is first.
final class Schedule {
    private struct Entry {
        let at: Int64
        let tie: UInt64
        /// Where the act is kept: closures are not carried up and down the heap, for each carrying is counted.
        let place: Int
    }

    /// Microseconds since the history began.
    private(set) var now: Int64 = 0
    private var heap: [Entry] = []
    private var acts: [(() -> Void)?] = []
    private var free: [Int] = []

    func after(_ pause: Int64, tie: UInt64, _ act: @escaping () -> Void) {
        let place: Int
        if let known = free.popLast() {
            place = known
            acts[place] = act
        } else {
            place = acts.count
            acts.append(act)
        }
        let entry = Entry(at: now + max(0, pause), tie: tie, place: place)
        heap.append(entry)
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard Self.isSooner(entry, heap[parent]) else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = entry
    }

    /// Lets the next thing happen; false when there is none.
    func step() -> Bool {
        guard let first = heap.first, let last = heap.popLast() else { return false }
        if !heap.isEmpty { sink(last) }
        now = first.at
        let act = acts[first.place]
        acts[first.place] = nil
        free.append(first.place)
        act?()
        return true
    }

    private func sink(_ entry: Entry) {
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, Self.isSooner(heap[child + 1], heap[child]) { child += 1 }
            guard Self.isSooner(heap[child], entry) else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = entry
    }

    private static func isSooner(_ left: Entry, _ right: Entry) -> Bool {
        left.at != right.at ? left.at < right.at : left.tie < right.tie
    }
}
