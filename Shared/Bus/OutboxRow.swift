import Database
import JSON
import Kit
import Runtime

/// A row of the outbox as it goes to the broker.
struct OutboxRow: Row {
    let id: Int64
    let message: WireMessage
    let madeAt: Timestamp
    /// Under what the messages in it were written.
    let traces: [String]

    static let columns: SQL = "id, msg_id, exchange, rkey, type, headers, body, created_at"

    init(_ posted: Outbox.Posted.Row, madeAt: Timestamp) {
        id = posted.id
        traces = posted.traces
        self.madeAt = madeAt
        var message = WireMessage(posted.message)
        message.timestamp = madeAt
        self.message = message
    }

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
        // A pack that is found in the table is sent all the same, only not told of.
        traces = message.headers[HeaderName.traceparent]?.stringValue.map { [$0] } ?? []
        self.message = message
    }
}

extension OutboxRow {
    /// Tells of its way from the table to the broker, under what wrote it. Who takes it is led to by that too.
    func record(confirmedAt time: Timestamp) {
        for writer in traces.lazy.compactMap({ TraceContext(traceparent: $0) }) {
            Tracer.process.record(
                Span(
                    writer.child(), parent: writer, .producer, "send \(message.exchange)", start: madeAt, end: time,
                    [
                        ("messaging.system", .string("rabbitmq")), ("messaging.operation.name", .string("send")),
                        ("messaging.operation.type", .string("send")),
                        ("messaging.destination.name", .string("\(message.exchange):\(message.routingKey)")),
                        ("messaging.rabbitmq.destination.routing_key", .string(message.routingKey)),
                        ("messaging.message.id", .string(message.messageID)),
                        ("messaging.message.conversation_id", .string(message.correlationID ?? "")),
                    ]))
        }
    }
}
