import Bus
import Contracts
import JSON
import Kit
import Runtime

/// Tells the other gateways what this one has projected, so that their clients hear of it too. May lose messages: a
/// client that missed one finds it in the table.
struct Push: Sendable {
    static let routingKey = "gateway.events.v1"
    static let type = "gateway.events.v1"
    static let offersType = "gateway.offers.v1"
    /// Events go together as far as they fit into this; the broker takes messages twice as large.
    private static let bytesPerMessage = 128 * 1024

    let instance: ID
    let hub: Hub
    let publisher: TransientPublisher
    /// Has this gateway read the offers of countries again.
    let forget: @Sendable ([String]) -> Void

    /// Tells the other gateways that the offers of countries are others now.
    func announce(offersOf countries: [String]) {
        guard !countries.isEmpty else { return }
        publisher.publish([
            OutgoingMessage(
                exchange: BusNames.push, routingKey: Self.routingKey, type: Self.offersType,
                body: JSON.array(countries.map(JSON.string)).bytes, headers: ["instance": instance.description])
        ])
    }

    /// What was stored here goes to the clients here at once, and to the others over the bus.
    func announce(_ events: [LiveEvent]) {
        guard !events.isEmpty else { return }
        hub.deliver(events)
        publisher.publish(
            Self.bodies(events).map { body in
                OutgoingMessage(
                    exchange: BusNames.push, routingKey: Self.routingKey, type: Self.type, body: body,
                    headers: ["instance": instance.description])
            })
    }

    /// Arrays of events, in their order.
    static func bodies(_ events: [LiveEvent], limit: Int = bytesPerMessage) -> [[UInt8]] {
        var bodies: [[UInt8]] = []
        for event in events {
            let json = event.json
            if let last = bodies.indices.last, bodies[last].count + json.count < limit {
                bodies[last].append(UInt8(ascii: ","))
            } else {
                bodies.append([UInt8(ascii: "[")])
            }
            bodies[bodies.count - 1] += json
        }
        for index in bodies.indices { bodies[index].append(UInt8(ascii: "]")) }
        return bodies
    }

    /// What another gateway has stored.
    func receive(_ deliveries: [Delivery]) -> [Outcome] {
        var events: [LiveEvent] = []
        for delivery in deliveries where delivery.headers["instance"]?.stringValue != instance.description {
            // A gateway of another version may send what this one cannot read; its clients miss nothing by it.
            let read = (try? JSON(parsing: delivery.body))?.arrayValue ?? []
            if delivery.type == Self.offersType {
                forget(read.compactMap(\.stringValue))
                continue
            }
            events += read.compactMap { try? LiveEvent($0) }
        }
        hub.deliver(events)
        return [Outcome](repeating: .done, count: deliveries.count)
    }
}
