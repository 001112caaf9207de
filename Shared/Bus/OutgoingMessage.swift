import Kit
import Runtime

/// A message to be sent: the payload alone in `body`, everything else in properties and headers of AMQP.
package struct OutgoingMessage: Sendable {
    /// Becomes `message_id`: the key by which consumers recognise a duplicate, the same across retries and replays.
    package var id: ID
    package var exchange: String
    package var routingKey: String
    /// The wire name, `verification.requested.v1`.
    package var type: String
    package var contentType: String
    package var body: [UInt8]
    /// The saga that this belongs to.
    package var correlationID: String?
    /// What the message tells about; messages of one aggregate leave the outbox in the order they were written.
    package var aggregate: ID?
    /// The aggregate's version, plus one with each fact.
    package var version: Int?
    /// The account it concerns.
    package var tenant: ID?
    /// The `message_id` of what led to this.
    package var causation: String?
    /// The trace at the moment of writing; the relay must not invent one.
    package var traceparent: String?
    /// Further headers. Names beginning with `nk-` belong to this module.
    package var headers: [String: String]

    package init(
        id: ID = .new(), exchange: String, routingKey: String, type: String,
        contentType: String = "application/json", body: [UInt8], correlationID: String? = nil, aggregate: ID? = nil,
        version: Int? = nil, tenant: ID? = nil,
        causation: String? = nil, traceparent: String? = TraceContext.current?.traceparent,
        headers: [String: String] = [:]
    ) {
        self.id = id
        self.exchange = exchange
        self.routingKey = routingKey
        self.type = type
        self.contentType = contentType
        self.body = body
        self.correlationID = correlationID
        self.aggregate = aggregate
        self.version = version
        self.tenant = tenant
        self.causation = causation
        self.traceparent = traceparent
        self.headers = headers
    }
}

/// What became of a message that was given to a `Publisher`.
package enum PublishOutcome: Hashable, Sendable {
    /// The broker has it on disk in every queue it was routed to.
    case confirmed
    /// No queue took it, or it can never be sent as it is; nothing was stored.
    case returned(reason: String)
    /// The broker refused it, for example because a queue is full; nothing may be assumed stored.
    case nacked
    /// The connection ended, or time ran out, before the broker answered: it may be stored. Send it again under the
    /// same id.
    case unknown
}
