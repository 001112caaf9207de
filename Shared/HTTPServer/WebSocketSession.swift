import CLinux
import CMicroHTTPD
import CWslay
import Glibc
import Kit

/// One WebSocket as the loop sees it: the connection and wslay's state of the protocol.
///
/// Made by the thread that upgraded the connection, handed to the loop's thread with a lock in between, and touched by
/// that thread alone ever after: wslay has no locks of its own.
final class WebSocketSession: @unchecked Sendable {
    let socket: WebSocket
    private let descriptor: Int32
    private let upgrade: OpaquePointer
    private let task: Task<Void, Never>?
    private var protocolState: OpaquePointer?
    /// What the client had sent before the connection was ours.
    private var extra: [UInt8]
    private var isPaused = false
    private var isBroken = false
    private var closingSince: Int64?
    private var lastHeard = Uptime.milliseconds
    private var isPinged = false
    private var interest: UInt32 = 0

    /// How long a client may take to answer our goodbye.
    private static let closingLimit: Int64 = 5000

    init(
        socket: WebSocket, descriptor: Int32, upgrade: OpaquePointer, extra: [UInt8], task: Task<Void, Never>?
    ) {
        self.socket = socket
        self.descriptor = descriptor
        self.upgrade = upgrade
        self.extra = extra
        self.task = task
        var callbacks = wslay_event_callbacks()
        callbacks.recv_callback = receiveBytes
        callbacks.send_callback = sendBytes
        callbacks.on_msg_recv_callback = receiveMessage
        // Borrowed: the session frees wslay's state before it goes itself.
        let status = wslay_event_context_server_init(
            &protocolState, &callbacks, Unmanaged.passUnretained(self).toOpaque())
        precondition(status == 0, "no memory for a WebSocket")
        wslay_event_config_set_max_recv_msg_length(protocolState, UInt64(socket.maximumMessage))
    }

