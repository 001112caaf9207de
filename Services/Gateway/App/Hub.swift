import JSON
import Kit
import Runtime
import Synchronization

/// Hands live events to the clients that are connected here, and wakes requests that wait for one. Holds nothing back:
/// a reader whose buffer is full is dropped and resumes from the table.
final class Hub: Sendable {
    /// What a client's stream is told.
    enum Signal: Sendable {
        case update(LiveUpdate)
        /// A heartbeat, with the place of the account's newest event as far as it is known.
        case beat(newest: Int64)
    }

    /// One connected client. What happens before its turn comes is given to it together: with very many clients an order's
    /// next event is there before all have been told of the last.
    final class Subscription: Sendable {
        private struct State: Sendable {
            var signals: [Signal] = []
            var reader: CheckedContinuation<Void, Never>?
            var isOver = false
            var hasFallenBehind = false
        }

        /// How many signals wait for a client.
        private static let limit = 1024

        fileprivate let account: ID
        fileprivate let number: Int
        private let state = Mutex(State())

        fileprivate init(account: ID, number: Int) {
            self.account = account
            self.number = number
        }

        /// Whether it ended because more happened than waits here for one client; the rest is in the table.
        var hasFallenBehind: Bool { state.withLock { $0.hasFallenBehind } }

        /// Everything since it was last asked, in order, as soon as there is anything; nil when nothing more comes.
        func next() async -> [Signal]? {
            while true {
                let (signals, isOver) = state.withLock { state in
                    defer { state.signals = [] }
                    return (state.signals, state.isOver)
                }
                if !signals.isEmpty { return signals }
                if isOver || Task.isCancelled { return nil }
                await wait()
            }
        }

