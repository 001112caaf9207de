/// Stops asking an upstream that keeps failing. `closed` → five failures in a row → `open` for a minute → `halfOpen`:
/// one request is let through, and decides between `closed` and `open`. A pure value: time comes in, decisions come out.
package struct CircuitBreaker: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package enum State: Hashable, Sendable {
        case closed(failures: Int)
        case open(until: Instant)
        /// The one request that may try is under way.
        case halfOpen

        /// The word the API uses.
        package var word: String {
            switch self {
            case .closed: "closed"
            case .open: "open"
            case .halfOpen: "half_open"
            }
        }
    }

    package enum Outcome: Hashable, Sendable {
        case success
        case failure
        /// Says nothing about the upstream: a cancelled task, a refusal of our own.
        case neutral
    }

    /// Leave to ask once. It must be reported back.
    package struct Pass: Hashable, Sendable {
        fileprivate let generation: Int
    }

    package enum Decision: Hashable, Sendable {
        case go(Pass)
        case wait(Duration)
    }

    package private(set) var state: State = .closed(failures: 0)
    private let threshold: Int
    private let pause: Duration
    /// Grows with every change between the three states: a report about an earlier one no longer counts.
    private var generation = 0

    package init(threshold: Int = 5, pause: Duration = .seconds(60)) {
        precondition(threshold > 0, "a breaker that opens at nothing never closes")
        self.threshold = threshold
        self.pause = pause
    }

    /// May a request go out now?
    package mutating func ask(at now: Instant) -> Decision {
        switch state {
        case .closed: return .go(Pass(generation: generation))
        case .open(let until) where now < until: return .wait(now.duration(to: until))
        case .open:
            move(to: .halfOpen)
            return .go(Pass(generation: generation))
        // How long the trial takes is not known; a second is a fair time to look again.
        case .halfOpen: return .wait(.seconds(1))
        }
    }

    /// What came of a request. Returns true when the breaker changed between closed, open and half-open.
    @discardableResult
    package mutating func report(_ pass: Pass, _ outcome: Outcome, at now: Instant) -> Bool {
        guard pass.generation == generation else { return false }
        switch (state, outcome) {
        case (.closed, .success):
            state = .closed(failures: 0)
            return false
        case (.closed(let failures), .failure):
            guard failures + 1 >= threshold else {
                state = .closed(failures: failures + 1)
                return false
            }
            move(to: .open(until: now + pause))
        case (.halfOpen, .success): move(to: .closed(failures: 0))
        case (.halfOpen, .failure): move(to: .open(until: now + pause))
        // The trial told nothing: the next request is the trial.
        case (.halfOpen, .neutral): move(to: .open(until: now))
        case (.closed, .neutral), (.open, _): return false
        }
        return true
    }

    private mutating func move(to next: State) {
        state = next
        generation += 1
    }
}
