import Contracts
import Database
import Kit
import VerificationCore

/// A call as it stands in the table.
struct CallRow: Row {
    let orderID: ID
    let call: Call

    static let columns: SQL = """
        c.order_id, c.id, c.key, c.received_at, c.sealed, c.has_code, c.is_read, c.is_open, c.mark::bigint, c.place_sealed,
        c.audio_type, c.audio_size::bigint, c.seconds::bigint
        """

    init(_ columns: inout Columns) throws(DatabaseError) {
        orderID = try columns.next()
        let id: ID = try columns.next()
        let key: String = try columns.next()
        let receivedAt: Timestamp = try columns.next()
        var call = Call(
            id: id, key: key, receivedAt: receivedAt, sealed: try columns.next(), hasCode: try columns.next(),
            isRead: try columns.next(), isOpen: try columns.next(), mark: try columns.next(),
            placeSealed: try columns.next())
        let type: String? = try columns.next()
        let size: Int? = try columns.next()
        if let type, let size { call.audio = Call.Audio(type: type, size: size) }
        call.seconds = try columns.next()
        self.call = call
    }

    /// All calls of these orders.
    static func of(_ orders: [ID]) -> SQL {
        "SELECT \(columns) FROM calls c WHERE c.order_id = ANY(\(orders)) ORDER BY c.received_at, c.id"
    }
}

extension OrderWrites {
    /// What calls have become, and what their orders know of them.
    var callStatements: [SQL] {
        guard !calls.isEmpty else { return [] }
        let rows = calls.values.sorted { $0.call.id < $1.call.id }
        let orders = tallies.sorted { $0.key < $1.key }
        return [
            """
            INSERT INTO calls AS c (order_id, id, key, received_at, sealed, has_code, is_read, is_open, mark, place_sealed,
                audio_type, audio_size, seconds, due_at)
            SELECT *, CASE WHEN place_sealed IS NOT NULL THEN now()
                WHEN is_open THEN now() + make_interval(secs => \(CallCare.patience.inSeconds)) END
            FROM unnest(\(rows.map(\.orderID)), \(rows.map(\.call.id)), \(rows.map(\.call.key)),
                \(rows.map(\.call.receivedAt)), \(rows.map(\.call.sealed)), \(rows.map(\.call.hasCode)),
                \(rows.map(\.call.isRead)), \(rows.map(\.call.isOpen)), \(rows.map(\.call.mark)),
                \(rows.map(\.call.placeSealed)), \(rows.map { $0.call.audio?.type }), \(rows.map { $0.call.audio?.size }),
                \(rows.map(\.call.seconds))) AS n(order_id, id, key, received_at, sealed, has_code, is_read, is_open, mark,
                place_sealed, audio_type, audio_size, seconds)
            ON CONFLICT (order_id, key) DO UPDATE SET sealed = excluded.sealed, has_code = excluded.has_code,
                is_read = excluded.is_read, is_open = excluded.is_open, mark = excluded.mark,
                place_sealed = excluded.place_sealed, audio_type = excluded.audio_type,
                audio_size = excluded.audio_size, seconds = excluded.seconds,
                -- Who looks after it says when it is due, but a recording that has just turned up is due at once.
                due_at = CASE WHEN c.place_sealed IS NULL AND excluded.place_sealed IS NOT NULL THEN now() ELSE c.due_at END,
                tries = CASE WHEN c.place_sealed IS NULL AND excluded.place_sealed IS NOT NULL THEN 0 ELSE c.tries END
            """,
            """
            UPDATE orders o SET call_mark = n.mark, open_calls = n.open
            FROM unnest(\(orders.map(\.key)), \(orders.map(\.value.mark)), \(orders.map(\.value.open))) AS n(id, mark, open)
            WHERE o.id = n.id
            """,
        ]
    }
}
