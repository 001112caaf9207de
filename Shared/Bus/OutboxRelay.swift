import Database
import JSON
import Kit
import Runtime
import Synchronization

/// Hands the rows of the outbox to the broker and deletes what was confirmed.
///
/// Life: `run` by the service group, before (so stopped after) what writes to the outbox, and after the publisher it
/// uses. `stop` publishes nothing new, waits for what is on its way, deletes it and gives its lanes back.
///
/// Guarantees: every committed row is published until the broker has confirmed it; no transaction is open while the
/// broker is asked. Rows of one aggregate leave in the order they were written as long as nothing fails. A row that no
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
        /// Copies what goes to the events exchange into `event_log` while deleting it.
        package var keepsEvents: Bool
        package var sweepEvery: Duration
        package var leaseFor: Duration

        package init(
            inFlight: Int = 1500, keepsEvents: Bool = false, sweepEvery: Duration = .seconds(2),
            leaseFor: Duration = .seconds(15)
        ) {
            self.inFlight = inFlight
            self.keepsEvents = keepsEvents
            self.sweepEvery = sweepEvery
            self.leaseFor = leaseFor
        }
    }

    private struct Shared: Sendable {
        var relay: RelayState
        /// The lanes we own, and until when by our own clock.
        var lanes: [Int16] = []
        var ownedUntil: Int64 = 0
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
    private static let lookBackLimit = 10_000

    package init(
        _ database: Database, publisher: Publisher, options: Options = Options(), log: Log, metrics: Metrics
    ) {
        self.database = database
        self.publisher = publisher
        self.options = options
        self.log = log
        figures = RelayFigures(metrics)
        shared = Mutex(Shared(relay: RelayState(capacity: options.inFlight)))
    }

    /// There may be new rows. Returns at once; call it after a commit.
    package func wake() { scanning.signal() }

    package func stop() {
        isStopping.store(true, ordering: .releasing)
        scanning.signal()
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepLanes() }
            group.addTask { await self.deleteConfirmed() }
            group.addTask { await self.measure() }
            await scan(&group)
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
            // Cancellation is seen by the loop.
            try? await Task.sleep(for: options.leaseFor / 3)
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

    private func scan(_ group: inout DiscardingTaskGroup) async {
        var idle = Duration.milliseconds(20)
        var nextLookBack: Int64 = 0
        var nextSweep: Int64 = 0
        while scansOn {
            let lanes = ownedLanes
            guard !lanes.isEmpty else {
                await scanning.wait(.milliseconds(250))
                continue
            }
            var found = 0
            do {
                let room = shared.withLock { $0.relay.room }
                if room >= Self.batch {
                    let last = shared.withLock { $0.relay.last }
                    let rows = try await database.rows(
                        OutboxRow.self,
                        """
                        SELECT id, msg_id, exchange, rkey, type, headers, body, created_at FROM outbox
                        WHERE id > \(last) AND lane = ANY(\(lanes)) ORDER BY id LIMIT \(Self.batch)
                        """)
                    found = rows.count
                    publish(rows, &group)
                }
                let now = monotonicMilliseconds()
                if now >= nextSweep {
                    nextSweep = now + options.sweepEvery.milliseconds
                    try await sweep(lanes, &group)
                } else if now >= nextLookBack {
                    nextLookBack = now + 50
                    try await lookBack(lanes, &group)
                }
                if found == Self.batch { continue }
            } catch {
                if !scansOn { return }
                log.warning("outbox not readable", ["error": .string(String(describing: error))])
                await scanning.wait(.milliseconds(250))
                continue
            }
            idle = found > 0 ? .milliseconds(20) : min(idle * 2, .milliseconds(250))
            if found > 0, found < Self.batch / 4 {
                // Under a stream of small transactions, a few milliseconds make a batch of what would be many scans:
                // the more there was, the longer, but a single message does not wait. The end of the task cuts it short.
                try? await Task.sleep(for: .milliseconds(found < 4 ? 1 : found < 16 ? 3 : 6))
            }
            await scanning.wait(idle)
        }
    }

    /// Finds rows that were committed after rows with higher ids had been read, if they were quick.
    private func lookBack(_ lanes: [Int16], _ group: inout DiscardingTaskGroup) async throws {
        let now = monotonicMilliseconds()
        let (start, last, due) = shared.withLock { shared in
            (shared.relay.recentStart(now: now), shared.relay.last, shared.relay.due(now: now, limit: Self.batch))
        }
        if let start {
            let ids = try await database.values(
                Int64.self,
                """
                SELECT id FROM outbox WHERE id > \(start) AND id <= \(last) AND lane = ANY(\(lanes))
                ORDER BY id LIMIT \(Self.lookBackLimit)
                """)
            try await fetch(shared.withLock { $0.relay.missing(of: ids, now: now) }, lanes, &group)
        }
        let there = try await fetch(due, lanes, &group)
        shared.withLock { $0.relay.forget(Set(due).subtracting(there)) }
    }

    /// Finds rows that were committed however late: a page of all there are.
    private func sweep(_ lanes: [Int16], _ group: inout DiscardingTaskGroup) async throws {
        let (start, last) = shared.withLock { ($0.relay.sweepStart, $0.relay.last) }
        let ids = try await database.values(
            Int64.self,
            """
            SELECT id FROM outbox WHERE id > \(start) AND id <= \(last) AND lane = ANY(\(lanes))
            ORDER BY id LIMIT \(Self.lookBackLimit)
            """)
        let now = monotonicMilliseconds()
        let missing = shared.withLock { shared in
            shared.relay.swept(ids, limit: Self.lookBackLimit)
            return shared.relay.missing(of: ids, now: now)
        }
        if !missing.isEmpty {
            log.debug("outbox rows found by sweeping", ["outbox.count": .integer(Int64(missing.count))])
        }
        try await fetch(missing, lanes, &group)
    }

    /// Publishes rows by their ids, at most a batch; gives those that are in the table.
    @discardableResult
    private func fetch(_ ids: [Int64], _ lanes: [Int16], _ group: inout DiscardingTaskGroup) async throws -> [Int64] {
        guard !ids.isEmpty else { return [] }
        let rows = try await database.rows(
            OutboxRow.self,
            """
            SELECT id, msg_id, exchange, rkey, type, headers, body, created_at FROM outbox
            WHERE id = ANY(\(Array(ids.prefix(Self.batch)))) AND lane = ANY(\(lanes)) ORDER BY id
            """)
        publish(rows, &group)
        return rows.map(\.id)
    }

    private func publish(_ rows: [OutboxRow], _ group: inout DiscardingTaskGroup) {
        guard !rows.isEmpty else { return }
        let now = monotonicMilliseconds()
        let fresh = shared.withLock { $0.relay.begin(rows.map(\.id), now: now) }
        let batch = rows.filter { fresh.contains($0.id) }
        guard !batch.isEmpty else { return }
        // Handed over here, not in the task: tasks start in any order, and rows must not overtake each other.
        let answer = Answer()
        publisher.submit(batch.map(\.message), within: .seconds(10)) { answer.give($0) }
        group.addTask {
            let outcomes = await answer.value()
            crashpoint("relay.after_publish")
            await self.settle(batch, outcomes)
        }
    }

    private func settle(_ rows: [OutboxRow], _ outcomes: [PublishOutcome]) async {
        let now = monotonicMilliseconds()
        let time = Timestamp.now
        var failures: [(row: OutboxRow, outcome: PublishOutcome)] = []
        var lost: [(id: Int64, reason: String)] = []
        let enough = shared.withLock { shared in
            for (row, outcome) in zip(rows, outcomes) {
                if outcome == .confirmed {
                    shared.relay.confirmed(row.id)
                } else {
                    failures.append((row, outcome))
                    let reason = shared.relay.failed(row.id, outcome, now: now, jitter: .random(in: 0...1))
                    if let reason { lost.append((row.id, reason)) }
                }
            }
            return shared.relay.doneCount >= Self.batch
        }
        for (row, outcome) in zip(rows, outcomes) where outcome == .confirmed { figures.published(time - row.madeAt) }
        report(failures)
        if enough { deleting.signal() }
        scanning.signal()
        if !lost.isEmpty { await giveUp(lost) }
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

    private func giveUp(_ lost: [(id: Int64, reason: String)]) async {
        do {
            let count = try await database.execute(
                """
                WITH gone AS (DELETE FROM outbox WHERE id = ANY(\(lost.map(\.id))) RETURNING *)
                INSERT INTO outbox_failed (id, lane, msg_id, exchange, rkey, type, headers, body, created_at, error)
                SELECT gone.id, lane, msg_id, exchange, rkey, type, headers, body, created_at, why.error
                FROM gone JOIN unnest(\(lost.map(\.id)), \(lost.map(\.reason))) AS why (id, error) USING (id)
                """)
            figures.failed.add(count)
            log.error("outbox messages given up", ["outbox.count": .integer(Int64(count))])
            shared.withLock { $0.relay.forget(lost.map(\.id)) }
        } catch {
            // They stay where they are and are tried again.
            log.warning("outbox messages not given up", ["error": .string(String(describing: error))])
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
                try await database.execute(deletion(ids))
                shared.withLock { $0.relay.deleted(ids) }
                // Whoever stops us waits for the last of them.
                if isStopping.load(ordering: .acquiring) { scanning.signal() }
            } catch {
                shared.withLock { $0.relay.notDeleted(ids) }
                if goesOn { log.warning("outbox not deletable", ["error": .string(String(describing: error))]) }
                await deleting.wait(.milliseconds(250))
            }
            // Batches are what makes this cheap: half a batch may wait for the rest of it.
            if shared.withLock({ $0.relay.doneCount }) < Self.batch { await deleting.wait(.milliseconds(20)) }
        }
    }

    private func deletion(_ ids: [Int64]) -> SQL {
        guard options.keepsEvents else { return "DELETE FROM outbox WHERE id = ANY(\(ids))" }
        return """
            WITH gone AS (DELETE FROM outbox WHERE id = ANY(\(ids)) RETURNING *)
            INSERT INTO event_log (id, msg_id, exchange, rkey, type, headers, body, created_at)
            SELECT id, msg_id, exchange, rkey, type, headers, body, created_at FROM gone
            WHERE exchange = \(BusNames.events)
            ON CONFLICT DO NOTHING
            """
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

/// A row of the outbox as it goes to the broker.
private struct OutboxRow: Row {
    let id: Int64
    let message: WireMessage
    let madeAt: Timestamp

    init(_ columns: inout Columns) throws(DatabaseError) {
        id = try columns.next()
        let messageID = try columns.next(ID.self)
        let exchange = try columns.next(String.self)
        let routingKey = try columns.next(String.self)
        let type = try columns.next(String.self)
        let envelope = try columns.next(JSON.self)
        let body = try columns.next([UInt8].self)
        madeAt = try columns.next()
        var message = Envelope.message(
            id: messageID, exchange: exchange, routingKey: routingKey, type: type, envelope: envelope, body: body)
        message.timestamp = madeAt
        self.message = message
    }
}

private struct RelayFigures: Sendable {
    let depth: Gauge
    let oldest: Gauge
    let returned: Counter
    let failed: Counter
    private let count: Counter
    private let latency: Histogram

    init(_ metrics: Metrics) {
        depth = metrics.gauge("outbox_depth", "Rows in the outbox, at most 100001")
        oldest = metrics.gauge("outbox_oldest_seconds", "Age of the oldest row in the outbox")
        returned = metrics.counter("outbox_returned_total", "Times that a message had no taker")
        failed = metrics.counter("outbox_failed_total", "Messages given up after an hour without a taker")
        count = metrics.counter("outbox_published_total", "Rows confirmed by the broker")
        latency = metrics.histogram("outbox_publish_seconds", "From writing a row to the broker's confirm")
    }

    func published(_ latency: Duration) {
        count.add()
        self.latency.observe(latency)
    }
}
