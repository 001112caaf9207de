import JSON
import Kit

/// Several messages for the same exchange and key that travel as one: one row of the outbox, one message of the broker.
///
/// A message costs the database, the broker, the disk and both connections nearly the same whatever is in it, so under
/// load the suite's own messages leave many at a time. Only what one transaction writes is packed, so packing waits for
/// nothing; one message alone travels as itself. What other companies' services read is never packed.
///
/// On the wire: type `namaskah.pack.v1`, and a body that begins with one line of JSON, an array with an object for each
/// message (`id`, `type`, `correlation-id`, `headers`, `size` in bytes), after which their bodies stand one behind
/// another. Each keeps its own id, by which consumers know it; the pack's own id means nothing to them.
package enum Pack {
    package static let type = "namaskah.pack.v1"
    static let contentType = "application/vnd.namaskah.pack"

    /// As many messages, so that a share of the work is left for other consumers of the queue.
    static let limit = 32
    /// A pack is a small message itself: it may have to wait for room in the publisher's window.
    static let byteLimit = 64 * 1024

    // MARK: Packing

    /// Packs what may be packed: which of the messages leave together. Messages of one aggregate stay in their order.
    static func gather(_ messages: [OutgoingMessage]) -> [[OutgoingMessage]] {
        struct Target: Hashable {
            let exchange: String
            let routingKey: String
        }
        var packs: [(messages: [OutgoingMessage], bytes: Int)] = []
        // Which pack to a target is still being filled, and the last one that has something of an aggregate.
        var filling: [Target: Int] = [:]
        var latest: [ID: Int] = [:]
        for message in messages {
            let target = Target(exchange: message.exchange, routingKey: message.routingKey)
            let isOurs = message.exchange == BusNames.commands || message.exchange == BusNames.events
            var place = packs.count
            if isOurs, let open = filling[target], packs[open].messages.count < limit,
                packs[open].bytes + message.body.count <= byteLimit,
                (message.aggregate.flatMap { latest[$0] } ?? open) <= open
            {
                place = open
                packs[place].messages.append(message)
                packs[place].bytes += message.body.count
            } else {
                packs.append(([message], message.body.count))
            }
            guard isOurs else { continue }
            filling[target] = place
            if let aggregate = message.aggregate { latest[aggregate] = place }
        }
        return packs.map(\.messages)
    }

    /// Messages for one exchange and key as one message; one alone is itself.
    static func seal(_ messages: [OutgoingMessage]) -> OutgoingMessage {
        guard messages.count > 1 else { return messages[0] }
        let heads = messages.map { message in
            var members: [JSON.Member] = [
                .init("id", .string(message.id.description)), .init("type", .string(message.type)),
                .init("size", .integer(Int64(message.body.count))),
            ]
            if let id = message.correlationID { members.append(.init(Envelope.correlationID, .string(id))) }
            members.append(.init("headers", HeaderValue.table(message.wireHeaders).json))
            return JSON.object(members)
        }
        var body = JSON.array(heads).bytes
        body.reserveCapacity(body.count + 1 + messages.reduce(0) { $0 + $1.body.count })
        body.append(UInt8(ascii: "\n"))
        for message in messages { body += message.body }
        return OutgoingMessage(
            exchange: messages[0].exchange, routingKey: messages[0].routingKey, type: type, contentType: contentType,
            body: body, traceparent: nil)
    }

    // MARK: Unpacking

    /// The messages of a pack, each with the pack's place in its queue; a message that is none, or one that is damaged,
    /// stands for itself.
    static func open(_ delivery: Delivery) -> [Delivery] {
        isPack(delivery) ? parts(of: delivery) ?? [delivery] : [delivery]
    }

    /// Whether a message says that it is a pack, and may. Who sends it can be an operator who moves messages, but no
    /// other company's service: those reach one exchange, and send messages one by one.
    static func isPack(_ delivery: Delivery) -> Bool {
        delivery.type == type && delivery.exchange != BusNames.ingress
    }

    private static func parts(of pack: Delivery) -> [Delivery]? {
        contents(of: pack.body)?.map { content in
            // What the broker has written on the pack goes for each of its messages.
            Delivery(
                part: content.id, type: content.type, correlationID: content.correlationID,
                headers: pack.headers.merging(content.headers) { $1 }, body: Array(content.body), of: pack)
        }
    }

    struct Content {
        let id: String
        let type: String
        let correlationID: String?
        let headers: [String: HeaderValue]
        let body: ArraySlice<UInt8>
    }

    /// What is in a pack; nil when it is damaged.
    static func contents(of body: [UInt8]) -> [Content]? {
        guard let end = body.firstIndex(of: UInt8(ascii: "\n")),
            let heads = (try? JSON(parsing: body[..<end]))?.arrayValue, !heads.isEmpty
        else { return nil }
        var place = end + 1
        var contents: [Content] = []
        contents.reserveCapacity(heads.count)
        for head in heads {
            guard let id = head["id"]?.stringValue, let type = head["type"]?.stringValue,
                let size = head["size"]?.integerValue, size >= 0, size <= body.count - place
            else { return nil }
            var headers: [String: HeaderValue] = [:]
            for member in head["headers"]?.objectValue ?? [] {
                headers[member.name] = HeaderValue(json: member.value)
            }
            contents.append(
                Content(
                    id: id, type: type, correlationID: head[Envelope.correlationID]?.stringValue, headers: headers,
                    body: body[place..<place + Int(size)]))
            place += Int(size)
        }
        return place == body.count ? contents : nil
    }
}
