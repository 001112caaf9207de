import Kit
import Runtime

/// A message as it came out of a queue. A value: what becomes of it is told by the `Outcome` the handler returns.
package struct Delivery: Sendable {
    /// The queue it came out of.
    package let queue: String
    /// `message_id` as the sender wrote it; empty when there was none.
    package let messageID: String
    /// `message_id` when it is a UUID, as all of ours are.
    package let id: ID?
    package let type: String
    /// The exchange and key it was first published with, also when it comes back from the retry ladder.
    package let exchange: String
    package let routingKey: String
    /// Who sent it, checked by the broker; nil when the sender did not say.
    package let userID: String?
    package let appID: String?
    package let contentType: String?
    package let correlationID: String?
    package let timestamp: Timestamp?
    package let headers: [String: HeaderValue]
    package let body: [UInt8]
    /// How many times it has been through the retry ladder.
    package let attempt: Int
    package let redelivered: Bool
    /// How many times it was handed out before and neither acknowledged nor sent on.
    package let deliveryCount: Int

    /// The connection it came on, and its number there: an acknowledgement is valid on that connection only. Messages of
    /// one pack have the same number.
    let generation: Int
    let tag: UInt64
    /// Whether it came in a pack.
    private(set) var isPart = false

    /// What is done with it, as a span; nil while nobody wants spans.
    var span: TraceContext?

    /// The trace it belongs to: of its handling, once that has begun and is recorded; else of what sent it.
    package var traceparent: String? { span?.traceparent ?? headers[HeaderName.traceparent]?.stringValue }
    package var aggregate: ID? { headers[HeaderName.aggregate]?.stringValue.flatMap { ID($0) } }
    package var version: Int? { headers[HeaderName.version]?.integerValue.map { Int($0) } }
    package var tenant: ID? { headers[HeaderName.tenant]?.stringValue.flatMap { ID($0) } }
    package var causation: String? { headers[HeaderName.causation]?.stringValue }
    /// Whether an operator sent it again after it had been parked.
    package var isReplay: Bool { headers[HeaderName.replay] != nil }
    /// When the first attempt was made, if there was one before this.
    package var firstAt: Timestamp? { headers[HeaderName.firstAt]?.stringValue.flatMap { Timestamp($0) } }
}

extension Delivery {
    /// A message that came in a pack, in the pack's place.
    init(
        part id: String, type: String, correlationID: String?, headers: [String: HeaderValue], body: [UInt8],
        of pack: Delivery
    ) {
        self.init(
            queue: pack.queue, messageID: id, id: ID(id), type: type, exchange: pack.exchange,
            routingKey: pack.routingKey, userID: pack.userID, appID: pack.appID, contentType: "application/json",
            correlationID: correlationID, timestamp: pack.timestamp, headers: headers, body: body, attempt: 0,
            redelivered: pack.redelivered, deliveryCount: pack.deliveryCount, generation: pack.generation,
            tag: pack.tag)
        isPart = true
    }
}

/// What a handler made of a delivery.
package enum Outcome: Hashable, Sendable {
    /// Its effect is committed, or there is none to have: acknowledge.
    case done
    /// What it needs is away for the moment: send it through the retry ladder, back to the same queue.
    case retry(reason: String)
    /// It can never succeed as it is: put it aside for a person, with the reason.
    case park(reason: String)
}
