import Database
import JSON
import Kit

/// Messages leave through here: they are written in the transaction of the change they tell of, so that both happen or
/// neither, and an `OutboxRelay` hands them to the broker after the commit.
package enum Outbox {
    /// Messages of one lane are looked after by one relay.
    static let lanes = 8

    /// Messages that a transaction has written. Give them to the relay's `send` after the commit; those that nobody
    /// gives it, it finds in the table about a second later.
    package struct Posted: Sendable {
        let ids: [Int64]
        let messages: [OutgoingMessage]

        package init() { (ids, messages) = ([], []) }

        /// From what the rows of `query` were.
        package init(_ messages: [OutgoingMessage], _ rows: [SingleColumn<Int64>]) {
            precondition(rows.count == messages.count, "every message has a row")
            // Ids rise in the order of the messages, in whichever order they are told.
            ids = rows.map(\.value).sorted()
            self.messages = messages
        }

        private init(ids: [Int64], messages: [OutgoingMessage]) { (self.ids, self.messages) = (ids, messages) }

        package static func + (first: Posted, second: Posted) -> Posted {
            Posted(ids: first.ids + second.ids, messages: first.messages + second.messages)
        }
    }

    /// Writes messages, in their order, in one statement.
    @discardableResult
    package static func write(_ messages: [OutgoingMessage], in transaction: Transaction) async throws -> Posted {
        guard let query = query(messages) else { return Posted() }
        return Posted(messages, try await transaction.rows(query))
    }

    /// The statement of `write`, for a transaction that sends several in one round trip; its rows are for `Posted`. Nil
    /// when there is nothing to write.
    package static func query(_ messages: [OutgoingMessage]) -> Query<SingleColumn<Int64>>? {
        guard !messages.isEmpty else { return nil }
        return Query(
            Int64.self,
            """
            INSERT INTO outbox (lane, msg_id, exchange, rkey, type, headers, body)
            SELECT lane, msg_id, exchange, rkey, type, headers, body
            FROM unnest(\(messages.map { lane($0.aggregate ?? $0.id) }), \(messages.map(\.id)),
                        \(messages.map(\.exchange)), \(messages.map(\.routingKey)), \(messages.map(\.type)),
                        \(messages.map { Envelope.json($0) }), \(messages.map(\.body)))
                 WITH ORDINALITY AS m (lane, msg_id, exchange, rkey, type, headers, body, place)
            ORDER BY place RETURNING id
            """)
    }

    static func lane(_ id: ID) -> Int16 { Int16(id.low % UInt64(lanes)) }
}

/// Which messages a consumer has already had the effect of. A claim stands or falls with the transaction of the effect,
/// so a message takes effect at most once for as long as it is remembered (two weeks).
package enum Inbox {
    /// Claims messages for a consumer; gives those that nobody claimed before. Waits for a transaction that holds a
    /// claim on one of them; ids are taken in order, so that two batches cannot wait for each other.
    package static func claim(
        _ consumer: String, _ ids: [ID], in transaction: Transaction
    ) async throws -> Set<ID> {
        guard !ids.isEmpty else { return [] }
        return Set(try await transaction.values(ID.self, statement(consumer, ids)))
    }

    /// The statement of `claim`; its rows are the ids that are fresh.
    package static func statement(_ consumer: String, _ ids: [ID]) -> SQL {
        let sorted = Set(ids).sorted { (slot($0), $0) < (slot($1), $1) }
        return """
            INSERT INTO inbox (slot, consumer, msg_id)
            SELECT slot, \(consumer), msg_id FROM unnest(\(sorted.map { slot($0) }), \(sorted)) AS m (slot, msg_id)
            ON CONFLICT DO NOTHING
            RETURNING msg_id
            """
    }

    static let slots = 16

    static func slot(_ id: ID) -> Int16 { slot(day: id.madeAt) }

    private static func slot(day time: Timestamp) -> Int16 {
        Int16(time.microseconds / 86_400_000_000 % Int64(slots))
    }

    /// Forgets what is older than two weeks: empties tomorrow's partition and the one after, which hold nothing newer
    /// than fourteen days. Call it every few hours; a call too many does nothing. True if anything was forgotten.
    package static func forgetOld(_ database: Database, now: Timestamp = .now) async throws -> Bool {
        var forgotten = false
        for days in [1, 2] {
            let slot = Int32(slot(day: now + .seconds(days * 86_400)))
            if try await database.value(Bool.self, "SELECT inbox_forget(\(slot))") == true { forgotten = true }
        }
        return forgotten
    }
}
