import Bus
import Contracts
import Database
import Kit

/// What Billing was told that providers took or gave beside the holds, remembered until it has said that it is posted.
///
/// There are few of these: a late refund, a number that no order wanted. Each is sent again under its id after half a
/// minute of silence, with doubling pauses of at most a quarter of an hour: a repeat is answered, and posts nothing.
enum Settlements {
    /// Remembers those among the messages that ask for it, to be written with the outbox; nil when none does.
    static func remember(_ messages: [OutgoingMessage]) -> SQL? {
        let commands = messages.filter { $0.type == SettleProvider.type }
        guard !commands.isEmpty else { return nil }
        return """
            INSERT INTO settlements (id, order_id, body, traceparent) SELECT * FROM unnest(\(commands.map(\.id)),
                \(commands.map(\.aggregate)), \(commands.map(\.body)), \(commands.map(\.traceparent)))
            """
    }

    /// Billing has posted these.
    static func confirmed(_ ids: [ID]) -> SQL { "DELETE FROM settlements WHERE id = ANY(\(ids))" }

    static let isAnyOverdue: SQL = "SELECT EXISTS (SELECT FROM settlements WHERE \(isOverdue))"

    private static let isOverdue: SQL =
        "asked_at < now() - least(interval '30 seconds' * (1 << (asks - 1)), interval '15 minutes')"

    /// Notes that those which had no answer for too long are sent again; gives these.
    static func overdue(in transaction: Transaction) async throws -> [OutgoingMessage] {
        try await transaction.rows(
            Command.self,
            """
            UPDATE settlements SET asked_at = now(), asks = least(asks + 1, 10) WHERE id IN (
                SELECT id FROM settlements WHERE \(isOverdue) ORDER BY asked_at LIMIT 200)
            RETURNING id, order_id, body, traceparent
            """
        ).map(\.message)
    }

    /// The command as it was sent first.
    static func command(
        _ body: [UInt8], id: ID = .new(), order: ID? = nil, traceparent: String? = nil
    ) -> OutgoingMessage {
        OutgoingMessage(
            id: id, exchange: Channel.commands.rawValue, routingKey: SettleProvider.type, type: SettleProvider.type,
            body: body, correlationID: order?.description, aggregate: order, traceparent: traceparent)
    }

    private struct Command: Row {
        let message: OutgoingMessage
        init(_ columns: inout Columns) throws(DatabaseError) {
            let id: ID = try columns.next()
            let order: ID? = try columns.next()
            let body: [UInt8] = try columns.next()
            message = Settlements.command(body, id: id, order: order, traceparent: try columns.next())
        }
    }
}
