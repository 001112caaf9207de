import Kit

/// What a relay knows of the outbox while it works: which rows are on their way, which are confirmed and wait to be
/// deleted, which must wait before they are tried again.
///
/// A pure value over the milliseconds of a steady clock. All of it may be lost at any time: the table is the truth.
package struct RelayState {
    struct Failure {
        /// Not before this.
        var due: Int64
        var count = 0
        /// Since when the broker has been giving the row back, if it has.
        var returnedSince: Int64?
        var reason = ""
    }

    private enum Phase {
        case inFlight(Failure?)
        /// Confirmed, and to be deleted.
        case confirmed
        case waiting(Failure)
    }

    /// A row that no queue takes is given up after this.
    package static let returnPatience: Int64 = 3_600_000

    /// How many rows may be on their way at once.
    package let capacity: Int
    /// How many rows a page has; so much room is left for one by those who hand over.
    package let page: Int
    /// How old rows in the table must be to be looked for: whoever wrote younger ones is about to send them.
    package let grace: Int64
    private var known: [Int64: Phase] = [:]
    /// How many rows are on their way.
    package private(set) var inFlightCount = 0
    private var waitingCount = 0
    private var done: [Int64] = []
    /// The highest id seen at earlier moments.
    private var marks: [(at: Int64, id: Int64)] = [(0, 0)]
    /// Where the next page of the round that is under way begins.
    private var cursor: Int64?
    private var nextSweep: Int64 = 0
    /// More rows are old enough than a page has.
    package private(set) var isBehind = false
    /// Rows that came when there was no room, in their order: they are read from the table and go before all that come
    /// after them.
    private var owed: [Int64] = []
    /// As many ids as may be remembered. What is beyond is found by its age, out of turn.
    private static let owedLimit = 100_000

    package init(capacity: Int, page: Int, grace: Int64) {
        precondition(capacity > page, "there must be room for a page and for more")
        self.capacity = capacity
        self.page = page
        self.grace = grace
    }

    /// Whether a page may go on its way.
    package var hasRoom: Bool { capacity - inFlightCount >= page }
    /// How many are confirmed and not yet taken to be deleted.
    package var doneCount: Int { done.count }
    /// Rows wait to be tried again.
    package var isWaiting: Bool { waitingCount > 0 }
    /// There is something to be done as soon as there is room, or a pause is over.
    package var isPressed: Bool { isBehind || isWaiting || !owed.isEmpty }
    /// There is something to be done now.
    package var hasMore: Bool { paysOwed || (isBehind && hasRoom) }
    /// Nothing is on its way and nothing is left to delete.
    package var isSettled: Bool { known.count == waitingCount }

    /// Begins again at the start of the table. What is on its way stays known.
    package mutating func restart() {
        cursor = nil
        nextSweep = 0
    }

    /// The table is another's to look through.
    package mutating func leaveToOthers() {
        cursor = nil
        isBehind = false
    }

    /// Notes rows that were just committed and are to be published now. False when they must wait in the table.
    package mutating func handOver(_ ids: [Int64], now: Int64) -> Bool {
        guard owed.isEmpty, inFlightCount + ids.count <= capacity - page else {
            if owed.count + ids.count <= Self.owedLimit { owed += ids }
            return false
        }
        for id in ids where known[id] == nil {
            known[id] = .inFlight(nil)
            inFlightCount += 1
        }
        saw(ids.max() ?? 0, now)
        return true
    }

    /// Whether rows wait for room that there is now.
    package var paysOwed: Bool { !owed.isEmpty && hasRoom }

    /// The next of those that came when there was no room.
    package mutating func takeOwed() -> [Int64] {
        let next = Array(owed.prefix(page))
        owed.removeFirst(next.count)
        return next
    }

    /// They could not be read.
    package mutating func oweAgain(_ ids: [Int64]) { owed.insert(contentsOf: ids, at: 0) }

    /// Where the next page begins. Every so often a round goes over the whole table, for rows that were committed long
    /// after they were written; the others begin where everything was seen some time ago, for passing over the dead
    /// rows before that is slow.
    package mutating func pageStart(now: Int64, sweepEvery: Int64) -> Int64 {
        if let cursor { return cursor }
        if now >= nextSweep {
            nextSweep = now + sweepEvery
            return 0
        }
        return marks.last { $0.at <= now - 2 * grace }?.id ?? 0
    }

    /// Notes a page that was read; gives those of it that are to be published now.
    package mutating func begin(_ rows: [Int64], now: Int64) -> Set<Int64> {
        isBehind = rows.count == page
        cursor = isBehind ? rows.last : nil
        if let last = rows.last { saw(last, now) }
        return publish(rows, now: now)
    }

    /// Notes rows that were read; gives those that are to be published now.
    package mutating func publish(_ ids: [Int64], now: Int64) -> Set<Int64> {
        var fresh: Set<Int64> = []
        for id in ids {
            switch known[id] {
            case .inFlight, .confirmed: continue
            case .waiting(let failure):
                guard failure.due <= now else { continue }
                waitingCount -= 1
                known[id] = .inFlight(failure)
            case nil: known[id] = .inFlight(nil)
            }
            inFlightCount += 1
            fresh.insert(id)
        }
        return fresh
    }

    private mutating func saw(_ id: Int64, _ now: Int64) {
        while marks.count > 1, marks[1].at <= now - 2 * grace { marks.removeFirst() }
        guard let newest = marks.last, newest.id < id else { return }
        // A few marks are enough to know roughly what was seen when.
        if now - newest.at >= max(1, grace / 4) {
            marks.append((now, id))
        } else if marks.count > 1 {
            marks[marks.count - 1].id = id
        }
    }

    /// Rows whose pause is over.
    package func due(now: Int64, limit: Int) -> [Int64] {
        guard waitingCount > 0 else { return [] }
        return Array(
            known.lazy.filter { if case .waiting(let failure) = $0.value { failure.due <= now } else { false } }
                .map(\.key).prefix(limit))
    }

    /// These are not in the table any more: somebody else dealt with them.
    package mutating func forget(_ ids: some Sequence<Int64>) {
        for id in ids {
            if case .waiting = known[id] {
                waitingCount -= 1
                known[id] = nil
            }
        }
    }

    /// The broker has the row.
    package mutating func confirmed(_ id: Int64) {
        guard case .inFlight = known[id] else { return }
        inFlightCount -= 1
        known[id] = .confirmed
        done.append(id)
    }

    /// The row is to be tried again after a pause, of which `jitter` (0…1) spreads the second half. Gives the reason
    /// when it is to be given up instead.
    package mutating func failed(_ id: Int64, _ outcome: PublishOutcome, now: Int64, jitter: Double) -> String? {
        guard case .inFlight(let earlier) = known[id] else { return nil }
        var failure = earlier ?? Failure(due: now)
        failure.count += 1
        let pause: (first: Int64, limit: Int64)
        switch outcome {
        case .confirmed: preconditionFailure("a confirmed row has not failed")
        case .returned(let reason):
            failure.returnedSince = failure.returnedSince ?? now
            failure.reason = reason
            pause = (1000, 60_000)
        case .nacked:
            failure.returnedSince = nil
            pause = (100, 5000)
        case .unknown:
            pause = (20, 1000)
        }
        let bound = min(pause.limit, pause.first << Int64(min(failure.count - 1, 12)))
        failure.due = now + bound / 2 + Int64(Double(bound) / 2 * jitter)
        inFlightCount -= 1
        waitingCount += 1
        known[id] = .waiting(failure)
        return failure.returnedSince.map { now - $0 >= Self.returnPatience } ?? false ? failure.reason : nil
    }

    /// Confirmed rows to delete now; they stay known until `deleted`.
    package mutating func takeDone(limit: Int) -> [Int64] {
        let batch = Array(done.prefix(limit))
        done.removeFirst(batch.count)
        return batch
    }

    package mutating func deleted(_ ids: [Int64]) { for id in ids { known[id] = nil } }

    /// The statement failed; once more, later.
    package mutating func notDeleted(_ ids: [Int64]) { done.insert(contentsOf: ids, at: 0) }
}
