import Bus
import Contracts
import Database
import JSON
import Kit
import Providers
import Runtime
import Synchronization
import VerificationCore

/// Looks after open orders: asks the provider whether a message came, cancels what is to be cancelled, finishes what is
/// done. What it remembers is rebuilt from the table by whoever leases the shard; nothing is written for a question
/// whose answer is "nothing new".
final class Minder: Service {
    let name = "minder"

    struct Settings: Sendable {
        var schedule = PollSchedule()
        /// How long after a code the provider's order stays open for further messages.
        var linger = Duration.seconds(20)
        var concurrency = 64
    }

    private struct State {
        var watches: [ID: Watch] = [:]
        var due = DueQueue()
        var owned: Set<Int16> = []
        var isStopping = false
    }

    private let database: Database
    private let leases: ShardLeases
    private let market: Market
    private let changes: ChangeQueue
    private let observations: Observations
    private let settings: Settings
    private let log: Log
    private let state = Mutex(State())
    private let openGauge: Gauge
    private let shardGauge: Gauge
    private let lag: Histogram
    private let calls: AsyncStream<Watch>
    private let call: AsyncStream<Watch>.Continuation
    private let inFlight = Mutex(0)
    private let soon = Wakeup()

    init(
        _ database: Database, worker: ID, market: Market, changes: ChangeQueue, observations: Observations,
        settings: Settings, log: Log, metrics: Metrics
    ) {
        self.database = database
        self.leases = ShardLeases(database: database, worker: worker)
        self.market = market
        self.changes = changes
        self.observations = observations
        self.settings = settings
        self.log = log
        openGauge = metrics.gauge("verification_open_orders", "Orders open at a provider that this process looks after")
        shardGauge = metrics.gauge("verification_shards", "Shards of the polling work that this process leases")
        lag = metrics.histogram("verification_poll_lag_seconds", "How late an order was asked about")
        (calls, call) = AsyncStream.makeStream()
    }

    // MARK: - What is to be watched

    /// Learns of a committed change.
    func react(to applied: Applied) {
        let isSooner = state.withLock { state in
            let next = state.due.next
            guard let watch = Watch(applied.order), state.owned.contains(watch.shard) else {
                state.watches[applied.order.id] = nil
                state.due.remove(applied.order.id)
                return false
            }
            keep(watch, &state)
            return state.due.next != next
        }
        if isSooner { soon.signal() }
    }

    private func keep(_ watch: Watch, _ state: inout State) {
        let known = state.watches[watch.id]
        state.watches[watch.id] = watch
        // A change of state is acted on at once; else the present appointment stands.
        if known == nil || known?.state != watch.state || known?.keepsOpen != watch.keepsOpen
            || known?.receivedAt != watch.receivedAt
        {
            state.due.set(watch.id, due: due(watch, now: .now, isFirst: true))
        }
    }

    private func due(_ watch: Watch, now: Timestamp, isFirst: Bool) -> Timestamp {
        let pause = Duration.milliseconds(min(250 << min(watch.failures, 6), 15_000))
        if watch.failures > 0 { return now + pause }
        switch watch.state {
        case .cancelling: return isFirst ? now : now + .seconds(1)
        case .received where !watch.keepsOpen:
            let end = (watch.receivedAt ?? now) + settings.linger
            return isFirst ? max(now, end) : now + .seconds(1)
        default:
            return now
                + settings.schedule.interval(age: now - watch.assignedAt, jitter: Double.random(in: 0..<1))
        }
    }

