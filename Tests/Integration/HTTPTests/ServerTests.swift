import CLinux
import Glibc
import HTTPServer
import JSON
import Kit
import Runtime
import Testing

@Suite("The server") struct ServerTests {
    @Test("a connection is kept for a thousand requests, with and without bodies")
    func keepAlive() async throws {
        try await withServer { router in
            router.on(.get, "/") { _ in .text(200, "hello") }
            router.on(.post, "/") { .text(200, "\($0.body.count)") }
            router.on(.get, "/later") { _ in
                await Task.yield()
                return .text(200, "later")
            }
        } _: { server in
            let port = server.port
            try await onThread {
                let socket = try RawSocket(port: port)
                for index in 0..<250 {
                    #expect(try socket.request("GET", "/").text == "hello")
                    #expect(try socket.request("GET", "/later").text == "later")
                    let body = String(repeating: "x", count: index * 40)
                    #expect(try socket.request("POST", "/", body: body).text == "\(body.count)")
                    #expect(try socket.request("GET", "/nowhere").status == 404)
                }
            }
        }
    }

    @Test("requests sent at once are answered one after another, in their order")
    func pipelining() async throws {
        try await withServer { router in
            router.on(.get, "/{n}") { request in
                if request.parameter("n").hasSuffix("3") { await Task.yield() }
                return .text(200, request.parameter("n"))
            }
        } _: { server in
            let port = server.port
            try await onThread {
                let socket = try RawSocket(port: port)
                try socket.send((0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
                for index in 0..<20 { #expect(try socket.response().text == "\(index)") }
            }
        }
    }

    @Test("two hundred handlers that wait do not hold up one that does not")
    func slowHandlers() async throws {
        let arrived = AsyncStream<Void>.makeStream()
        let gate = AsyncStream<Void>.makeStream()
        try await withServer { router in
            router.on(.get, "/slow") { _ in
                arrived.continuation.yield()
                for await _ in gate.stream {}
                return .text(200, "slow")
            }
            router.on(.get, "/fast") { _ in .text(200, "fast") }
        } _: { server in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<200 { group.addTask { try await exchange(server, "GET", "/slow").status } }
                var waiting = arrived.stream.makeAsyncIterator()
                for _ in 0..<200 { await waiting.next() }
                #expect(try await exchange(server, "GET", "/fast").text == "fast")
                gate.continuation.finish()
                for try await status in group { #expect(status == 200) }
            }
        }
    }

    @Test("a refusal that a handler throws becomes a problem with every member that clients read")
    func problems() async throws {
        try await withServer { router in
            router.on(.get, "/") { _ in
                throw Problem(
                    .earlyCancel, "Try again later.", fields: [.init(field: "a", message: "is wrong")], retryAfter: 7,
                    details: ["hint": "wait"])
            }
        } _: { server in
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let response = try await exchange(
                server, "GET", "/", ["traceparent: 00-\(trace)-b7ad6b7169203331-01"])
            #expect(response.status == 409 && response["content-type"] == "application/problem+json")
            #expect(response["retry-after"] == "7")
            let json = response.json
            #expect(json["type"] == "/errors/EARLY_CANCEL" && json["error_code"] == "EARLY_CANCEL")
            #expect(json["title"] == .string(ErrorCode.earlyCancel.title) && json["status"] == 409)
            #expect(json["message"] == "Try again later.")
            #expect(json["trace_id"] == .string(trace))
            #expect(json["timestamp"]?.stringValue.flatMap { Timestamp($0) } != nil)
            #expect(
                json["details"] == [
                    "fields": [["field": "a", "message": "is wrong"]], "retry_after_seconds": 7, "hint": "wait",
                ])
        }
    }

    @Test("any other error is 500 to the client and tells nothing; the log has it under the same trace")
    func leaks() async throws {
        struct Secret: Error { let password = "hunter2" }
        let lines = LogLines()
        try await withServer(log: lines.log) { router in
            router.on(.get, "/") { _ in throw Secret() }
        } _: { server in
            let response = try await exchange(server, "GET", "/")
            #expect(response.status == 500 && response.errorCode == "INTERNAL")
            #expect(!response.description.contains("hunter2") && !response.description.contains("Secret"))
            let trace = try #require(response.json["trace_id"]?.stringValue)
            #expect(lines.all.contains { $0.contains("hunter2") && $0.contains(trace) })
        }
    }

    @Test("a handler that takes too long is answered for with 503, and cancelled")
    func deadline() async throws {
        let cancelled = Once<Bool>()
        try await withServer { router in
            router.on(.get, "/", deadline: .milliseconds(50)) { _ in
                do { try await Task.sleep(for: .seconds(60)) } catch { cancelled.open() }
                return .text(200, "too late")
            }
        } _: { server in
            let response = try await exchange(server, "GET", "/")
            #expect(response.status == 503 && response.errorCode == "UNAVAILABLE", "\(response)")
            #expect(await cancelled() == true)
        }
    }

    @Test("answers carry the headers that keep browsers from guessing, and a handler may set its own")
    func headers() async throws {
        try await withServer { router in
            router.on(.get, "/") { _ in
                HTTPResponse(200, headers: ["Cache-Control": "public", "X-Long": "a\r\nSet-Cookie: b"])
            }
        } _: { server in
            let response = try await exchange(server, "GET", "/")
            #expect(response["x-content-type-options"] == "nosniff" && response["cache-control"] == "public")
            #expect(response["set-cookie"] == nil && response["x-long"] == "a  Set-Cookie: b")
            #expect(try await exchange(server, "GET", "/no")["x-content-type-options"] == "nosniff")
        }
    }

    @Test("requests are counted and timed by route, method and class of status")
    func metrics() async throws {
        let metrics = Metrics()
        try await withServer(metrics: metrics) { router in
            router.group(["/a", "/alias"]) { $0.on(.get, "/{id}") { _ in .text(200, "") } }
            router.add(OperationsEndpoints.router(health: Health(), metrics: metrics))
        } _: { server in
            for target in ["/a/1", "/alias/2", "/none"] { _ = try await exchange(server, "GET", target) }
            let text = try await exchange(server, "GET", "/metrics").text
            let labels = #"{server="http",method="GET",route="/a/{id}""#
            #expect(text.contains(#"http_server_requests_total\#(labels),status="2xx"} 2"#), "\(text)")
            #expect(text.contains("http_server_request_duration_seconds_count\(labels)} 2"))
            #expect(text.contains(#"route="none",status="4xx"} 1"#))
        }
    }

    @Test("readiness is 503 until every part has reported ready")
    func readiness() async throws {
        let health = Health()
        health.report("postgres", ready: false, detail: "connecting")
        try await withServer { router in
            router.add(OperationsEndpoints.router(health: health, metrics: Metrics()))
        } _: { server in
            let alive = try await exchange(server, "GET", "/healthz")
            #expect(alive.status == 200)
            #expect(try await exchange(server, "GET", "/readyz").status == 503)
            health.report("postgres", ready: true)
            #expect(try await exchange(server, "GET", "/readyz").json["status"] == "ready")
        }
    }

    @Test("two thousand connections, properly ended or not, leave none behind")
    func connections() async throws {
        let metrics = Metrics()
        let sent = metrics.counter("http_server_connections_total", "", [("server", "http")])
        let ended = metrics.counter("http_server_connections_closed_total", "", [("server", "http")])
        var limits = HTTPLimits()
        limits.receive = .milliseconds(500)
        try await withServer(limits: limits, metrics: metrics) { router in
            router.on(.get, "/") { _ in .text(200, "hello") }
            router.on(.get, "/later") { _ in
                await Task.yield()
                return .text(200, "later")
            }
        } _: { server in
            let port = server.port
            try await onThread {
                for index in 0..<2000 {
                    let socket = try RawSocket(port: port)
                    switch index % 4 {
                    case 0: #expect(try socket.request("GET", "/").status == 200)
                    case 1: try socket.send("GET / HT")
                    case 2: try socket.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
                    default: try socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
                    }
                }
            }
            // Connections are accepted in their order: with this one all were.
            #expect(try await exchange(server, "GET", "/").status == 200)
        }
        #expect(sent.value == 2001 && ended.value == sent.value)
    }

    @Test("a port that is taken, and an address that is none, are told at once")
    func listening() async throws {
        try await withServer(routes: { _ in }) { server in
            #expect(throws: HTTPServerError.self) {
                try HTTPServer(port: server.port, router: Router(), log: .silent)
            }
        }
        #expect(throws: HTTPServerError.self) {
            try HTTPServer(address: "localhost", port: 0, router: Router(), log: .silent)
        }
        let both = try HTTPServer(address: "::", port: 0, router: Router(), log: .silent)
        let running = Task { try await both.run() }
        #expect(try await exchange(both, "GET", "/").status == 404)
        both.stop()
        try await running.value
    }
}
