import CRabbitMQ
import Kit

/// What the broker sends us once a link is open.
enum LinkEvent {
    case delivery(Delivery)
    /// Nobody took a mandatory message; its confirm follows.
    case returned(messageID: String, exchange: String, routingKey: String, reason: String)
    case confirmed(tag: UInt64, multiple: Bool)
    case refused(tag: UInt64, multiple: Bool)
    case blocked(reason: String)
    case unblocked
    case cancelled
    /// How many messages wait in the queue that was asked about.
    case depth(Int)
}

/// Puts the frames of a link together to events: a message comes as a method, a header and any number of body frames.
/// Copies whatever it keeps, since the library takes back the memory of a frame.
struct FrameReader {
    let user: String
    let generation: Int
    /// What is consumed on the link.
    var queue = ""
    private var content: Content?

    init(user: String, generation: Int) {
        self.user = user
        self.generation = generation
    }

    /// A message whose header or body is still to come.
    private struct Content {
        enum Method {
            case delivery(tag: UInt64, redelivered: Bool, exchange: String, routingKey: String)
            case returned(exchange: String, routingKey: String, reason: String)
        }
        let method: Method
        var properties = Properties()
        var missing = -1
        var body: [UInt8] = []
    }

    private struct Properties {
        var messageID = ""
        var type = ""
        var contentType: String?
        var correlationID: String?
        var userID: String?
        var appID: String?
        var timestamp: Timestamp?
        var headers: [String: HeaderValue] = [:]
    }

    mutating func take(_ frame: amqp_frame_t) throws(BusError) -> LinkEvent? {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD: return try take(method: frame.payload.method)
        case AMQP_FRAME_HEADER:
            guard content != nil else { throw BusError(.protocolViolation, "a header without its method") }
            let size = Int(clamping: frame.payload.properties.body_size)
            content?.missing = size
            content?.body.reserveCapacity(min(size, 1 << 20))
            if let decoded = frame.payload.properties.decoded {
                content?.properties = Self.properties(
                    decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee)
            }
            return complete()
        case AMQP_FRAME_BODY:
            let fragment = frame.payload.body_fragment
            guard let missing = content?.missing, fragment.len <= missing else {
                throw BusError(.protocolViolation, "a body that nobody announced")
            }
            content?.body.append(contentsOf: UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len))
            content?.missing = missing - fragment.len
            return complete()
        default:
            return nil
        }
    }

    private mutating func take(method: amqp_method_t) throws(BusError) -> LinkEvent? {
        func decoded<Method>(_ type: Method.Type) -> Method { method.decoded.assumingMemoryBound(to: type).pointee }
        switch method.id {
        case namaskah_basic_deliver:
            let deliver = decoded(amqp_basic_deliver_t.self)
            content = Content(
                method: .delivery(
                    tag: deliver.delivery_tag, redelivered: deliver.redelivered != 0,
                    exchange: String(deliver.exchange), routingKey: String(deliver.routing_key)))
            return nil
        case namaskah_basic_return:
            let returned = decoded(amqp_basic_return_t.self)
            content = Content(
                method: .returned(
                    exchange: String(returned.exchange), routingKey: String(returned.routing_key),
                    reason: "\(returned.reply_code) \(String(returned.reply_text))"))
            return nil
        case namaskah_basic_ack:
            let ack = decoded(amqp_basic_ack_t.self)
            return .confirmed(tag: ack.delivery_tag, multiple: ack.multiple != 0)
        case namaskah_basic_nack:
            let nack = decoded(amqp_basic_nack_t.self)
            return .refused(tag: nack.delivery_tag, multiple: nack.multiple != 0)
        case namaskah_basic_cancel_ok: return .cancelled
        case namaskah_queue_declare_ok:
            return .depth(Int(decoded(amqp_queue_declare_ok_t.self).message_count))
        case namaskah_basic_cancel:
            throw BusError(.consumerCancelled, "the queue \(queue) was deleted or moved")
        case namaskah_connection_blocked:
            return .blocked(reason: String(decoded(amqp_connection_blocked_t.self).reason))
        case namaskah_connection_unblocked: return .unblocked
        case namaskah_channel_close, namaskah_connection_close: throw BusError.closing(method)
        default: return nil
        }
    }

    private mutating func complete() -> LinkEvent? {
        guard let done = content, done.missing == 0 else { return nil }
        content = nil
        let properties = done.properties
        switch done.method {
        case .returned(let exchange, let routingKey, let reason):
            return .returned(
                messageID: properties.messageID, exchange: exchange, routingKey: routingKey, reason: reason)
        case .delivery(let tag, let redelivered, let exchange, let routingKey):
            let headers = properties.headers
            // A message that we sent on carries our own user, checked by the broker, and its first sender in a header,
            // which anybody but ourselves might have invented.
            let isOurs = properties.userID == user
            let count = headers[HeaderName.deliveryCount]?.integerValue.map { Int(clamping: $0) }
            return .delivery(
                Delivery(
                    queue: queue, messageID: properties.messageID, id: ID(properties.messageID),
                    type: properties.type,
                    exchange: (isOurs ? headers[HeaderName.originExchange]?.stringValue : nil) ?? exchange,
                    routingKey: (isOurs ? headers[HeaderName.originRoutingKey]?.stringValue : nil) ?? routingKey,
                    userID: (isOurs ? headers[HeaderName.user]?.stringValue : nil) ?? properties.userID,
                    appID: properties.appID, contentType: properties.contentType,
                    correlationID: properties.correlationID, timestamp: properties.timestamp, headers: headers,
                    body: done.body,
                    attempt: headers[HeaderName.attempt]?.integerValue.map { Int(clamping: max(0, $0)) } ?? 0,
                    redelivered: redelivered, deliveryCount: max(count ?? 0, redelivered ? 1 : 0),
                    generation: generation, tag: tag))
        }
    }

    private static func properties(_ wire: amqp_basic_properties_t) -> Properties {
        func text(_ flag: Int32, _ bytes: amqp_bytes_t) -> String? {
            wire._flags & UInt32(flag) != 0 ? String(bytes) : nil
        }
        var result = Properties()
        result.messageID = text(AMQP_BASIC_MESSAGE_ID_FLAG, wire.message_id) ?? ""
        result.type = text(AMQP_BASIC_TYPE_FLAG, wire.type) ?? ""
        result.contentType = text(AMQP_BASIC_CONTENT_TYPE_FLAG, wire.content_type)
        result.correlationID = text(AMQP_BASIC_CORRELATION_ID_FLAG, wire.correlation_id)
        result.userID = text(AMQP_BASIC_USER_ID_FLAG, wire.user_id)
        result.appID = text(AMQP_BASIC_APP_ID_FLAG, wire.app_id)
        if wire._flags & UInt32(AMQP_BASIC_TIMESTAMP_FLAG) != 0 {
            result.timestamp = Timestamp(wireSeconds: wire.timestamp)
        }
        if wire._flags & UInt32(AMQP_BASIC_HEADERS_FLAG) != 0 { result.headers = HeaderValue.table(wire.headers) }
        return result
    }
}

extension BusError {
    /// What the broker says when it closes the channel or the connection.
    static func closing(_ method: amqp_method_t) -> BusError {
        switch method.id {
        case namaskah_channel_close:
            let close = method.decoded.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
            return BusError(.closedByBroker, String(close.reply_text), replyCode: Int(close.reply_code))
        case namaskah_connection_close:
            let close = method.decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            return BusError(.closedByBroker, String(close.reply_text), replyCode: Int(close.reply_code))
        default: return BusError(.connectionLost, "the broker answered with method \(method.id)")
        }
    }
}
