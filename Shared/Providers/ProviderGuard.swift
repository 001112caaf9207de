import HTTPClient
import Kit
import Runtime
import Synchronization

/// What stands between an adapter and its upstream: a circuit breaker, a request budget, metrics. Every HTTP request of
/// an adapter passes through `run` exactly once.
///
/// Holds no thread and no task. Guarantees: a request that it refuses was never sent. Does not promise fairness between
/// requests of one lane. What other processes ask of the same upstream it knows only through a shared budget.
package final class ProviderGuard: Sendable {
    private struct State: Sendable {
        var breaker: CircuitBreaker
        var budget: RequestBudget
        /// The breaker's state as it was last told.
        var told = CircuitBreaker.State.closed(failures: 0)
    }

    private let provider: String
    private let state: Mutex<State>
    private let metrics: Metrics
    private let breakerGauge: Gauge
    private let rateGauge: Gauge
    private let granted: Counter
    private let waiting: Gauge
    private let waiters = Atomic<Int>(0)
    /// How long an urgent request may wait for a token before it is refused.
    private let patience: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let shared: [RequestBudget.Lane: BudgetSlices]
    private let breakerMoved: BreakerMoved?

    /// Is told when a breaker moves, of the words for its states; must not wait.
    package typealias BreakerMoved = @Sendable (_ before: String, _ after: String) -> Void

    /// `shared` is asked beside `budget`, where other processes use the same upstream.
    package init(
        provider: String, metrics: Metrics, breaker: CircuitBreaker = CircuitBreaker(),
        budget: RequestBudget, shared: (any SharedBudget)? = nil, breakerMoved: BreakerMoved? = nil,
        patience: Duration = .milliseconds(500),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.provider = provider
        self.metrics = metrics
        self.breakerMoved = breakerMoved
        self.patience = patience
        self.now = now
        self.shared = Dictionary(
            uniqueKeysWithValues: RequestBudget.Lane.allCases.compactMap { lane in
                shared.map { (lane, BudgetSlices($0, lane, rate: budget.rate)) }
            })
        state = Mutex(State(breaker: breaker, budget: budget))
        breakerGauge = metrics.gauge(
            "provider_breaker_state", "0 closed, 1 half-open, 2 open.", [("provider", provider)])
        let label = [("provider", provider)]
        rateGauge = metrics.gauge("provider_budget_rate", "Requests a second that are let through at present.", label)
        granted = metrics.counter("provider_budget_granted_total", "Requests that were let through.", label)
        waiting = metrics.gauge("provider_budget_waiting", "Requests that wait for their turn.", label)
        metrics.gauge("provider_budget_cap", "Requests a second when nothing is wrong.", label).set(budget.rate)
        rateGauge.set(budget.currentRate)
    }

    /// How the breaker stands.
    package var breakerState: CircuitBreaker.State { state.withLock { $0.breaker.state } }
    /// Requests a second that are let through at present.
    package var currentRate: Double { state.withLock { $0.budget.currentRate } }

    /// Runs one request, if breaker and budget let it. What `body` throws is passed on after it was counted.
    package func run<Value: Sendable>(
        _ endpoint: String, _ lane: RequestBudget.Lane, _ body: () async throws(ProviderError) -> Value
    ) async throws(ProviderError) -> Value {
        let pass = try await enter(endpoint, lane)
        let begin = now()
        do throws(ProviderError) {
            let value = try await body()
            leave(pass, endpoint, begin, nil)
            return value
        } catch {
            leave(pass, endpoint, begin, error)
            throw error
        }
    }

    private func enter(
        _ endpoint: String, _ lane: RequestBudget.Lane
    ) async throws(ProviderError) -> CircuitBreaker.Pass {
        let deadline = now() + patience
        let slices = shared[lane]
        var hasShare = slices == nil
        while true {
            if !hasShare, let slices, !isShut(at: now()) {
                // All wait for the others' turn, polls too: it comes within a moment.
                if let pause = await slices.take() {
                    guard now() + pause <= deadline, !Task.isCancelled else { throw heldBack(endpoint, pause) }
                    await wait(pause)
                    continue
                }
                hasShare = true
            }
            let moment = now()
            // The budget is asked first: a token that the breaker then refuses is cheap, a trial that the budget then
            // refuses would leave the breaker waiting for a report.
            let (pass, pause): (CircuitBreaker.Pass?, Duration) = state.withLock { state in
                if case .open(let until) = state.breaker.state, moment < until {
                    return (nil, moment.duration(to: until))
                }
                if let pause = state.budget.take(lane, at: moment) { return (nil, pause) }
                switch state.breaker.ask(at: moment) {
                case .go(let pass): return (pass, .zero)
                case .wait(let pause): return (nil, pause)
                }
            }
            if let pass {
                granted.add()
                show()
                return pass
            }
            guard lane == .urgent, moment + pause <= deadline, !Task.isCancelled else {
                if hasShare { slices?.giveBack() }
                throw heldBack(endpoint, pause)
            }
            await wait(pause)
        }
    }

    private func isShut(at moment: ContinuousClock.Instant) -> Bool {
        if case .open(let until) = breakerState { moment < until } else { false }
    }

    private func heldBack(_ endpoint: String, _ pause: Duration) -> ProviderError {
        count(endpoint, "held_back")
        return ProviderError(
            .retryLater(after: pause), endpoint: endpoint, text: "Held back by our own breaker or budget.")
    }

    private func wait(_ pause: Duration) async {
        waiting.set(waiters.wrappingAdd(1, ordering: .relaxed).newValue)
        // Cancellation ends the sleep, and the loop the next time round.
        try? await Task.sleep(for: pause)
        waiting.set(waiters.wrappingSubtract(1, ordering: .relaxed).newValue)
    }

    private func leave(
        _ pass: CircuitBreaker.Pass, _ endpoint: String, _ begin: ContinuousClock.Instant, _ error: ProviderError?
    ) {
        let moment = now()
        state.withLock { state in
            state.breaker.report(pass, Self.outcome(error), at: moment)
            // Only the upstream's own word counts: without a status, the refusal was made on our side.
            if let error, error.status != nil, case .retryLater(let after) = error.kind {
                state.budget.refused(retryAfter: after, at: moment)
            }
        }
        show()
        count(endpoint, error?.label ?? "ok")
        metrics.histogram(
            "provider_request_seconds", "How long an upstream took to answer.",
            [("provider", provider), ("endpoint", endpoint)]
        ).observe(begin.duration(to: moment))
    }

    static func outcome(_ error: ProviderError?) -> CircuitBreaker.Outcome {
        guard let error else { return .success }
        if error.isOutage { return .failure }
        // With an answer in hand the upstream is alive, whatever it refused.
        return error.status == nil ? .neutral : .success
    }

    private func show() {
        rateGauge.set(currentRate)
        let (before, after) = state.withLock { state in
            defer { state.told = state.breaker.state }
            return (state.told, state.breaker.state)
        }
        guard before.word != after.word else { return }
        switch after {
        case .closed: breakerGauge.set(0)
        case .halfOpen: breakerGauge.set(1)
        case .open: breakerGauge.set(2)
        }
        breakerMoved?(before.word, after.word)
    }

    private func count(_ endpoint: String, _ outcome: String) {
        metrics.counter(
            "provider_requests_total", "Requests to upstreams, by what came of them.",
            [("provider", provider), ("endpoint", endpoint), ("outcome", outcome)]
        ).add()
    }
}
