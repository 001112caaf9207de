import CLinux
import CRabbitMQ
import Glibc
import Kit

/// One connection to the broker with one channel, logged in. It belongs to the thread that made it (it is not
/// `Sendable`), and any error ends it: the only thing to do then is to let go of it and make another.
///
/// Guarantees: `receive` never waits. Does not promise that `publish` returns: with a broker that has stopped reading
/// it hangs until the `LinkWatch` shuts the socket.
final class AMQPLink {
    private static let channel: amqp_channel_t = 1

    private let state: amqp_connection_state_t
    private let watch: LinkWatch
    let generation: Int
    private let user: String
    private var encoder = PropertyEncoder()
    private var frames: FrameReader
    private var isOpen = false

    /// Connects, logs in and opens the channel: at most about 15 seconds.
    init(
        _ address: AMQPAddress, name: String, heartbeat: Int, generation: Int, watch: LinkWatch
    ) throws(BusError) {
        guard let state = amqp_new_connection() else { throw BusError(.notConnected, "out of memory") }
        self.state = state
        self.watch = watch
        self.generation = generation
        user = address.user
        frames = FrameReader(user: address.user, generation: generation)

        guard let socket = amqp_tcp_socket_new(state) else { throw BusError(.notConnected, "out of memory") }
        var connectLimit = timeval(tv_sec: 5, tv_usec: 0)
        let status = amqp_socket_open_noblock(socket, address.host, Int32(address.port), &connectLimit)
        guard status == 0 else {
            throw BusError(.notConnected, "\(address) cannot be reached: \(Self.text(status))")
        }
        let descriptor = amqp_get_sockfd(state)
        // A peer that went away without a word is noticed while we send, not only by missing heartbeats.
        var unanswered = UInt32(heartbeat * 1500)
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &unanswered, socklen_t(MemoryLayout<UInt32>.size))
        watch.watch(descriptor)

