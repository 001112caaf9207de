import Bus
import Choosing
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
        var watches = WatchList()
        var owned: Set<Int16> = []
        /// Shards of ours whose orders were not read yet.
        var unread: Set<Int16> = []
        var isStopping = false
    }

    private let database: Database
    private let leases: ShardLeases
    private let market: Market
    private let changes: ChangeQueue
    private let observations: Observations
    private let settings: Settings
    private let log: Log
    private let beginning: Timestamp
    private let steadyBeginning = ContinuousClock.now
    private let state = Mutex(State())
    private let openGauge: Gauge
    private let stateGauges: [OrderState: Gauge]
    private let shardGauge: Gauge
    private let lag: Histogram
    private let loading: Histogram
    private let polls: Desk
    private let deeds: Desk
    private let hints: Desk
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
        beginning = observations.clock.now
        self.settings = settings
        self.log = log
        openGauge = metrics.gauge("verification_open_orders", "Orders open at a provider that this process looks after")
        shardGauge = metrics.gauge("verification_shards", "Shards of the polling work that this process leases")
        // Each worker counts what it looks after, and the sum over workers is right: the table would be read from end to
        // end for it, again and again.
        stateGauges = Dictionary(
            uniqueKeysWithValues: [OrderState.waiting, .received, .cancelling].map {
                (
                    $0,
                    metrics.gauge("verification_orders", "Orders that are not over, by state", [("state", $0.rawValue)])
                )
            })
        loading = metrics.histogram(
            "verification_shard_load_seconds",
            "How long the open orders of a shard took to be read, of several read at once")
        lag = metrics.histogram("verification_poll_lag_seconds", "How late an order was asked about")
        polls = Desk(hands: settings.concurrency)
        deeds = Desk(hands: max(4, settings.concurrency / 4))
        hints = Desk(hands: max(4, settings.concurrency / 4))
    }

    // MARK: - What is to be watched

    /// Learns of a committed change.
    func react(to applied: Applied) {
        let isSooner = state.withLock { state in
            let next = state.watches.next
            let order = applied.order
            guard let watch = Watch(order), state.owned.contains(watch.shard) else {
                if let known = state.watches[order.id], known.isOver(upon: order) {
                    state.watches[order.id] = nil
                }
                return false
            }
            keep(watch, &state)
            return state.watches.next != next
        }
        if isSooner { soon.signal() }
    }

    /// Asks how these stand before anything else that is only asked, because their provider says that there is news. Whoever
    /// hears it asks: the one that leases the order's shard may be another, which finds out from the table, and two that
    /// ask do no harm.
    func ask(hinted watches: [Watch]) {
        for watch in watches {
            if hints.room > 0 {
                hints.put(watch)
            } else {
                // More than can be asked at once: it waits among the others that are due, if it is ours.
                state.withLock { $0.watches.appoint(watch.id, at: now) }
            }
        }
    }

    private func keep(_ watch: Watch, _ state: inout State, isNewHere: Bool = false) {
        let known = state.watches[watch.id]
        guard watch.replaces(known) else { return }
        state.watches[watch.id] = watch
        // A change of state is acted on at once; else the present appointment stands.
        if known.map({ !$0.stands(like: watch) }) ?? true {
            state.watches.appoint(
                watch.id, at: isNewHere && known == nil ? arrival(watch) : due(watch, now: now, isFirst: true))
        }
    }

    /// What appointments are kept by: the time of our beginning, and from then on a clock that nobody sets. Were
    /// it the time of day, an order asked about while that was an hour ahead would be asked again only an hour later.
    private var now: Timestamp { beginning + steadyBeginning.duration(to: .now) }

    /// When an order is first asked about that was another worker's. Nobody knows when that one asked last, so anywhere
    /// within one interval from now; one that was just made is due as if it had been ours.
    private func arrival(_ watch: Watch) -> Timestamp {
        let now = self.now
        guard watch.state == .waiting || (watch.state == .received && watch.keepsOpen) else {
            return due(watch, now: now, isFirst: true)
        }
        let interval = settings.schedule.interval(age: now - watch.assignedAt, jitter: 0.5)
        if watch.assignedAt + interval > now { return min(watch.assignedAt + interval, now + interval) }
        return now + interval * Double.random(in: 0..<1)
    }

    private func due(_ watch: Watch, now: Timestamp, isFirst: Bool) -> Timestamp {
        Minding.due(
            watch, now: now, isFirst: isFirst, schedule: settings.schedule, linger: settings.linger,
            jitter: .random(in: 0..<1))
    }

    // MARK: - Running

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepLeases() }
            group.addTask { await self.learn() }
            group.addTask { await self.tick() }
            for (desk, isHint) in [(polls, false), (deeds, false), (hints, true)] {
                for _ in 0..<desk.hands {
                    group.addTask {
                        for await watch in desk.calls {
                            await self.ask(watch, isHint: isHint)
                            desk.finished()
                        }
                    }
                }
            }
        }
    }

    func stop() { state.withLock { $0.isStopping = true } }

    private var isStopping: Bool { state.withLock { $0.isStopping } || Task.isCancelled }

    /// Renews every third of a lease's life, and looks much more often whether there is something to take over or to
    /// give: who joins, leaves or dies is noticed within a moment. Gives everything back in the end, at once; what is
    /// being asked just then is still answered.
    private func keepLeases() async {
        var renewedAt = ContinuousClock.now
        var next = ContinuousClock.now
        while !isStopping {
            do {
                let owning = state.withLock { $0.owned.count }
                let isDue = ContinuousClock.now >= next
                if isDue ? true : try await leases.isUneven(owning: owning) {
                    // Our clock starts before the database's, so that we stop believing before others may take over.
                    let begun = ContinuousClock.now
                    take(try await leases.renew())
                    renewedAt = begun
                    next = begun + .seconds(ShardLeases.lifetime) / 3
                }
                try await loadUnread(until: next)
            } catch {
                // Not knowing whether the leases are ours is to be treated as if they were not.
                if renewedAt.duration(to: .now) > .seconds(ShardLeases.lifetime) { take([]) }
                log.warning("leases could not be renewed", ["error": .string(String(describing: error))])
                await pause(.seconds(1))
            }
            await pause(.milliseconds(300))
        }
        take([])
        do { try await leases.release() } catch {
            log.debug("leases were left to run out", ["error": .string(String(describing: error))])
        }
    }

    /// These shards are ours from now on, and no others.
    private func take(_ owned: Set<Int16>) {
        state.withLock { state in
            state.unread.formUnion(owned.subtracting(state.owned))
            state.unread.formIntersection(owned)
            let gone = state.owned.subtracting(owned)
            state.owned = owned
            if !gone.isEmpty { state.watches.remove(gone) }
        }
        shardGauge.set(owned.count)
    }

    /// Orders of ours that other workers gave a number.
    private func learn() async {
        var learnedAt = ContinuousClock.now
        while !isStopping {
            let owned = state.withLock { $0.owned }
            let begun = ContinuousClock.now
            let pause = learnedAt.duration(to: begun)
            if owned.isEmpty {
                // What becomes ours is loaded whole.
                learnedAt = begun
            } else if pause >= Minding.looksEvery(ownsAll: owned.count == ShardLeases.count) {
                do {
                    let back = Minding.lookBack(sinceLast: pause)
                    try await load(owned, changedWithin: Int(back.inSeconds.rounded(.up)))
                    learnedAt = begun
                } catch {
                    log.debug("open orders could not be read", ["error": .string(String(describing: error))])
                }
            }
            await self.pause(.seconds(1))
        }
    }

    /// Reads the orders of shards that have just become ours, a few shards at a time: memory holds what one answer has
    /// beside what is kept, and nobody who asks for an order waits long. It stops for the next renewal; what was not
    /// read then, or could not be, is read the next time round.
    private func loadUnread(until deadline: ContinuousClock.Instant) async throws {
        while !isStopping, ContinuousClock.now < deadline {
            let few = Set(state.withLock { $0.unread }.sorted().prefix(Self.shardsAtOnce))
            if few.isEmpty { return }
            let begun = ContinuousClock.now
            try await load(few, changedWithin: nil)
            let each = begun.duration(to: .now) / few.count
            for _ in few { loading.observe(each) }
            let isDone = state.withLock { state in
                state.unread.subtract(few)
                return state.unread.isEmpty
            }
            // What the answers lay in is as much again as what is kept of them, and would never be asked for again.
            if isDone { giveBackMemory() }
        }
    }

    private static let shardsAtOnce = 8

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
                if let known = state.watches[watch.id], known.stands(like: watch) { continue }
                keep(watch, &state, isNewHere: true)
            }
        }
    }

    private func tick() async {
        while !isStopping {
            let now = self.now
            let (pollRoom, deedRoom) = (polls.room, deeds.room)
            let due = state.withLock { state in
                openGauge.set(state.watches.count)
                for (word, gauge) in stateGauges { gauge.set(state.watches.count(word)) }
                return state.watches.take(at: now, polls: pollRoom, deeds: deedRoom).map { watch, due in
                    lag.observe(now - due)
                    return watch
                }
            }
            for watch in due { (watch.isDeed ? deeds : polls).put(watch) }
            if due.isEmpty {
                // Until the next appointment; one that is made meanwhile, for an earlier moment, rings.
                let next = state.withLock { $0.watches.next.map { $0 - now } } ?? .milliseconds(100)
                // A full queue keeps its hands busy for longer than that.
                let least = Duration.milliseconds(pollRoom > 0 && deedRoom > 0 ? 1 : 20)
                await soon.wait(max(least, min(next, .milliseconds(100))))
            } else {
                await soon.wait(.milliseconds(2))
            }
        }
        polls.close()
        deeds.close()
        hints.close()
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

    private func ask(_ watch: Watch, isHint: Bool) async {
        // It may have become another worker's while it waited for its turn here.
        guard isHint || state.withLock({ $0.owned.contains(watch.shard) }) else { return }
        let trace = watch.traceparent.flatMap { TraceContext(traceparent: $0) }
        let meaning = await TraceContext.$current.withValue(trace) {
            await Tracer.process.span(
                "check", .internal, [("namaskah.order.id", .string(watch.id.description))]
            ) {
                let meaning = await learned(about: watch, isHint: isHint)
                if case .changed(let event) = meaning {
                    crashpoint("minder.before_record")
                    await changes.submit(Change(orderID: watch.id, event: event))
                }
                return meaning
            }
        }
        // The change, if there was one, has set the next appointment already.
        let now = self.now
        state.withLock { state in
            guard var known = state.watches[watch.id], known.stands(like: watch) else { return }
            if case .later(let pause) = meaning {
                // Spread, so that not all come again together.
                let wait = min(max(pause, .milliseconds(50)), .seconds(8)) * Double.random(in: 1..<2)
                state.watches.appoint(known.id, at: now + wait)
                return
            }
            if isHint, meaning == .nothing {
                // A provider may tell of a message before its own answers show it.
                state.watches.appoint(known.id, at: now + .milliseconds(300))
                return
            }
            known.failures = meaning == .again ? known.failures + 1 : 0
            state.watches[watch.id] = known
            state.watches.appoint(known.id, at: due(known, now: now, isFirst: false))
        }
    }

    /// A hint is a reason to ask, and none to do anything.
    private func learned(about watch: Watch, isHint: Bool) async -> Minding.Meaning {
        guard let provider = market[watch.provider] else { return .again }
        let question = isHint ? .check : Minding.question(about: watch)
        let told = await answer(to: question, about: watch, from: provider)
        let meaning = Minding.meaning(of: told, about: watch, now: observations.clock.now)
        guard meaning == .check, case .failure(let refused) = told else { return meaning }
        let stand = await answer(to: .check, about: watch, from: provider)
        return Minding.meaning(of: stand, after: refused, about: watch, now: observations.clock.now)
    }

    private func answer(
        to question: Minding.Question, about watch: Watch, from provider: any Provider
    ) async -> Result<Observation, Trouble> {
        do throws(ProviderError) {
            let told: ProviderOrder
            switch question {
            case .check: told = try await provider.check(watch.reference)
            case .cancel:
                told = try await provider.cancel(watch.reference)
                crashpoint("minder.after_cancel")
            case .ban:
                told = try await provider.ban(watch.reference)
                crashpoint("minder.after_cancel")
            case .finish: told = try await provider.finish(watch.reference)
            }
            return .success(observations.observation(told, of: watch.id, orderedAt: watch.assignedAt))
        } catch {
            log.debug(
                "a provider did not answer as was asked",
                [
                    "order.id": .string(watch.id.description), "provider": .string(watch.provider),
                    "outcome": .string(error.label),
                ])
            return .failure(error.trouble)
        }
    }
}
