import Bus
import Contracts
import JSON
import Kit
import Runtime

/// Tells the other gateways what this one has projected, so that their clients hear of it too. May lose messages: a
/// client that missed one finds it in the table.
struct Push: Sendable {
    static let routingKey = "gateway.event.v1"
    static let type = "gateway.event.v1"

    let instance: ID
    let hub: Hub
    let publisher: TransientPublisher

    /// What was stored here goes to the clients here at once, and to the others over the bus.
    func announce(_ events: [LiveEvent]) {
        guard !events.isEmpty else { return }
        hub.deliver(events)
        publisher.publish(
            events.map { event in
                OutgoingMessage(
                    id: event.id, exchange: BusNames.push, routingKey: Self.routingKey, type: Self.type,
                    body: event.json, traceparent: nil, headers: ["instance": instance.description])
            })
    }

    /// What another gateway has stored.
    func receive(_ deliveries: [Delivery]) -> [Outcome] {
        let events = deliveries.compactMap { delivery -> LiveEvent? in
            if delivery.headers["instance"]?.stringValue == instance.description { return nil }
            // A gateway of another version may send what this one cannot read; its clients miss nothing by it.
            return try? LiveEvent(json: delivery.body)
        }
        hub.deliver(events)
        return [Outcome](repeating: .done, count: deliveries.count)
    }
}