    // MARK: - Running

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepLeases() }
            group.addTask { await self.learn() }
            group.addTask { await self.tick() }
            for _ in 0..<settings.concurrency {
                group.addTask { for await watch in self.calls { await self.ask(watch) } }
            }
        }
        do { try await leases.release() } catch {
            log.debug("leases were left to run out", ["error": .string(String(describing: error))])
        }
    }

    func stop() { state.withLock { $0.isStopping = true } }

    private var isStopping: Bool { state.withLock { $0.isStopping } || Task.isCancelled }

    /// Every third of a lease's life.
    private func keepLeases() async {
        var renewedAt = ContinuousClock.now
        while !isStopping {
            do {
                let owned = try await leases.renew()
                renewedAt = .now
                let new = state.withLock { state in
                    let new = owned.subtracting(state.owned)
                    let gone = state.owned.subtracting(owned)
                    state.owned = owned
                    for watch in state.watches.values where gone.contains(watch.shard) {
                        state.watches[watch.id] = nil
                        state.due.remove(watch.id)
                    }
                    return new
                }
                shardGauge.set(owned.count)
                if !new.isEmpty { try await load(new, changedWithin: nil) }
            } catch {
                // Not knowing whether the leases are ours is to be treated as if they were not.
                if renewedAt.duration(to: .now) > .seconds(ShardLeases.lifetime) {
                    state.withLock { state in
                        state.owned = []
                        state.watches = [:]
                        state.due = DueQueue()
                    }
                }
                log.warning("leases could not be renewed", ["error": .string(String(describing: error))])
            }
            await pause(.seconds(ShardLeases.lifetime / 3))
        }
    }

    /// Orders of ours that other workers gave a number.
    private func learn() async {
        while !isStopping {
            let owned = state.withLock { $0.owned }
            if !owned.isEmpty, owned.count < 1024 {
                do { try await load(owned, changedWithin: 10) } catch {
                    log.debug("open orders could not be read", ["error": .string(String(describing: error))])
                }
            }
            await pause(.seconds(1))
        }
    }

    private func load(_ shards: Set<Int16>, changedWithin seconds: Int?) async throws {
        let numbers = shards.map { Int($0) }
        let recent: SQL =
            seconds.map { "AND o.updated_at > now() - \($0) * interval '1 second'" } ?? ""
        let watches = try await database.rows(
            Watch.self,
            """
            SELECT \(Watch.columns) FROM orders o WHERE o.shard = ANY(\(numbers)::smallint[])
                AND o.state IN ('waiting', 'cancelling', 'received') \(recent)
            """)
        state.withLock { state in
            for watch in watches where state.owned.contains(watch.shard) {
                if let known = state.watches[watch.id], known.state == watch.state,
                    known.keepsOpen == watch.keepsOpen, known.receivedAt == watch.receivedAt
                {
                    continue
                }
                keep(watch, &state)
            }
        }
    }

    private func tick() async {
        while !isStopping {
            let now = Timestamp.now
            let room = settings.concurrency * 4 - inFlight.withLock { $0 }
            let due = state.withLock { state in
                openGauge.set(state.watches.count)
                return state.due.take(at: now, limit: max(0, room)).compactMap { state.watches[$0] }
            }
            inFlight.withLock { $0 += due.count }
            for watch in due { call.yield(watch) }
            if due.isEmpty {
                // Until the next appointment; one that is made meanwhile, for an earlier moment, rings.
                let next = state.withLock { $0.due.next.map { $0 - .now } } ?? .milliseconds(100)
                await soon.wait(max(.milliseconds(room > 0 ? 1 : 5), min(next, .milliseconds(100))))
            } else {
                await soon.wait(.milliseconds(2))
            }
        }
        call.finish()
    }

    private func pause(_ duration: Duration) async {
        // A stop is looked for ten times a second; a cancelled sleep returns at once, and the loop sees it.
        var left = duration
        while left > .zero, !isStopping {
            let part = min(left, .milliseconds(100))
            try? await Task.sleep(for: part)
            left -= part
        }
    }

    // MARK: - Asking

    private func ask(_ watch: Watch) async {
        defer { inFlight.withLock { $0 -= 1 } }
        let trace = watch.traceparent.flatMap { TraceContext(traceparent: $0) }?.child()
        let event = await TraceContext.$current.withValue(trace) { await answer(about: watch) }
        var failed = false
        switch event {
        case .nothing: break
        case .failed: failed = true
        case .changed(let event):
            crashpoint("minder.before_record")
            await changes.submit(Change(orderID: watch.id, event: event))
        }
        // The change, if there was one, has set the next appointment already.
        let now = Timestamp.now
        state.withLock { state in
            guard var known = state.watches[watch.id] else { return }
            if known.state != watch.state || known.keepsOpen != watch.keepsOpen
                || known.receivedAt != watch.receivedAt
            {
                return
            }
            known.failures = failed ? known.failures + 1 : 0
            state.watches[watch.id] = known
            state.due.set(watch.id, due: due(known, now: now, isFirst: false))
        }
    }

    private enum Answer {
        case nothing
        case failed
        case changed(OrderEvent)
    }

    private func answer(about watch: Watch) async -> Answer {
        guard let provider = market[watch.provider] else { return .failed }
        do throws(ProviderError) {
            let told: ProviderOrder
            switch watch.state {
            case .cancelling:
                told =
                    watch.cancelMode == .report
                    ? try await provider.ban(watch.reference) : try await provider.cancel(watch.reference)
                crashpoint("minder.after_cancel")
            case .received where !watch.keepsOpen: told = try await provider.finish(watch.reference)
            default: told = try await provider.check(watch.reference)
            }
            let observation = observations.observation(told, orderedAt: watch.assignedAt)
            if observation.status == .open, observation.messages.count <= watch.messageCount,
                observation.expiresAt == nil || observation.expiresAt == watch.expiresAt
            {
                return .nothing
            }
            return .changed(.observed(observation))
        } catch {
            if let ended = await ending(of: watch, at: provider, after: error) { return .changed(.observed(ended)) }
            return event(for: error, watch)
        }
    }

    /// How an order ended that the provider will not end for us. A process that died after its call and before the
    /// record of it makes the call twice, and the second is refused like one for an order that never was.
    private func ending(
        of watch: Watch, at provider: any Provider, after error: ProviderError
    ) async -> Observation? {
        guard case .orderFinished = error.kind, watch.state != .waiting,
            // When this cannot be asked either, the refusal is all that is known.
            let told = try? await provider.check(watch.reference)
        else { return nil }
        let observation = observations.observation(told, orderedAt: watch.assignedAt)
        return observation.status == .open ? nil : observation
    }

    private func event(for error: ProviderError, _ watch: Watch) -> Answer {
        switch (error.kind, watch.state) {
        case (.orderFinished(.notFound), _): return .changed(.unknownToProvider)
        case (.tooEarly(let after), .cancelling):
            return .changed(.cancelRefused(.tooEarly(until: .now + after)))
        case (.orderFinished, .cancelling): return .changed(.cancelRefused(.tooLate))
        case (.orderFinished, .received): return .changed(.unknownToProvider)
        case (.unsupported, .cancelling): return .changed(.cancelRefused(.tooLate))
        case (.unsupported, .received): return .changed(.unknownToProvider)
        default:
            log.debug(
                "a provider did not answer",
                [
                    "order.id": .string(watch.id.description), "provider": .string(watch.provider),
                    "outcome": .string(error.label),
                ])
            return .failed
        }
    }
}
