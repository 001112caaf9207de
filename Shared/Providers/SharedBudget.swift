import Kit
import Synchronization

/// What several processes may ask of one upstream together, kept where all of them can reach it.
package protocol SharedBudget: Sendable {
    /// Takes leave for at most `wanted` requests. Answers how many were granted, and in how long there may be more;
    /// nil when the budget cannot be reached.
    func take(_ wanted: Int, _ lane: RequestBudget.Lane) async -> (granted: Int, more: Duration)?
}

/// A process's slices of a shared budget: those who ask at the same time ask together, and who asks without pause is
/// given some in advance, so that the budget is asked a few dozen times a second however many requests there are.
///
/// Holds no thread. Guarantees: nothing is granted that the budget has not granted within the last tenth of a second,
/// unless it cannot be reached; then the process's own limits are all there is, and the upstream's refusals.
final class BudgetSlices: Sendable {
    typealias Instant = ContinuousClock.Instant

    private struct State {
        var tokens = 0
        var expires: Instant = .now
        /// How many are asked for in advance: more as long as they are used up in time.
        var ahead = 0
        var waiting: [CheckedContinuation<Duration?, Never>] = []
        var isAsking = false
        /// When a budget that had not enough may be asked again, and how many were told to come then.
        var opens: Instant = .now
        var turnedAway = 0

        mutating func takeOne(at now: Instant) -> Bool {
            guard tokens > 0, now < expires else { return false }
            tokens -= 1
            return true
        }

        /// How long to wait when there is nothing to ask for yet: one after the other, as tokens come.
        mutating func turnAway(at now: Instant, rate: Double) -> Duration? {
            guard now < opens else { return nil }
            defer { turnedAway += 1 }
            return now.duration(to: opens) + .seconds(Double(turnedAway) / rate)
        }
    }

    private static let life = Duration.milliseconds(100)
    /// A budget that had not enough is left alone for so long, however many wait: in that time it gathers what is worth
    /// asking for.
    private static let pause = Duration.milliseconds(33)

    private let budget: any SharedBudget
    private let lane: RequestBudget.Lane
    private let largest: Int
    private let rate: Double
    private let state = Mutex(State())

    /// `rate` is what all processes have together, in requests a second.
    init(_ budget: any SharedBudget, _ lane: RequestBudget.Lane, rate: Double) {
        self.budget = budget
        self.lane = lane
        self.rate = rate
        // More than comes in a pause: a slice that the budget can give without having to gather anew is followed by half a
        // one.
        largest = max(1, Int(rate / 25))
    }

    /// Nil when a request may go; else how long to wait before asking again.
    func take() async -> Duration? {
        let now = Instant.now
        let (isLetGo, pause) = state.withLock { state in
            state.takeOne(at: now) ? (true, nil) : (false, state.turnAway(at: now, rate: rate))
        }
        if isLetGo { return nil }
        if let pause { return pause }
        return await withCheckedContinuation { continuation in
            let begins = state.withLock { state in
                state.waiting.append(continuation)
                guard !state.isAsking else { return false }
                state.isAsking = true
                return true
            }
            // On its own, because it goes on for those who come meanwhile.
            if begins { Task { await ask() } }
        }
    }

    /// A request that was let go did not leave after all.
    func giveBack() { state.withLock { $0.tokens += 1 } }

    private func ask() async {
        while true {
            let (told, waiting, wanted) = state.withLock { state in
                let now = Instant.now
                // Who came while the budget was asked has what is left, or comes again when there may be more.
                var told: [(CheckedContinuation<Duration?, Never>, Duration?)] = []
                var waiting: [CheckedContinuation<Duration?, Never>] = []
                for continuation in state.waiting {
                    if state.takeOne(at: now) {
                        told.append((continuation, nil))
                    } else if let pause = state.turnAway(at: now, rate: rate) {
                        told.append((continuation, pause))
                    } else {
                        waiting.append(continuation)
                    }
                }
                state.waiting = []
                state.isAsking = !waiting.isEmpty
                guard state.isAsking else { return (told, waiting, 0) }
                let wasUsedUp = state.tokens == 0 && now < state.expires
                state.ahead = wasUsedUp ? min(max(1, state.ahead * 2), largest) : 0
                return (told, waiting, waiting.count + state.ahead)
            }
            for (continuation, pause) in told { continuation.resume(returning: pause) }
            if waiting.isEmpty { return }
            let answer = await budget.take(wanted, lane) ?? (wanted, .zero)
            let now = Instant.now
            let pauses = state.withLock { state in
                state.tokens = max(0, answer.granted - waiting.count)
                state.expires = now + Self.life
                if answer.granted < wanted { state.opens = now + max(answer.more, Self.pause) }
                state.turnedAway = 0
                return waiting.indices.map { place in
                    place < answer.granted ? nil : state.turnAway(at: now, rate: rate)
                }
            }
            for (continuation, pause) in zip(waiting, pauses) { continuation.resume(returning: pause) }
        }
    }
}