        var limit = timeval(tv_sec: 10, tv_usec: 0)
        amqp_set_handshake_timeout(state, &limit)
        amqp_set_rpc_timeout(state, &limit)
        try login(address, name: name, heartbeat: heartbeat)
        amqp_channel_open(state, Self.channel)
        try checkReply("opening a channel")
        isOpen = true
    }

    deinit {
        watch.forget()
        amqp_destroy_connection(state)
    }

    /// Says what we can do, so that the broker tells us of blocked publishing and of deleted queues: librabbitmq's
    /// plain login does not, and then a consumer whose queue is gone stays silent for ever.
    private func login(_ address: AMQPAddress, name: String, heartbeat: Int) throws(BusError) {
        var inner = PropertyEncoder()
        let reply = inner.withTable([
            "connection.blocked": .bool(true), "consumer_cancel_notify": .bool(true), "basic.nack": .bool(true),
            "publisher_confirms": .bool(true), "authentication_failure_close": .bool(true),
        ]) { capabilities in
            encoder.withTable(["product": .string("namaskah"), "connection_name": .string(name)]) { table in
                var nested = amqp_field_value_t()
                nested.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
                nested.value.table = capabilities
                return "capabilities".withBytes { key in
                    var entries = Array(UnsafeBufferPointer(start: table.entries, count: Int(table.num_entries)))
                    entries.append(amqp_table_entry_t(key: key, value: nested))
                    return entries.withUnsafeMutableBufferPointer { entries in
                        var all = amqp_table_t(num_entries: Int32(entries.count), entries: entries.baseAddress)
                        return namaskah_amqp_login(
                            state, address.vhost, AMQP_DEFAULT_FRAME_SIZE, Int32(heartbeat), &all, address.user,
                            address.password)
                    }
                }
            }
        }
        try check(reply, "logging in to \(address)")
    }

    /// For `poll`.
    var descriptor: Int32 { amqp_get_sockfd(state) }

    /// Whether there is something to receive that `poll` would not see.
    var hasBuffered: Bool { amqp_frames_enqueued(state) != 0 || amqp_data_in_buffer(state) != 0 }

    // MARK: Setting up. These wait for an answer, so they are used only before traffic flows: waiting for one, the
    // library lays everything else that arrives aside.

    func declare(_ topology: Topology) throws(BusError) {
        for exchange in topology.exchanges {
            exchange.name.withBytes { name in
                exchange.kind.rawValue.withBytes { kind in
                    _ = amqp_exchange_declare(
                        state, Self.channel, name, kind, exchange.isPassive ? 1 : 0, 1, 0, 0, amqp_table_t())
                }
            }
            try checkReply("declaring the exchange \(exchange.name)")
        }
        for queue in topology.queues {
            var arguments = queue.arguments
            arguments["x-queue-type"] = .string(queue.kind.rawValue)
            queue.name.withBytes { name in
                encoder.withTable(arguments) { table in
                    _ = amqp_queue_declare(
                        state, Self.channel, name, queue.isPassive ? 1 : 0, queue.isExclusive ? 0 : 1,
                        queue.isExclusive ? 1 : 0, queue.isExclusive ? 1 : 0, table)
                }
            }
            try checkReply("declaring the queue \(queue.name)")
        }
        for binding in topology.bindings {
            binding.queue.withBytes { queue in
                binding.exchange.withBytes { exchange in
                    binding.routingKey.withBytes { key in
                        _ = amqp_queue_bind(state, Self.channel, queue, exchange, key, amqp_table_t())
                    }
                }
            }
            try checkReply("binding the queue \(binding.queue)")
        }
    }

    func enableConfirms() throws(BusError) {
        amqp_confirm_select(state, Self.channel)
        try checkReply("asking for confirms")
    }

    func consume(_ queue: String, prefetch: Int, arguments: [String: HeaderValue]) throws(BusError) {
        frames.queue = queue
        amqp_basic_qos(state, Self.channel, 0, UInt16(clamping: prefetch), 0)
        try checkReply("setting the prefetch of \(queue)")
        queue.withBytes { name in
            Self.consumerTag.withBytes { tag in
                encoder.withTable(arguments) { table in
                    _ = amqp_basic_consume(state, Self.channel, name, tag, 0, 0, 0, table)
                }
            }
        }
        try checkReply("consuming \(queue)")
    }

    private static let consumerTag = "namaskah"

    // MARK: Traffic

    func publish(
        _ message: WireMessage, mandatory: Bool, applicationID: String
    ) throws(BusError) {
        let status = encoder.withProperties(of: message, applicationID: applicationID, user: user) {
            exchange, key, properties in
            message.body.withUnsafeBytes { body in
                // The library only reads through this pointer, and copies before it returns.
                let bytes = amqp_bytes_t(
                    len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress))
                return amqp_basic_publish(
                    state, Self.channel, exchange, key, mandatory ? 1 : 0, 0, &properties, bytes)
            }
        }
        try check(status, "publishing")
        watch.tick()
    }

    func acknowledge(_ tag: UInt64, multiple: Bool) throws(BusError) {
        try check(amqp_basic_ack(state, Self.channel, tag, multiple ? 1 : 0), "acknowledging")
    }

    /// Asks the broker to send no more; what is on its way still arrives, then `.cancelled`.
    func cancelConsumer() throws(BusError) {
        let status = Self.consumerTag.withBytes { tag in
            var request = amqp_basic_cancel_t(consumer_tag: tag, nowait: 0)
            return amqp_send_method(state, Self.channel, namaskah_basic_cancel, &request)
        }
        try check(status, "cancelling the consumer")
    }

    /// Asks how many messages wait in a queue; the answer comes as `.depth`, behind what is on its way.
    func askDepth(of queue: String) throws(BusError) {
        let status = queue.withBytes { name in
            var request = amqp_queue_declare_t(
                ticket: 0, queue: name, passive: 1, durable: 0, exclusive: 0, auto_delete: 0, nowait: 0,
                arguments: amqp_table_t())
            return amqp_send_method(state, Self.channel, namaskah_queue_declare, &request)
        }
        try check(status, "asking about the queue")
    }

    /// Makes a binding again, should somebody have taken it away. That the exchange is gone ends the link, like every
    /// refusal.
    func bind(_ binding: Topology.Binding) throws(BusError) {
        let status = binding.queue.withBytes { queue in
            binding.exchange.withBytes { exchange in
                binding.routingKey.withBytes { key in
                    var request = amqp_queue_bind_t(
                        ticket: 0, queue: queue, exchange: exchange, routing_key: key, nowait: 0,
                        arguments: amqp_table_t())
                    return amqp_send_method(state, Self.channel, namaskah_queue_bind, &request)
                }
            }
        }
        try check(status, "binding the queue \(binding.queue)")
    }

    /// Ends the connection in an orderly way: when this returns the broker has taken in all that was sent before.
    func close() {
        guard isOpen else { return }
        isOpen = false
        // Whatever the answer is, there is nothing left to do about it.
        _ = amqp_connection_close(state, AMQP_REPLY_SUCCESS)
    }

    /// Takes in what has arrived, at most `limit` events, without waiting. Also sends heartbeats and notices when the
    /// broker's are missing, so it must be called a few times per heartbeat.
    func receive(limit: Int, _ handle: (LinkEvent) throws(BusError) -> Void) throws(BusError) {
        var remaining = limit
        while remaining > 0 {
            var frame = amqp_frame_t()
            var none = timeval(tv_sec: 0, tv_usec: 0)
            let status = amqp_simple_wait_frame_noblock(state, &frame, &none)
            if status == AMQP_STATUS_TIMEOUT.rawValue { break }
            try check(status, "receiving")
            if let event = try frames.take(frame) {
                try handle(event)
                remaining -= 1
            }
            // Everything of this frame is copied by now. Without this the library's pools grow for ever.
            amqp_maybe_release_buffers_on_channel(state, Self.channel)
        }
        amqp_maybe_release_buffers(state)
    }

    // MARK: Errors

    private func check(_ status: Int32, _ doing: String) throws(BusError) {
        guard status < 0 else { return }
        throw BusError(.connectionLost, "\(doing): \(Self.text(status))")
    }

    private func checkReply(_ doing: String) throws(BusError) {
        watch.tick()
        try check(amqp_get_rpc_reply(state), doing)
    }

    private func check(_ reply: amqp_rpc_reply_t, _ doing: String) throws(BusError) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            let error = BusError.closing(reply.reply)
            throw BusError(error.code, "\(doing): \(error.message)", replyCode: error.replyCode)
        default: throw BusError(.connectionLost, "\(doing): \(Self.text(reply.library_error))")
        }
    }

    private static func text(_ status: Int32) -> String {
        amqp_error_string2(status).map { String(cString: $0) } ?? "error \(status)"
    }
}

extension String {
    /// Lends the UTF-8 bytes; they must not be kept.
    fileprivate func withBytes<Result>(_ body: (amqp_bytes_t) -> Result) -> Result {
        var text = self
        return text.withUTF8 { utf8 in
            // The library only reads through this pointer.
            body(amqp_bytes_t(len: utf8.count, bytes: UnsafeMutableRawPointer(mutating: utf8.baseAddress)))
        }
    }
}
