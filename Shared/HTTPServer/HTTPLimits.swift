/// What one client, and all of them together, may ask of a server. Every limit is always in force.
package struct HTTPLimits: Sendable {
    /// Bytes of a request's body, unless its route says otherwise (413).
    package var body = 256 * 1024
    /// Bytes of a request's head (431). libmicrohttpd itself refuses one of about 15 KB in a few fields, or 10 KB in nearly
    /// a hundred: in HTML, or by closing the connection where there is no room for that either (both measured).
    package var head = 8 * 1024
    /// Fields of a request's head (431).
    package var fields = 100
    /// Bytes of the request's target (414).
    package var target = 4 * 1024
    /// Connections at once; more wait in the kernel's queue. Streams count apart: once there are so many with them, one more
    /// is answered 503, and everything else goes on.
    package var connections = 12_000
    /// Connections at once from one address, 0 for any number; more are closed at once, and streams told 503 likewise.
    package var connectionsPerAddress = 0
    /// How long a connection may stand without a request, or without reading anything of its answer.
    package var idle: Duration = .seconds(60)
    /// How long a request may take to arrive, from the connection's start or the request's first line to its last
    /// byte; then the connection is cut.
    package var receive: Duration = .seconds(10)
    /// How long a handler may take, unless its route says otherwise; then it is cancelled and the answer is 503.
    package var handler: Duration = .seconds(30)
    /// How long running handlers, streams and sockets may take to end once the server is told to stop.
    package var drain: Duration = .seconds(15)
    /// Bytes that wait for a client that reads slowly, for each stream and each socket.
    package var outgoing = 64 * 1024

    package init() {}
}
