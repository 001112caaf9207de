import CLinux
import CMicroHTTPD
import Kit

/// An answer in libmicrohttpd's form, owned by whoever holds it until it is queued or destroyed.
///
/// May cross threads: it is made and filled by one and used by one after, and the response's own count of references
/// is guarded by libmicrohttpd ("the response object can be … used any number of times").
struct PreparedResponse: @unchecked Sendable {
    private let status: UInt32
    private let response: OpaquePointer
    let socket: WebSocket?

    /// Nil when libmicrohttpd is out of memory, and for an answer that is none.
    init?(_ answer: HTTPResponse, for head: RequestHead, core: ServerCore, handle: OpaquePointer) {
        var socket: WebSocket?
        let response: OpaquePointer?
        switch answer.body {
        case .bytes(let bytes):
            response = Self.make(bytes)
        case .stream:
            // Of which nobody wants more than the head: a body takes the connection for itself.
            response = Self.make([])
        case .webSocket(let upgrade):
            socket = WebSocket(loop: core.webSockets, maximumMessage: upgrade.maximumMessage)
            response = MHD_create_response_for_upgrade(upgradeHandler, nil)
        case .cut:
            return nil
        }
        guard let response else { return nil }
        self.response = response
        self.socket = socket
        status = UInt32(answer.status)

        answer.headers.withEachCString { _ = MHD_add_response_header(response, $0, $1) }
        if case .webSocket(let upgrade) = answer.body {
            WebSocketHandshake.addHeaders(to: response, head.headers, upgrade)
            return
        }
        for (name, value) in ResponseHead.standing where !answer.headers.contains(name) {
            _ = MHD_add_response_header(response, name, value)
        }
        if core.isDraining { _ = MHD_add_response_header(response, "Connection", "close") }
    }

    private static func make(_ bytes: [UInt8]) -> OpaquePointer? {
        bytes.withUnsafeBytes { buffer in
            // libmicrohttpd copies out of the buffer at once; that its parameter is not const is its history.
            MHD_create_response_from_buffer(
                buffer.count, UnsafeMutableRawPointer(mutating: buffer.baseAddress), .RESPMEM_MUST_COPY)
        }
    }

    /// Hands it over; false when libmicrohttpd refuses it. Gone in either case.
    func queue(on handle: OpaquePointer) -> Bool {
        let result = MHD_queue_response(handle, status, response)
        destroy()
        return result == .YES
    }

    func destroy() { MHD_destroy_response(response) }
}

private func upgradeHandler(
    _: UnsafeMutableRawPointer?, _: OpaquePointer?, _ exchange: UnsafeMutableRawPointer?,
    _ extra: UnsafePointer<CChar>?, _ extraLength: Int, _ descriptor: Int32, _ upgrade: OpaquePointer?
) {
    guard let exchange, let upgrade else { return }
    Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue().upgraded(
        descriptor: descriptor, handle: upgrade, extra: UnsafeRawBufferPointer(start: extra, count: extraLength))
}
