import CLinux
import Glibc
import HTTPServer
import JSON
import Kit
import Runtime
import Testing

@Suite("Hostile input") struct HostileInputTests {
    private static func routes(_ router: inout Router) {
        router.on(.get, "/") { _ in .text(200, "hello") }
        router.on(.get, "/echo/{text}") { .text(200, $0.parameter("text")) }
        router.on(.post, "/", bodyLimit: 1000) { .text(200, "\($0.body.count)") }
    }

    /// What the server says to these bytes: the status of each answer, and whether it closes then.
    private static func say(
        _ bytes: [UInt8], limits: HTTPLimits = HTTPLimits()
    ) async throws -> RawSocket.Response? {
        try await withServer(limits: limits, routes: routes) { server in
            let port = server.port
            return try await onThread {
                let socket = try RawSocket(port: port)
                try socket.send(bytes)
                return try? socket.response()
            }
        }
    }

    @Test(
        "a request that is not well-formed is refused with 4xx, or the connection closed, and never served",
        arguments: [
            "GET /\r\n\r\n", "GET\r\n\r\n", "\u{1}\u{2}\u{3}\r\n\r\n", "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "GET  HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", "GET /echo/a\u{0}b HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\u{7f} HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\na",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        ])
    func malformed(request: String) async throws {
        if let response = try await Self.say(Array(request.utf8)) {
            #expect((400..<500).contains(response.status) || response.status == 505, "\(response)")
        }
    }

    @Test(
        "an escape that is broken, not UTF-8, or hides a control character is 400",
        arguments: [
            "/echo/%", "/echo/%4", "/echo/%zz", "/echo/%00", "/echo/a%0Ab", "/echo/%ff", "/echo/%c0%af",
            "/echo/%ed%a0%80", "/echo/\u{e9}", "/?a=%", "/?a=%00", "/?%ff=1",
        ])
    func escapes(target: String) async throws {
        let response = try #require(
            try await Self.say(Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)))
        #expect(response.status == 400 && response.errorCode == "VALIDATION_FAILED", "\(response)")
    }

    @Test("an escape is undone once, not twice")
    func doubleEscape() async throws {
        let response = try #require(try await Self.say(Array("GET /echo/%2541+ HTTP/1.1\r\nHost: a\r\n\r\n".utf8)))
        #expect(response.status == 200 && response.text == "%41+")
    }

    @Test("a body over the limit is 413 whether its length was told or not, and one at the limit is served")
    func bodies() async throws {
        try await withServer(routes: Self.routes) { server in
            let port = server.port
            try await onThread {
                let socket = try RawSocket(port: port)
                let fits = String(repeating: "x", count: 1000)
                #expect(try socket.request("POST", "/", body: fits).text == "1000")
                let chunk = "3e8\r\n\(fits)\r\n"
                let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                try socket.send(head + chunk + "0\r\n\r\n")
                #expect(try socket.response().text == "1000")
                let large = try socket.request("POST", "/", body: fits + "x")
                #expect(large.status == 413 && large.errorCode == "PAYLOAD_TOO_LARGE")
                try socket.send(head + chunk + "1\r\nx\r\n0\r\n\r\n")
                #expect(try socket.response().errorCode == "PAYLOAD_TOO_LARGE")
                // The connection is still in step.
                #expect(try socket.request("GET", "/").text == "hello")
            }
            try await onThread {
                let socket = try RawSocket(port: port)
                try socket.send(
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n")
                #expect(try socket.response().status == 413)
                #expect(try socket.isClosed())
            }
            try await onThread {
                let socket = try RawSocket(port: port)
                try socket.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                let endless = Array("10000\r\n\(String(repeating: "x", count: 0x10000))\r\n".utf8)
                // It is cut after a mebibyte; a sender may notice while it still writes.
                for _ in 0..<64 { if (try? socket.send(endless)) == nil { break } }
                let isClosed = (try? socket.isClosed()) ?? true
                #expect(isClosed)
            }
        }
    }

    @Test("a head or an address over its limit is refused by its own code")
    func heads() async throws {
        func get(_ target: String, _ headers: String = "") async throws -> RawSocket.Response? {
            try await Self.say(Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n".utf8))
        }
        let long = String(repeating: "x", count: 5000)
        #expect(try await get("/echo/" + long)?.errorCode == "URI_TOO_LONG")
        #expect(try await get("/", "X: \(long)\r\nY: \(long)\r\n")?.errorCode == "HEADERS_TOO_LARGE")
        let many = (0..<99).map { "X-\($0): \($0)\r\n" }.joined()
        #expect(try await get("/", many)?.status == 200)
        // All that is allowed at once: the fields' index must fit beside them.
        let wide = (10..<109).map { "X-\($0): \(String(repeating: "x", count: 72))\r\n" }.joined()
        #expect(wide.utf8.count > 7900 && wide.utf8.count < 8160)
        #expect(try await get("/", wide)?.status == 200)
        #expect(try await get("/", many + "Y: 1\r\n")?.errorCode == "HEADERS_TOO_LARGE")
        #expect(try await get("/", String(repeating: "X: \(long)\r\n", count: 20))?.status == 431)
        #expect(try await get("/" + String(repeating: long, count: 20))?.status == 414)
    }

    @Test("a client that never finishes its request is cut off, however slowly it goes on")
    func slowloris() async throws {
        var limits = HTTPLimits()
        limits.receive = .milliseconds(200)
        limits.idle = .milliseconds(400)
        try await withServer(limits: limits, routes: Self.routes) { server in
            let port = server.port
            for beginning in [
                "", "GET / HTTP/1.1\r\nX: ", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n",
            ] {
                let isCutOff = try await onThread {
                    let socket = try RawSocket(port: port)
                    try socket.send(beginning)
                    // One byte every 20 ms, for at most twenty seconds.
                    for _ in 0..<1000 {
                        usleep(20_000)
                        guard (try? socket.send("x")) != nil else { return true }
                    }
                    return false
                }
                #expect(isCutOff, "still connected after \(beginning)")
            }
            try await onThread {
                let socket = try RawSocket(port: port)
                #expect(try socket.request("GET", "/").status == 200)
                #expect(try socket.isClosed(), "an idle connection is closed")
            }
        }
    }

    @Test("more connections from one address than allowed are refused")
    func perAddress() async throws {
        var limits = HTTPLimits()
        limits.connectionsPerAddress = 3
        try await withServer(limits: limits, routes: Self.routes) { server in
            let port = server.port
            try await onThread {
                let held = try (0..<3).map { _ in try RawSocket(port: port) }
                for socket in held { #expect(try socket.request("GET", "/").status == 200) }
                let refused = try RawSocket(port: port)
                let answer = try? refused.request("GET", "/")
                #expect(answer == nil)
                for socket in held { #expect(try socket.request("GET", "/").status == 200) }
            }
        }
    }
}
