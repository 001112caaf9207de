import HTTPServer
import Kit
import Runtime
import Testing

@Suite("Stopping") struct DrainTests {
    private static func make(
        limits: HTTPLimits = HTTPLimits(), _ routes: (inout Router) -> Void
    ) throws -> HTTPServer {
        var router = Router()
        routes(&router)
        return try HTTPServer(port: 0, router: router, limits: limits, log: .silent)
    }

    @Test("a request in hand is finished and its connection closed; new connections are refused")
    func inHand() async throws {
        let entered = Once<Bool>()
        let gate = Once<Bool>()
        let server = try Self.make { router in
            router.on(.get, "/") { _ in
                entered.open()
                _ = await gate()
                return .text(200, "finished")
            }
        }
        let running = Task { try await server.run() }
        let port = server.port
        let answer = Task {
            try await onThread {
                let socket = try RawSocket(port: port)
                let response = try socket.request("GET", "/")
                return (response, try socket.isClosed())
            }
        }
        _ = await entered()
        server.stop()
        // The kernel refuses once the drain has begun; until then it accepts.
        try await onThread {
            while (try? RawSocket(port: port)) != nil {}
        }
        gate.open()
        let (response, isClosed) = try await answer.value
        #expect(response.text == "finished" && response["connection"] == "close" && isClosed)
        try await running.value
    }

    @Test("streams end properly, their producers are cancelled, and idle connections do not hold up the stop")
    func streams() async throws {
        let started = Once<Bool>()
        let server = try Self.make { router in
            router.on(.get, "/") { _ in .text(200, "hello") }
            router.on(.get, "/events") { _ in
                .events { writer in
                    try await writer.write("first")
                    started.open()
                    try await Task.sleep(for: .seconds(60))
                }
            }
        }
        let running = Task { try await server.run() }
        let port = server.port
        let idle = try await onThread {
            let socket = try RawSocket(port: port)
            _ = try socket.request("GET", "/")
            return Held(socket: socket)
        }
        let stream = Task { try await exchange(server, "GET", "/events") }
        _ = await started()
        let clock = ContinuousClock()
        let took = try await clock.measure {
            server.stop()
            #expect(try await stream.value.text == "first")
            try await running.value
        }
        #expect(took < .seconds(5))
        #expect(try await onThread { try idle.socket.isClosed() })
    }

    @Test("a handler that does not end within the limit is answered for with 503, and the stop goes on")
    func limit() async throws {
        let entered = Once<Bool>()
        let over = Once<Bool>()
        var limits = HTTPLimits()
        limits.drain = .milliseconds(100)
        let server = try Self.make(limits: limits) { router in
            router.on(.get, "/") { _ in
                entered.open()
                _ = await over()
                return .text(200, "too late")
            }
        }
        let running = Task { try await server.run() }
        let answer = Task { try await exchange(server, "GET", "/") }
        _ = await entered()
        server.stop()
        #expect(try await answer.value.status == 503)
        try await running.value
        over.open()
    }

    @Test("a stream whose producer does not end within the limit is ended without it, and the stop goes on")
    func deafStream() async throws {
        let started = Once<Bool>()
        let over = Once<Bool>()
        var limits = HTTPLimits()
        limits.drain = .milliseconds(100)
        let server = try Self.make(limits: limits) { router in
            router.on(.get, "/events") { _ in
                .events { writer in
                    try await writer.write("first")
                    started.open()
                    // In a task of its own, which is not cancelled with this one.
                    _ = await Task { await over() }.value
                }
            }
        }
        let running = Task { try await server.run() }
        let answer = Task { try await exchange(server, "GET", "/events") }
        _ = await started()
        server.stop()
        // libmicrohttpd would end this process if it were stopped with the connection suspended.
        try await running.value
        _ = try? await answer.value
        over.open()
    }

    @Test("a server that is stopped before it runs returns at once")
    func early() async throws {
        let server = try Self.make { _ in }
        server.stop()
        server.stop()
        try await server.run()
    }

    /// Lets a connection out of the thread that made it; whoever has it uses it alone.
    private struct Held: @unchecked Sendable {
        let socket: RawSocket
    }
}
