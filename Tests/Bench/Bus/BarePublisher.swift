import Bus
import CRabbitMQ
import Glibc

/// The peer: librabbitmq and nothing else. One thread publishes with the same properties as we do, keeps a window of
/// unconfirmed messages, and reads confirms when the window is full.
enum BarePublisher {
    /// Messages a second.
    static func run(
        _ address: AMQPAddress, exchange: String, routingKey: String, body: [UInt8], count: Int, window: Int
    ) throws(BenchError) -> Double {
        guard let state = amqp_new_connection() else { throw BenchError(message: "out of memory") }
        defer { amqp_destroy_connection(state) }
        guard let socket = amqp_tcp_socket_new(state), amqp_socket_open(socket, address.host, Int32(address.port)) == 0
        else { throw BenchError(message: "the bare loop could not connect") }
        try check(
            namaskah_amqp_login(
                state, address.vhost, AMQP_DEFAULT_FRAME_SIZE, 0, nil, address.user, address.password), "log in")
        amqp_channel_open(state, 1)
        try check(amqp_get_rpc_reply(state), "open a channel")
        amqp_confirm_select(state, 1)
        try check(amqp_get_rpc_reply(state), "ask for confirms")

        let started = monotonic()
        var sent = 0
        var confirmed = 0
        while confirmed < count {
            while sent < count, sent - confirmed < window {
                try publish(state, exchange, routingKey, body, number: sent)
                sent += 1
            }
            confirmed = try confirms(state, sofar: confirmed)
        }
        let seconds = monotonic() - started
        amqp_connection_close(state, AMQP_REPLY_SUCCESS)
        return Double(count) / seconds
    }

    private static func publish(
        _ state: amqp_connection_state_t, _ exchange: String, _ routingKey: String, _ body: [UInt8], number: Int
    ) throws(BenchError) {
        var properties = amqp_basic_properties_t()
        properties._flags =
            UInt32(AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG)
            | UInt32(AMQP_BASIC_TYPE_FLAG)
        properties.delivery_mode = 2
        let status = "00000000-0000-7000-8000-\(number + 100_000_000_000)".withCString { id in
            exchange.withCString { exchange in
                routingKey.withCString { key in
                    "application/json".withCString { content in
                        properties.message_id = amqp_cstring_bytes(id)
                        properties.content_type = amqp_cstring_bytes(content)
                        properties.type = amqp_cstring_bytes(key)
                        return body.withUnsafeBytes { bytes in
                            // The library only reads through this pointer, and copies before it returns.
                            let body = amqp_bytes_t(
                                len: bytes.count, bytes: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
                            return amqp_basic_publish(
                                state, 1, amqp_cstring_bytes(exchange), amqp_cstring_bytes(key), 1, 0, &properties,
                                body)
                        }
                    }
                }
            }
        }
        guard status == 0 else { throw BenchError(message: "the bare loop could not publish") }
    }

    /// Reads one confirm, and with it all that were read from the socket together with it.
    private static func confirms(_ state: amqp_connection_state_t, sofar: Int) throws(BenchError) -> Int {
        var confirmed = sofar
        repeat {
            amqp_maybe_release_buffers(state)
            var frame = amqp_frame_t()
            var limit = timeval(tv_sec: 10, tv_usec: 0)
            guard amqp_simple_wait_frame_noblock(state, &frame, &limit) == 0 else {
                throw BenchError(message: "no confirm came for ten seconds")
            }
            guard frame.frame_type == AMQP_FRAME_METHOD, frame.payload.method.id == namaskah_basic_ack,
                let ack = frame.payload.method.decoded?.assumingMemoryBound(to: amqp_basic_ack_t.self)
            else { throw BenchError(message: "the broker answered something else than a confirm") }
            // The broker may confirm out of order by single tags; counted, since tags begin with 1 and none is missing.
            confirmed = ack.pointee.multiple != 0 ? max(confirmed, Int(ack.pointee.delivery_tag)) : confirmed + 1
        } while amqp_frames_enqueued(state) != 0 || amqp_data_in_buffer(state) != 0
        return confirmed
    }

    private static func check(_ reply: amqp_rpc_reply_t, _ what: String) throws(BenchError) {
        guard reply.reply_type == AMQP_RESPONSE_NORMAL else {
            throw BenchError(message: "the bare loop could not \(what)")
        }
    }

    private static func monotonic() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
