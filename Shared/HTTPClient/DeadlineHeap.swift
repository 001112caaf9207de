/// The next deadline first: a binary heap of moments and tickets. Nothing is taken out early;
/// whoever pops a ticket that has ended meanwhile lets it be.
struct DeadlineHeap {
    private var entries: [(moment: ContinuousClock.Instant, ticket: UInt64)] = []

    /// The earliest moment.
    var first: ContinuousClock.Instant? { entries.first?.moment }

    mutating func push(_ moment: ContinuousClock.Instant, _ ticket: UInt64) {
        entries.append((moment, ticket))
        var child = entries.count - 1
        while child > 0, case let parent = (child - 1) / 2, entries[child].moment < entries[parent].moment {
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// The ticket of the earliest moment, if that is not after `now`.
    mutating func pop(before now: ContinuousClock.Instant) -> UInt64? {
        guard let first = entries.first, first.moment <= now else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            let children = (2 * parent + 1)..<min(2 * parent + 3, max(entries.count, 2 * parent + 1))
            guard let least = children.min(by: { entries[$0].moment < entries[$1].moment }),
                entries[least].moment < entries[parent].moment
            else { return first.ticket }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
