import Database
import JSON
import Kit
import Runtime

/// Moves parked messages of a service out of the broker into the table `parked`, where a person can look at them.
///
/// Life: that of the consumer it consists of. A message is acknowledged once its row is committed; the same message of
/// the same queue makes one open row, however often it comes.
package final class Parker: Service {
    package let name: String
    private let consumer: BatchConsumer
    private let database: Database
    private let open: Gauge

    package init(
        _ address: AMQPAddress, service: String, database: Database, publisher: Publisher,
        topology: Topology = Topology(), log: Log, metrics: Metrics, health: Health? = nil
    ) {
        name = "parker \(service)"
        self.database = database
        open = metrics.gauge(
            "bus_parked", "Messages put aside that nobody has dealt with, at most 1001", [("service", service)])
        consumer = BatchConsumer(
            address, queue: BusNames.parkQueue(service), service: service, publisher: publisher,
            topology: topology, log: log, metrics: metrics, health: health
        ) { batch in
            try await database.execute(Parker.insert(batch))
            return batch.map { _ in .done }
        }
    }

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.count() }
            try await consumer.run()
            group.cancelAll()
        }
    }

    private func count() async {
        while !Task.isCancelled {
            // A database that is away is told of by everything else.
            let count = try? await database.value(
                Int64.self,
                """
                SELECT count(*) FROM (
                    SELECT FROM parked WHERE replayed_at IS NULL AND discarded_at IS NULL LIMIT 1001) AS counted
                """)
            if let count { open.set(Int(count)) }
            // Cancellation is seen by the loop.
            try? await Task.sleep(for: .seconds(5))
        }
    }

    package func stop() { consumer.stop() }

    private static func insert(_ batch: [Delivery]) -> SQL {
        """
        INSERT INTO parked (id, queue, msg_id, type, reason, attempts, headers, body, first_at)
        SELECT * FROM unnest(\(batch.map { _ in ID.new() }), \(batch.map(origin)),
                             \(batch.map { $0.messageID.isEmpty ? ID.new().description : $0.messageID }),
                             \(batch.map(\.type)), \(batch.map(reason)), \(batch.map { Int32(clamping: $0.attempt) }),
                             \(batch.map(envelope)), \(batch.map(\.body)), \(batch.map(\.firstAt)))
        ON CONFLICT DO NOTHING
        """
    }

    /// The broker's own note, when it was the broker that put the message aside, because it was handed out too often.
    /// The latest stands first. Our own copies carry none, so it is believed before our headers, which anybody may have
    /// written.
    private static func lastDeath(_ delivery: Delivery) -> [String: HeaderValue]? {
        guard case .list(let deaths) = delivery.headers["x-death"], case .table(let last) = deaths.first else {
            return nil
        }
        return last
    }

    /// The queue it is to go back to.
    private static func origin(_ delivery: Delivery) -> String {
        (lastDeath(delivery)?["queue"] ?? delivery.headers[HeaderName.origin])?.stringValue ?? ""
    }

    private static func reason(_ delivery: Delivery) -> String {
        if let reason = lastDeath(delivery)?["reason"]?.stringValue { return "put aside by the broker: \(reason)" }
        return delivery.headers[HeaderName.reason]?.stringValue ?? "unknown"
    }

    /// Properties and headers, with the first sender, exchange and key under the names that a replay is read by.
    private static func envelope(_ delivery: Delivery) -> JSON {
        var headers = delivery.headers
        headers[HeaderName.user] = delivery.userID.map { .string($0) }
        headers[HeaderName.originExchange] = .string(delivery.exchange)
        headers[HeaderName.originRoutingKey] = .string(delivery.routingKey)
        if let death = lastDeath(delivery) {
            headers[HeaderName.originExchange] = death["exchange"]
            if case .list(let keys) = death["routing-keys"] { headers[HeaderName.originRoutingKey] = keys.first }
        }
        return Envelope.json(delivery, headers: headers)
    }
}

