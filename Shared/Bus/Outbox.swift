import Database
import JSON
import Kit

/// Messages leave through here: they are written in the transaction of the change they tell of, so that both happen or
/// neither, and an `OutboxRelay` hands them to the broker after the commit.
package enum Outbox {
    /// Messages of one lane are looked after by one relay.
    static let lanes = 8

    /// Messages that a transaction is to write: those for the same exchange and key as one row, as far as they may be.
    package struct Letters: Sendable {
        private let packs: [[OutgoingMessage]]
        private let rows: [OutgoingMessage]

        package init(_ messages: [OutgoingMessage]) {
            packs = Pack.gather(messages)
            rows = packs.map { Pack.seal($0) }
        }

        /// The statement that writes them, in their order; its rows are for `posted`. Nil when there is nothing to write.
        package var query: Query<SingleColumn<Int64>>? {
            guard !rows.isEmpty else { return nil }
            return Query(
                Int64.self,
                """
                INSERT INTO outbox (lane, msg_id, exchange, rkey, type, headers, body)
                SELECT lane, msg_id, exchange, rkey, type, headers, body
                FROM unnest(\(rows.map { lane($0.aggregate ?? $0.id) }), \(rows.map(\.id)),
                            \(rows.map(\.exchange)), \(rows.map(\.routingKey)), \(rows.map(\.type)),
                            \(rows.map { Envelope.json($0) }), \(rows.map(\.body)))
                     WITH ORDINALITY AS m (lane, msg_id, exchange, rkey, type, headers, body, place)
                ORDER BY place RETURNING id
                """)
        }

        /// From what the rows of `query` were.
        package func posted(_ ids: [SingleColumn<Int64>]) -> Posted {
            precondition(ids.count == rows.count, "every message has a row")
            // Ids rise in the order of the messages, in whichever order they are told.
            let sorted = ids.map(\.value).sorted()
            return Posted(
                rows: zip(rows, packs).enumerated().map { place, row in
                    Posted.Row(id: sorted[place], message: row.0, traces: row.1.compactMap(\.traceparent))
                })
        }
    }

    /// Messages that a transaction has written. Give them to the relay's `send` after the commit; those that nobody
    /// gives it, it finds in the table about a second later.
    package struct Posted: Sendable {
        struct Row: Sendable {
            let id: Int64
            let message: OutgoingMessage
            /// Under what each message in it was written, where that is traced.
            let traces: [String]
        }
        let rows: [Row]

        package init() { rows = [] }
        fileprivate init(rows: [Row]) { self.rows = rows }

        package static func + (first: Posted, second: Posted) -> Posted { Posted(rows: first.rows + second.rows) }
    }

    /// Writes messages, in their order, in one statement.
    @discardableResult
    package static func write(_ messages: [OutgoingMessage], in transaction: Transaction) async throws -> Posted {
        let letters = Letters(messages)
        guard let query = letters.query else { return Posted() }
        return letters.posted(try await transaction.rows(query))
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