        private func wait() async {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let mayGoOn = state.withLock { state in
                        if !state.signals.isEmpty || state.isOver || Task.isCancelled { return true }
                        precondition(state.reader == nil, "a subscription has one reader")
                        state.reader = continuation
                        return false
                    }
                    if mayGoOn { continuation.resume() }
                }
            } onCancel: {
                wake { _ in }
            }
        }

        /// False when with this one more would wait than may: it is over then.
        fileprivate func put(_ signal: Signal) -> Bool {
            var hasRoom = true
            wake { state in
                if state.isOver { return }
                hasRoom = state.signals.count < Self.limit
                if hasRoom {
                    state.signals.append(signal)
                } else {
                    state.hasFallenBehind = true
                    state.isOver = true
                }
            }
            return hasRoom
        }

        fileprivate func finish() { wake { $0.isOver = true } }

        private func wake(_ change: (inout State) -> Void) {
            let reader = state.withLock { state in
                change(&state)
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume()
        }
    }

    /// A request that sleeps until something happens to its subject. Registered before it looks at the table, so that
    /// what happens between the look and the sleep wakes it too.
    private final class Waiter: Sendable {
        private struct State {
            var hasFired = false
            var sleeper: CheckedContinuation<Void, Never>?
        }
        private let state = Mutex(State())

        func fire() {
            let sleeper = state.withLock { state in
                state.hasFired = true
                defer { state.sleeper = nil }
                return state.sleeper
            }
            sleeper?.resume()
        }

        func sleep(atMost limit: Duration) async {
            let timer = Task {
                // Cancelled when the event came first; then there is nobody left to wake.
                try? await Task.sleep(for: limit)
                self.fire()
            }
            await withCheckedContinuation { continuation in
                let hasFired = state.withLock { state in
                    if !state.hasFired { state.sleeper = continuation }
                    return state.hasFired
                }
                if hasFired { continuation.resume() }
            }
            timer.cancel()
        }
    }

    private struct State {
        var next = 0
        var subscriptions: [ID: [Int: Subscription]] = [:]
        var waiters: [ID: [ObjectIdentifier: Waiter]] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let told: AsyncStream<[LiveEvent]>.Continuation
    private let clients: Gauge
    private let dropped: Counter

    init(metrics: Metrics) {
        clients = metrics.gauge("gateway_live_clients", "Clients connected over SSE or WebSocket")
        dropped = metrics.counter(
            "gateway_live_dropped_total", "Times that a client read too slowly and was sent to the table")
        let (batches, told) = AsyncStream<[LiveEvent]>.makeStream()
        self.told = told
        // One after the other: were two batches told at the same time, some clients would hear of the later one first,
        // and each of them would look in the table for what is missing. It ends with `close`.
        Task { [weak self] in for await events in batches { self?.tell(events) } }
    }

    // MARK: - Clients

    func subscribe(_ account: ID) -> Subscription {
        state.withLock { state in
            state.next += 1
            let subscription = Subscription(account: account, number: state.next)
            if state.isClosed { subscription.finish() }
            state.subscriptions[account, default: [:]][subscription.number] = subscription
            count(state)
            return subscription
        }
    }

    func end(_ subscription: Subscription) {
        subscription.finish()
        state.withLock { state in
            state.subscriptions[subscription.account]?[subscription.number] = nil
            if state.subscriptions[subscription.account]?.isEmpty ?? false {
                state.subscriptions[subscription.account] = nil
            }
            count(state)
        }
    }

    private func count(_ state: borrowing State) {
        clients.set(state.subscriptions.values.reduce(0) { $0 + $1.count })
    }

    /// Those who have clients here.
    var accounts: [ID] { state.withLock { Array($0.subscriptions.keys) } }

    /// Gives every client a heartbeat.
    func beat(newest: [ID: Int64]) {
        let all = state.withLock { $0.subscriptions.values.flatMap(\.values) }
        for subscription in all where !subscription.put(.beat(newest: newest[subscription.account] ?? 0)) {
            drop(subscription)
        }
    }

    /// Gives events to whoever is connected, and wakes who waits for their subjects, in the order of these calls.
    func deliver(_ events: [LiveEvent]) { told.yield(events) }

    private func tell(_ events: [LiveEvent]) {
        var woken: [Waiter] = []
        var fed: [(Subscription, LiveUpdate)] = []
        state.withLock { state in
            for event in events {
                if let subscriptions = state.subscriptions[event.accountID] {
                    let update = LiveUpdate(event)
                    for subscription in subscriptions.values { fed.append((subscription, update)) }
                }
                for subject in [event.verificationID, event.fact["transfer_id"]?.stringValue.flatMap { ID($0) }] {
                    guard let subject, let waiting = state.waiters.removeValue(forKey: subject) else { continue }
                    woken += waiting.values
                }
            }
        }
        for waiter in woken { waiter.fire() }
        for (subscription, update) in fed where !subscription.put(.update(update)) { drop(subscription) }
    }

    private func drop(_ subscription: Subscription) {
        dropped.add()
        end(subscription)
    }

    /// Lets every client go, so that the server can drain.
    func close() {
        let (all, waiting) = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return (state.subscriptions.values.flatMap(\.values), state.waiters.values.flatMap(\.values))
        }
        told.finish()
        for subscription in all { subscription.finish() }
        for waiter in waiting { waiter.fire() }
    }

    // MARK: - Requests that wait

    /// Asks `look` until it finds something, after every event about the subject and at least once a second (an event may
    /// be missed, the table may not), until the deadline. Answers what `look` last found.
    func wait<Found: Sendable>(
        for subject: ID, until deadline: ContinuousClock.Instant, _ look: () async throws -> Found?
    ) async throws -> Found? {
        while true {
            let waiter = Waiter()
            state.withLock { $0.waiters[subject, default: [:]][ObjectIdentifier(waiter)] = waiter }
            defer {
                state.withLock { state in
                    state.waiters[subject]?[ObjectIdentifier(waiter)] = nil
                    if state.waiters[subject]?.isEmpty ?? false { state.waiters[subject] = nil }
                }
            }
            if let found = try await look() { return found }
            let now = ContinuousClock.now
            guard now < deadline, !state.withLock({ $0.isClosed }) else { return nil }
            await waiter.sleep(atMost: min(now.duration(to: deadline), .seconds(1)))
        }
    }
}
