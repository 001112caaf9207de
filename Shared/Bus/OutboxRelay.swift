import Database
import JSON
import Kit
import Runtime
import Synchronization

/// Hands the rows of the outbox to the broker and deletes what was confirmed.
///
/// Whoever has written messages gives them to `send` after the commit, and they leave at once, without being read back.
/// What nobody sent in time (its writer has died, or was told that there is no room) is found in the table, a second
/// later, by the relay that has the row's lane.
///
/// Life: `run` by the service group, before (so stopped after) what writes to the outbox, and after the publisher it
/// uses. `stop` publishes nothing new, waits for what is on its way, deletes it and gives its lanes back.
///
/// Guarantees: every committed row is published until the broker has confirmed it; no transaction is open while the
/// broker is asked. Rows of one aggregate leave in the order they were sent as long as nothing fails. A row that no
/// queue takes is tried for an hour, then laid into `outbox_failed`; it holds up no other.
/// Does not promise: to publish a row only once. After a lost connection, a crash or a change of owner the same row
/// goes out again under the same message id, and consumers know it by that.
///
/// Lanes are leased for fifteen seconds and renewed every five; who starts first has all of them. Two owners for a
/// moment make duplicates and nothing worse, so deleting needs no fence beyond the row's own id; the lease's epoch
/// tells in the table how often a lane has changed hands.
package final class OutboxRelay: Service {
    package struct Options: Sendable {
        /// How many rows may be on their way at once.
        package var inFlight: Int
        /// How old a row must be before others than its writer send it.
        package var grace: Duration
        package var sweepEvery: Duration
        package var leaseFor: Duration

        package init(
            inFlight: Int = 2000, grace: Duration = .seconds(1),
            sweepEvery: Duration = .seconds(2), leaseFor: Duration = .seconds(15)
        ) {
            self.inFlight = inFlight
            self.grace = grace
            self.sweepEvery = sweepEvery
            self.leaseFor = leaseFor
        }
    }

    private struct Shared: Sendable {
        var relay: RelayState
        /// The lanes we own, and until when by our own clock.
        var lanes: [Int16] = []
        var ownedUntil: Int64 = 0
        /// Rows to be given up, and why.
        var lost: [(id: Int64, reason: String)] = []
    }

    package let name = "outbox relay"
    private let database: Database
    private let publisher: Publisher
    private let options: Options
    private let log: Log
    private let figures: RelayFigures
    private let me = ID.new()
    private let shared: Mutex<Shared>
    private let scanning = Wakeup()
    private let deleting = Wakeup()
    private let isStopping = Atomic<Bool>(false)
    private let isOver = Atomic<Bool>(false)

    private static let batch = 500

    package init(
        _ database: Database, publisher: Publisher, options: Options = Options(), log: Log, metrics: Metrics
    ) {
        self.database = database
        self.publisher = publisher
        self.options = options
        self.log = log
        figures = RelayFigures(metrics)
        shared = Mutex(
            Shared(
                relay: RelayState(
                    capacity: options.inFlight, page: Self.batch, grace: options.grace.milliseconds)))
    }

    /// Sends what was just committed. Returns at once.
    package func send(_ posted: Outbox.Posted) {
        guard !posted.rows.isEmpty, !isStopping.load(ordering: .acquiring) else { return }
        let now = monotonicMilliseconds()
        // Those that must wait are in the table.
        let ids = posted.rows.map(\.id)
        guard shared.withLock({ $0.relay.handOver(ids, now: now) }) else { return scanning.signal() }
        let time = Timestamp.now
        publish(posted.rows.map { OutboxRow($0, madeAt: time) })
    }

    package func stop() {
        isStopping.store(true, ordering: .releasing)
        scanning.signal()
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepLanes() }
            group.addTask { await self.deleteConfirmed() }
            group.addTask { await self.measure() }
            await scan()
            // What is on its way has its deadline in the publisher; with the database gone too, the rows stay.
            let limit = monotonicMilliseconds() + 12_000
            while !Task.isCancelled, monotonicMilliseconds() < limit, !shared.withLock({ $0.relay.isSettled }) {
                await scanning.wait(.milliseconds(20))
            }
            isOver.store(true, ordering: .releasing)
            deleting.signal()
            group.cancelAll()
        }
        await giveLanesBack()
    }

    private var goesOn: Bool { !Task.isCancelled && !isOver.load(ordering: .acquiring) }
    private var scansOn: Bool { goesOn && !isStopping.load(ordering: .acquiring) }

    // MARK: Lanes

    private static let leaseNames = (0..<Outbox.lanes).map { "outbox/\($0)" }

    private func keepLanes() async {
        while goesOn {
            await leaseLanes()
            // Who has not all of them looks often whether one came free: rows of a relay that died wait for that.
            let hasAll = shared.withLock { $0.lanes.count == Outbox.lanes }
            // Cancellation is seen by the loop.
            try? await Task.sleep(for: hasAll ? options.leaseFor / 3 : min(options.leaseFor / 3, .seconds(1)))
        }
    }

    private func leaseLanes() async {
        // Our clock starts before the database's, so we stop believing before others may take over.
        let started = monotonicMilliseconds()
        do {
            try await database.execute(
                "INSERT INTO lease (name) SELECT unnest(\(Self.leaseNames)) ON CONFLICT DO NOTHING")
            let names = try await database.values(
                String.self,
                """
                UPDATE lease SET
                    owner = \(me), until = now() + make_interval(secs => \(options.leaseFor.inSeconds)),
                    epoch = epoch + (owner IS DISTINCT FROM \(me))::int
                WHERE name = ANY(\(Self.leaseNames)) AND (until < now() OR owner = \(me))
                RETURNING name
                """)
            let lanes = names.compactMap { Int16($0.dropFirst("outbox/".count)) }.sorted()
            let changed = shared.withLock { shared in
                shared.ownedUntil = started + options.leaseFor.milliseconds
                guard shared.lanes != lanes else { return false }
                shared.lanes = lanes
                shared.relay.restart()
                return true
            }
            figures.lanes.set(lanes.count)
            if changed {
                log.info("outbox lanes taken", ["outbox.lanes": .integer(Int64(lanes.count))])
                scanning.signal()
            }
        } catch {
            if goesOn { log.warning("outbox lanes not renewed", ["error": .string(String(describing: error))]) }
        }
    }

    private func giveLanesBack() async {
        do {
            // A task of its own, because ours may be cancelled; what fails here runs out by itself.
            try await Task { [database, me] in
                _ = try await database.execute(
                    """
                    UPDATE lease SET until = now()
                    WHERE name = ANY(\(Self.leaseNames)) AND owner = \(me) AND until > now()
                    """)
            }.value
        } catch {
            log.debug("outbox lanes not given back", ["error": .string(String(describing: error))])
        }
    }

    private var ownedLanes: [Int16] {
        shared.withLock { monotonicMilliseconds() < $0.ownedUntil ? $0.lanes : [] }
    }

    // MARK: Reading and publishing

    private func scan() async {
        while scansOn {
            let lanes = ownedLanes
            do {
                try await giveUpLost()
                try await retryDue(lanes)
                try await payOwed()
                if lanes.isEmpty {
                    shared.withLock { $0.relay.leaveToOthers() }
                } else if shared.withLock({ $0.relay.hasRoom }) {
                    try await readPage(lanes)
                }
                if shared.withLock({ $0.relay.hasMore }) { continue }
            } catch {
                if !scansOn { return }
                log.warning("outbox not readable", ["error": .string(String(describing: error))])
                await scanning.wait(.milliseconds(250))
                continue
            }
            let isPressed = shared.withLock { $0.relay.isPressed }
            await scanning.wait(isPressed ? .milliseconds(20) : options.grace / 4)
        }
    }

    /// Publishes what came when there was no room, as far as there is room now.
    private func payOwed() async throws {
        while shared.withLock({ $0.relay.paysOwed }) {
            let ids = shared.withLock { $0.relay.takeOwed() }
            do {
                let rows = try await database.rows(
                    OutboxRow.self, "SELECT \(OutboxRow.columns) FROM outbox WHERE id = ANY(\(ids)) ORDER BY id")
                let fresh = shared.withLock { $0.relay.publish(rows.map(\.id), now: monotonicMilliseconds()) }
                publish(rows.filter { fresh.contains($0.id) })
            } catch {
                shared.withLock { $0.relay.oweAgain(ids) }
                throw error
            }
        }
    }

    /// Publishes the next rows that are old enough.
    private func readPage(_ lanes: [Int16]) async throws {
        let start = shared.withLock {
            $0.relay.pageStart(now: monotonicMilliseconds(), sweepEvery: options.sweepEvery.milliseconds)
        }
        let rows = try await database.rows(
            OutboxRow.self,
            """
            SELECT \(OutboxRow.columns) FROM outbox WHERE id > \(start) AND lane = ANY(\(lanes))
                AND created_at <= clock_timestamp() - make_interval(secs => \(options.grace.inSeconds))
            ORDER BY id LIMIT \(Self.batch)
            """)
        let fresh = shared.withLock { $0.relay.begin(rows.map(\.id), now: monotonicMilliseconds()) }
        if !fresh.isEmpty { figures.found.add(fresh.count) }
        publish(rows.filter { fresh.contains($0.id) })
    }

    /// Publishes rows whose pause after a failure is over, as far as they are still in the table and ours.
    private func retryDue(_ lanes: [Int16]) async throws {
        let now = monotonicMilliseconds()
        let due = shared.withLock { $0.relay.due(now: now, limit: Self.batch) }
        guard !due.isEmpty else { return }
        let rows = try await database.rows(
            OutboxRow.self,
            "SELECT \(OutboxRow.columns) FROM outbox WHERE id = ANY(\(due)) AND lane = ANY(\(lanes)) ORDER BY id")
        let fresh = shared.withLock { shared in
            shared.relay.forget(Set(due).subtracting(rows.map(\.id)))
            return shared.relay.publish(rows.map(\.id), now: now)
        }
        publish(rows.filter { fresh.contains($0.id) })
    }

    private func publish(_ rows: [OutboxRow]) {
        guard !rows.isEmpty else { return }
        publisher.submit(rows.map(\.message), within: .seconds(10)) { [self] outcomes in
            crashpoint("relay.after_publish")
            settle(rows, outcomes)
        }
    }

    private func settle(_ rows: [OutboxRow], _ outcomes: [PublishOutcome]) {
        let now = monotonicMilliseconds()
        let time = Timestamp.now
        var failures: [(row: OutboxRow, outcome: PublishOutcome)] = []
        let (deletes, scans) = shared.withLock { shared in
            for (row, outcome) in zip(rows, outcomes) {
                if outcome == .confirmed {
                    shared.relay.confirmed(row.id)
                } else {
                    failures.append((row, outcome))
                    let reason = shared.relay.failed(row.id, outcome, now: now, jitter: .random(in: 0...1))
                    if let reason { shared.lost.append((row.id, reason)) }
                }
            }
            return (shared.relay.doneCount >= Self.batch, shared.relay.isPressed)
        }
        for (row, outcome) in zip(rows, outcomes) where outcome == .confirmed {
            figures.published(time - row.madeAt)
            if Tracer.process.isOn { row.record(confirmedAt: time) }
        }
        report(failures)
        if deletes { deleting.signal() }
        if scans || isStopping.load(ordering: .acquiring) { scanning.signal() }
    }

    private func report(_ failures: [(row: OutboxRow, outcome: PublishOutcome)]) {
        var said: Set<String> = []
        for (row, outcome) in failures {
            guard case .returned(let reason) = outcome else { continue }
            figures.returned.add()
            // One line for each kind of message, however many come back together.
            guard said.insert("\(row.message.exchange) \(row.message.routingKey)").inserted else { continue }
            log.error(
                "outbox message has no taker",
                [
                    "outbox.id": .integer(row.id), "bus.message_id": .string(row.message.messageID),
                    "bus.exchange": .string(row.message.exchange),
                    "bus.routing_key": .string(row.message.routingKey), "bus.reason": .string(reason),
                ])
        }
    }

    private func giveUpLost() async throws {
        let lost = shared.withLock { $0.lost }
        guard !lost.isEmpty else { return }
        let count = try await database.execute(
            """
            WITH gone AS (DELETE FROM outbox WHERE id = ANY(\(lost.map(\.id))) RETURNING *)
            INSERT INTO outbox_failed (id, lane, msg_id, exchange, rkey, type, headers, body, created_at, error)
            SELECT gone.id, lane, msg_id, exchange, rkey, type, headers, body, created_at, why.error
            FROM gone JOIN unnest(\(lost.map(\.id)), \(lost.map(\.reason))) AS why (id, error) USING (id)
            """)
        figures.failed.add(count)
        log.error("outbox messages given up", ["outbox.count": .integer(Int64(count))])
        shared.withLock { shared in
            shared.relay.forget(lost.map(\.id))
            shared.lost.removeFirst(lost.count)
        }
    }

    // MARK: Deleting

    private func deleteConfirmed() async {
        while goesOn {
            let ids = shared.withLock { $0.relay.takeDone(limit: 2000) }
            if ids.isEmpty {
                await deleting.wait(.milliseconds(20))
                continue
            }
            crashpoint("relay.before_delete")
            do {
                try await database.execute("DELETE FROM outbox WHERE id = ANY(\(ids))")
                shared.withLock { $0.relay.deleted(ids) }
                // Whoever stops us waits for the last of them.
                if isStopping.load(ordering: .acquiring) { scanning.signal() }
            } catch {
                shared.withLock { $0.relay.notDeleted(ids) }
                if goesOn { log.warning("outbox not deletable", ["error": .string(String(describing: error))]) }
                await deleting.wait(.milliseconds(250))
            }
            // Batches are what makes this cheap: half a batch may wait for the rest of it.
            if shared.withLock({ $0.relay.doneCount }) < Self.batch, !isStopping.load(ordering: .acquiring) {
                await deleting.wait(.milliseconds(100))
            }
        }
    }

    // MARK: Figures

    private func measure() async {
        while goesOn {
            do {
                // A count has an end: beyond it the exact figure tells nothing more.
                let depth = try await database.value(
                    Int64.self, "SELECT count(*) FROM (SELECT FROM outbox LIMIT 100001) AS counted")
                let oldest = try await database.value(
                    Double.self,
                    """
                    SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 FROM outbox ORDER BY id LIMIT 1
                    """)
                figures.depth.set(Int(depth ?? 0))
                figures.oldest.set(max(0, oldest ?? 0))
            } catch {
                // The scan says so already.
            }
            // Cancellation is seen by the loop.
            try? await Task.sleep(for: .seconds(5))
        }
    }
}