    func watch(_ epoll: Int32, _ key: UInt64) {
        isBroken = namaskah_epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, 0, key) != 0
    }

    /// Does all that can be done without waiting; false when the session is over.
    func pump(_ epoll: Int32, _ key: UInt64) -> Bool {
        let work = socket.takeWork()
        if work.isOver { reset() }
        if work.isOver || isBroken { return false }
        isPaused = work.isPaused
        if wslay_event_want_read(protocolState) != 0, !isPaused, wslay_event_recv(protocolState) != 0 {
            // Of a frame that cannot be read wslay says goodbye without a code, and gives up.
            if !isBroken { wslay_event_send(protocolState) }
            return false
        }
        for message in work.messages where !queue(message) { return false }
        if let close = work.close, closingSince == nil {
            closingSince = Uptime.milliseconds
            var reason = close.reason
            _ = reason.withUTF8 { wslay_event_queue_close(protocolState, close.code, $0.baseAddress, $0.count) }
        }
        if wslay_event_want_write(protocolState) != 0, wslay_event_send(protocolState) != 0 { return false }
        socket.setWaiting(bytes: Int(wslay_event_get_queued_msg_length(protocolState)))

        let wantsRead = wslay_event_want_read(protocolState) != 0
        let wantsWrite = wslay_event_want_write(protocolState) != 0
        if isBroken || (!wantsRead && !wantsWrite) { return false }
        let wanted = (wantsRead && !isPaused ? EPOLLIN.rawValue : 0) | (wantsWrite ? EPOLLOUT.rawValue : 0)
        if wanted != interest {
            interest = wanted
            namaskah_epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, wanted, key)
        }
        return true
    }

    /// Its client reads nothing: without a reset the kernel would keep on offering it what waits.
    private func reset() {
        var atOnce = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &atOnce, socklen_t(MemoryLayout<linger>.size))
    }

    /// Ends the session and gives the connection back.
    func finish(_ epoll: Int32) {
        namaskah_epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0, 0)
        wslay_event_context_free(protocolState)
        protocolState = nil
        socket.ended()
        task?.cancel()
        // "Applications must eventually use this callback to (indirectly) perform the close() action on the sock."
        _ = namaskah_mhd_close_upgraded(upgrade)
    }

    func isAlive(_ now: Int64, idle: Int64) -> Bool {
        if let closingSince, now - closingSince > Self.closingLimit { return false }
        return isPaused || now - lastHeard < idle
    }

    /// Asks a client that has long said nothing whether it is there.
    func pingIfSilent(_ now: Int64, idle: Int64) -> Bool {
        guard now - lastHeard >= idle / 2, !isPinged, !isPaused else { return false }
        isPinged = true
        var ping = wslay_event_msg()
        ping.opcode = UInt8(WSLAY_PING.rawValue)
        return wslay_event_queue_msg(protocolState, &ping) == 0
    }

    private func queue(_ message: WebSocket.Message) -> Bool {
        // wslay copies the message out of the buffer.
        switch message {
        case .text(var text): text.withUTF8 { queue(WSLAY_TEXT_FRAME, $0) }
        case .binary(let bytes): bytes.withUnsafeBufferPointer { queue(WSLAY_BINARY_FRAME, $0) }
        }
    }

    private func queue(_ opcode: wslay_opcode, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var message = wslay_event_msg()
        message.opcode = UInt8(opcode.rawValue)
        message.msg = bytes.baseAddress
        message.msg_length = bytes.count
        let status = wslay_event_queue_msg(protocolState, &message)
        // Once the client has said goodbye, nothing more can be sent; that is no failure.
        return status == 0 || status == WSLAY_ERR_NO_MORE_MSG.rawValue
    }

    // MARK: What wslay asks for

    fileprivate func receive(_ buffer: UnsafeMutablePointer<UInt8>, _ room: Int) -> Int {
        if isPaused {
            wslay_event_set_error(protocolState, WSLAY_ERR_WOULDBLOCK.rawValue)
            return -1
        }
        if !extra.isEmpty {
            let count = min(room, extra.count)
            for index in 0..<count { buffer[index] = extra[index] }
            extra.removeFirst(count)
            return count
        }
        while true {
            let count = recv(descriptor, buffer, room, 0)
            if count > 0 {
                lastHeard = Uptime.milliseconds
                isPinged = false
                return count
            }
            if count < 0, namaskah_errno() == EINTR { continue }
            let isEmpty = count < 0 && (namaskah_errno() == EAGAIN || namaskah_errno() == EWOULDBLOCK)
            if !isEmpty { isBroken = true }
            wslay_event_set_error(
                protocolState, isEmpty ? WSLAY_ERR_WOULDBLOCK.rawValue : WSLAY_ERR_CALLBACK_FAILURE.rawValue)
            return -1
        }
    }

    fileprivate func send(_ bytes: UnsafePointer<UInt8>, _ length: Int) -> Int {
        while true {
            let count = Glibc.send(descriptor, bytes, length, Int32(MSG_NOSIGNAL))
            if count >= 0 { return count }
            if namaskah_errno() == EINTR { continue }
            let isFull = namaskah_errno() == EAGAIN || namaskah_errno() == EWOULDBLOCK
            if !isFull { isBroken = true }
            wslay_event_set_error(
                protocolState, isFull ? WSLAY_ERR_WOULDBLOCK.rawValue : WSLAY_ERR_CALLBACK_FAILURE.rawValue)
            return -1
        }
    }

    fileprivate func receive(_ opcode: UInt8, _ bytes: UnsafeBufferPointer<UInt8>) {
        switch UInt32(opcode) {
        case WSLAY_TEXT_FRAME.rawValue:
            // wslay has checked that it is UTF-8, and closes with 1007 where it is not.
            isPaused = socket.deliver(.text(String(decoding: bytes, as: UTF8.self)))
        case WSLAY_BINARY_FRAME.rawValue:
            isPaused = socket.deliver(.binary(Array(bytes)))
        default:
            break
        }
    }
}

private func session(_ pointer: UnsafeMutableRawPointer) -> WebSocketSession {
    Unmanaged<WebSocketSession>.fromOpaque(pointer).takeUnretainedValue()
}

private func receiveBytes(
    _: OpaquePointer?, _ buffer: UnsafeMutablePointer<UInt8>?, _ room: Int, _: Int32,
    _ pointer: UnsafeMutableRawPointer?
) -> Int {
    guard let buffer, let pointer else { return -1 }
    return session(pointer).receive(buffer, room)
}

private func sendBytes(
    _: OpaquePointer?, _ bytes: UnsafePointer<UInt8>?, _ length: Int, _: Int32, _ pointer: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let pointer else { return -1 }
    return session(pointer).send(bytes, length)
}

private func receiveMessage(
    _: OpaquePointer?, _ message: UnsafePointer<wslay_event_on_msg_recv_arg>?, _ pointer: UnsafeMutableRawPointer?
) {
    guard let message, let pointer else { return }
    session(pointer).receive(
        message.pointee.opcode,
        UnsafeBufferPointer(start: message.pointee.msg, count: message.pointee.msg_length))
}
