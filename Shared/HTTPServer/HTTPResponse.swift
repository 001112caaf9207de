import JSON
import Kit

/// An answer. `Content-Length`, `Date` and `Connection` are the server's to set.
package struct HTTPResponse: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        case stream(ResponseStream)
        case webSocket(WebSocketUpgrade)
        /// No answer at all: the connection is closed.
        case cut
    }

    package var status: Int
    package var headers: HTTPHeaders
    package var body: Body

    package init(_ status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = .bytes(body)
    }

    /// An answer with a JSON body.
    package static func json(_ status: Int, _ value: some JSONValue) -> HTTPResponse {
        var writer = JSONWriter()
        value.write(to: &writer)
        return HTTPResponse(status, headers: ["Content-Type": "application/json"], body: writer.bytes)
    }

    /// An answer whose body is JSON already: a stored answer, a rendered row.
    package static func json(_ status: Int, bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "application/json"], body: bytes)
    }

    /// An answer in plain text, or in another type of text.
    package static func text(
        _ status: Int, _ text: String, type: String = "text/plain; charset=utf-8"
    ) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": type], body: Array(text.utf8))
    }

    /// 204.
    package static var noContent: HTTPResponse { HTTPResponse(204) }

    /// Closes the connection instead of answering; for simulating a server that breaks down.
    package static var cut: HTTPResponse {
        var response = HTTPResponse(500)
        response.body = .cut
        return response
    }

    /// A copy with one more header field.
    package func with(_ name: String, _ value: String) -> HTTPResponse {
        var copy = self
        copy.headers.set(name, value)
        return copy
    }

    /// A body that is produced while it is sent, on a connection that ends with it. `produce` runs once, and its first turn
    /// is over when the head of the answer is sent; when it returns, the body ends; when it throws, what it has written is
    /// still sent and the connection is cut; when the client leaves, it is cancelled. `whenFull` says what becomes of a
    /// client that reads more slowly than is written.
    package static func stream(
        _ status: Int = 200, headers: HTTPHeaders, whenFull: ResponseStream.WhenFull = .drop,
        _ produce: @escaping @Sendable (StreamWriter) async throws -> Void
    ) -> HTTPResponse {
        var response = HTTPResponse(status, headers: headers)
        response.body = .stream(ResponseStream(whenFull: whenFull, produce: produce))
        return response
    }

    /// Server-Sent Events: the headers that keep proxies from holding them back. Heartbeats are the producer's. With
    /// `wait` a burst is no sign of a slow client; who reads nothing at all meets the limit for idle connections.
    package static func events(
        whenFull: ResponseStream.WhenFull = .drop,
        _ produce: @escaping @Sendable (StreamWriter) async throws -> Void
    ) -> HTTPResponse {
        stream(
            headers: ["Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"],
            whenFull: whenFull, produce)
    }

    /// Turns the connection into a WebSocket (RFC 6455); a request that does not ask for one properly gets a 400.
    /// `protocol` is the one chosen of `request.webSocketProtocols`. When `serve` returns the socket is closed with
    /// 1000, when it throws with 1011; it is cancelled when the client has gone.
    package static func webSocket(
        protocol: String? = nil, maximumMessage: Int = 64 * 1024,
        _ serve: @escaping @Sendable (WebSocket) async throws -> Void
    ) -> HTTPResponse {
        var response = HTTPResponse(101)
        response.body = .webSocket(
            WebSocketUpgrade(subprotocol: `protocol`, maximumMessage: maximumMessage, serve: serve))
        return response
    }
}
