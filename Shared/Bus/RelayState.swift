import Kit

/// What a relay knows of the outbox while it works: which rows are on their way, which are confirmed and wait to be
/// deleted, which must wait before they are tried again.
///
/// A pure value over the milliseconds of a steady clock. All of it may be lost at any time: the table is the truth.
struct RelayState {
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

    /// Rows whose ids were given out that long ago may still be committed behind our back: a transaction takes its ids
    /// when it writes, and shows them when it commits.
    static let lookBack: Int64 = 250
    /// A row that no queue takes is given up after this.
    static let returnPatience: Int64 = 3_600_000

    let capacity: Int
    /// The highest id seen: new rows are looked for behind it.
    private(set) var last: Int64 = 0
    private var known: [Int64: Phase] = [:]
    private(set) var inFlightCount = 0
    private var waitingCount = 0
    private var done: [Int64] = []
    /// The highest id seen at earlier moments.
    private var marks: [(at: Int64, last: Int64)] = [(0, 0)]
    /// Where the next sweep over the table begins.
    private(set) var sweepStart: Int64 = 0

    init(capacity: Int) { self.capacity = capacity }

    var room: Int { max(0, capacity - inFlightCount) }
    var doneCount: Int { done.count }
    /// Nothing is on its way and nothing is left to delete.
    var isSettled: Bool { known.count == waitingCount }

    /// Begins again at the start of the table. What is on its way stays known.
    mutating func restart() {
        last = 0
        marks = [(0, 0)]
        sweepStart = 0
    }

    /// Notes rows that were read; gives those that are to be published now.
    mutating func begin(_ ids: [Int64], now: Int64) -> Set<Int64> {
        var fresh: Set<Int64> = []
        for id in ids {
            last = max(last, id)
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
        if let newest = marks.last, newest.last < last { marks.append((now, last)) }
        return fresh
    }

    /// Where looking back for late commits begins; nil when nothing new was seen lately.
    mutating func recentStart(now: Int64) -> Int64? {
        while marks.count > 1, marks[1].at <= now - Self.lookBack { marks.removeFirst() }
        guard let newest = marks.last, newest.at > now - 2 * Self.lookBack, marks[0].last < last else { return nil }
        return marks[0].last
    }

    /// Which of the rows found by looking back are not under way.
    func missing(of ids: [Int64], now: Int64) -> [Int64] {
        ids.filter { id in
            switch known[id] {
            case .inFlight, .confirmed: false
            case .waiting(let failure): failure.due <= now
            case nil: true
            }
        }
    }

    /// A sweep saw these, at most `limit`: the next goes on behind them, or from the start again.
    mutating func swept(_ ids: [Int64], limit: Int) { sweepStart = ids.count == limit ? ids.last ?? 0 : 0 }

    /// Rows whose pause is over.
    func due(now: Int64, limit: Int) -> [Int64] {
        guard waitingCount > 0 else { return [] }
        return Array(
            known.lazy.filter { if case .waiting(let failure) = $0.value { failure.due <= now } else { false } }
                .map(\.key).prefix(limit))
    }

    /// These are not in the table any more: somebody else dealt with them.
    mutating func forget(_ ids: some Sequence<Int64>) {
        for id in ids {
            if case .waiting = known[id] {
                waitingCount -= 1
                known[id] = nil
            }
        }
    }

    mutating func confirmed(_ id: Int64) {
        guard case .inFlight = known[id] else { return }
        inFlightCount -= 1
        known[id] = .confirmed
        done.append(id)
    }

    /// The row is to be tried again after a pause, of which `jitter` (0…1) spreads the second half. Gives the reason
    /// when it is to be given up instead.
    mutating func failed(_ id: Int64, _ outcome: PublishOutcome, now: Int64, jitter: Double) -> String? {
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
    mutating func takeDone(limit: Int) -> [Int64] {
        let batch = Array(done.prefix(limit))
        done.removeFirst(batch.count)
        return batch
    }

    mutating func deleted(_ ids: [Int64]) { for id in ids { known[id] = nil } }

    /// The statement failed; once more, later.
    mutating func notDeleted(_ ids: [Int64]) { done.insert(contentsOf: ids, at: 0) }
}