/// A message that was put aside.
package struct ParkedMessage: Row {
    package let id: ID
    package let queue: String
    package let messageID: String
    package let type: String
    package let reason: String
    package let attempts: Int32
    package let headers: JSON
    package let body: [UInt8]
    package let firstAt: Timestamp?
    package let parkedAt: Timestamp
    package let replayedAt: Timestamp?
    package let replays: Int32
    package let discardedAt: Timestamp?

    package init(_ columns: inout Columns) throws(DatabaseError) {
        id = try columns.next()
        queue = try columns.next()
        messageID = try columns.next()
        type = try columns.next()
        reason = try columns.next()
        attempts = try columns.next()
        headers = try columns.next()
        body = try columns.next()
        firstAt = try columns.next()
        parkedAt = try columns.next()
        replayedAt = try columns.next()
        replays = try columns.next()
        discardedAt = try columns.next()
    }
}

/// What an operator can do with parked messages. Works on the table of the pool's schema.
package struct ParkedStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    private static let columns: SQL = """
        id, queue, msg_id, type, reason, attempts, headers, body, first_at, parked_at, replayed_at, replays, discarded_at
        """

    /// Those that nobody has dealt with, oldest first.
    package func list(limit: Int = 100, after: ID = .zero) async throws -> [ParkedMessage] {
        try await database.rows(
            ParkedMessage.self,
            """
            SELECT \(Self.columns) FROM parked
            WHERE replayed_at IS NULL AND discarded_at IS NULL AND id > \(after)
            ORDER BY id LIMIT \(limit)
            """)
    }

    package func show(_ id: ID) async throws -> ParkedMessage? {
        try await database.first(ParkedMessage.self, "SELECT \(Self.columns) FROM parked WHERE id = \(id)")
    }

    /// Sends a message to the queue it came from, under its own message id, through the outbox of the same transaction.
    /// If it had its effect after all, the inbox knows it; if not, it is handled now, with its attempts counted anew.
    /// False when it was dealt with before, or is not known where it came from.
    package func replay(_ id: ID) async throws -> Bool {
        try await database.transaction { transaction in
            let message = try await transaction.first(
                ParkedMessage.self,
                """
                UPDATE parked SET replayed_at = now(), replays = replays + 1
                WHERE id = \(id) AND replayed_at IS NULL AND discarded_at IS NULL AND queue <> ''
                RETURNING \(Self.columns)
                """)
            guard let message else { return false }
            try await transaction.execute(
                """
                INSERT INTO outbox (lane, msg_id, exchange, rkey, type, headers, body)
                VALUES (\(Outbox.lane(message.id)), \(ID(message.messageID) ?? message.id), \(BusNames.defaultExchange),
                        \(message.queue), \(message.type), \(Self.envelope(message)), \(message.body))
                """)
            return true
        }
    }

    /// Says that a message needs nothing done. False when it was dealt with before.
    package func discard(_ id: ID) async throws -> Bool {
        try await database.execute(
            """
            UPDATE parked SET discarded_at = now()
            WHERE id = \(id) AND replayed_at IS NULL AND discarded_at IS NULL
            """) == 1
    }

    /// Forgets what was dealt with, and what nobody has, so long ago; gives the count.
    package func forget(olderThan age: Duration) async throws -> Int {
        try await database.execute("DELETE FROM parked WHERE parked_at < \(Timestamp.now - age)")
    }

    /// As it was parked, without what told of its failure.
    private static func envelope(_ message: ParkedMessage) -> JSON {
        let dropped: Set<String> = [
            HeaderName.attempt, HeaderName.firstAt, HeaderName.reason, HeaderName.origin, HeaderName.replay,
        ]
        var members = (message.headers.objectValue ?? []).filter {
            !dropped.contains($0.name) && !HeaderName.isBrokers($0.name)
        }
        members.append(.init(HeaderName.replay, .string("1")))
        return .object(members)
    }
}
