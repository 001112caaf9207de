import CLinux
import Glibc
@testable import HTTPServer
import JSON
import Kit
import Runtime
import TestSupport
import Testing

/// The client's side of RFC 6455, byte by byte.
private final class WebSocketClient {
    struct Frame: Equatable {
        var opcode: UInt8
        var payload: [UInt8]
        /// The status of a close frame.
        var closeCode: Int? { payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    }

    static let upgrade = [
        "Connection: keep-alive, Upgrade", "Upgrade: WebSocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    let socket: RawSocket
    let opening: RawSocket.Response

    init(port: Int, _ target: String, _ headers: [String] = []) throws {
        socket = try RawSocket(port: port)
        opening = try socket.request("GET", target, Self.upgrade + headers)
    }

    static func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, isMasked: Bool = true) -> [UInt8] {
        let mask: [UInt8] = [1, 2, 3, 4]
        var bytes = [opcode | (isFinal ? 0x80 : 0)]
        let flag: UInt8 = isMasked ? 0x80 : 0
        if payload.count < 126 {
            bytes.append(UInt8(payload.count) | flag)
        } else {
            precondition(payload.count < 65_536)
            bytes += [126 | flag, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        if !isMasked { return bytes + payload }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    func send(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) throws {
        try socket.send(Self.frame(opcode, payload, isFinal: isFinal))
    }

    func receive() throws -> Frame {
        let head = try socket.receive(exactly: 2)
        var length = Int(head[1])
        if length == 126 { length = try socket.receive(exactly: 2).reduce(0) { $0 << 8 | Int($1) } }
        if length == 127 { length = try socket.receive(exactly: 8).reduce(0) { $0 << 8 | Int($1) } }
        return Frame(opcode: head[0] & 0x0F, payload: try socket.receive(exactly: length))
    }
}

@Suite("WebSockets") struct WebSocketTests {
    private static func echo(_ router: inout Router) {
        router.on(.get, "/ws") { request in
            .webSocket(protocol: request.webSocketProtocols.last, maximumMessage: 2000) { socket in
                for await message in socket.messages {
                    switch message {
                    case .text("bye"): return
                    case .text("forbidden"): throw Problem(.forbidden, "You may not.")
                    case .text(let text): try await socket.send(text)
                    case .binary(let bytes): try await socket.send(bytes)
                    }
                }
            }
        }
    }

    private static func withEcho(_ body: @escaping @Sendable (WebSocketClient) throws -> Void) async throws {
        try await withServer(routes: echo) { server in
            let port = server.port
            try await onThread { try body(try WebSocketClient(port: port, "/ws")) }
        }
    }

    @Test("the opening proves that the key was read and names the chosen protocol")
    func opening() async throws {
        try await withServer(routes: Self.echo) { server in
            let port = server.port
            try await onThread {
                let client = try WebSocketClient(port: port, "/ws", ["Sec-WebSocket-Protocol: token, chat"])
                #expect(client.opening.status == 101)
                // The example of RFC 6455 § 1.3.
                #expect(client.opening["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                #expect(client.opening["sec-websocket-protocol"] == "chat")
            }
        }
    }

    @Test("a request that does not open a WebSocket properly is 400 and says why")
    func refusals() async throws {
        try await withServer(routes: Self.echo) { server in
            for index in WebSocketClient.upgrade.indices {
                var headers = WebSocketClient.upgrade
                let name = headers.remove(at: index).prefix { $0 != ":" }
                let response = try await exchange(server, "GET", "/ws", headers)
                #expect(response.status == 400 && response.fields == ["headers.\(name)"], "\(response)")
                #expect(response["sec-websocket-version"] == "13")
            }
            #expect(try await exchange(server, "GET", "/ws").fields.count == 4)
        }
    }

    @Test("texts, binaries and fragments come back whole, a ping within them is answered at once")
    func echo() async throws {
        try await Self.withEcho { client in
            try client.send(1, Array("grüß".utf8))
            #expect(try client.receive() == .init(opcode: 1, payload: Array("grüß".utf8)))
            let large = [UInt8](repeating: 7, count: 2000)
            try client.send(2, large)
            #expect(try client.receive() == .init(opcode: 2, payload: large))
            try client.send(1, Array("one ".utf8), isFinal: false)
            try client.send(9, [1, 2, 3])
            #expect(try client.receive() == .init(opcode: 10, payload: [1, 2, 3]))
            try client.send(0, Array("two ".utf8), isFinal: false)
            try client.send(0, Array("three".utf8))
            #expect(try client.receive() == .init(opcode: 1, payload: Array("one two three".utf8)))
            // Byte by byte, and many at once.
            for byte in WebSocketClient.frame(1, Array("slow".utf8)) { try client.socket.send([byte]) }
            #expect(try client.receive().payload == Array("slow".utf8))
            try client.socket.send((0..<100).flatMap { WebSocketClient.frame(2, [UInt8($0)]) })
            for index in 0..<100 { #expect(try client.receive().payload == [UInt8(index)]) }
        }
    }

    @Test("frames that came with the request itself are not lost")
    func early() async throws {
        try await withServer(routes: Self.echo) { server in
            let port = server.port
            try await onThread {
                let socket = try RawSocket(port: port)
                let head = "GET /ws HTTP/1.1\r\nHost: a\r\n\(WebSocketClient.upgrade.joined(separator: "\r\n"))\r\n\r\n"
                try socket.send(Array(head.utf8) + WebSocketClient.frame(1, Array("early".utf8)))
                #expect(try socket.response().status == 101)
                #expect(try socket.receive(exactly: 7) == [0x81, 5] + Array("early".utf8))
            }
        }
    }

    private struct Ending: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Nil for a close frame that says nothing.
        let code: Int?
        let bytes: [UInt8]

        init(_ description: String, _ code: Int?, _ opcode: UInt8, _ payload: [UInt8], isMasked: Bool = true) {
            testDescription = description
            self.code = code
            bytes = WebSocketClient.frame(opcode, payload, isMasked: isMasked)
        }
    }

    @Test(
        "what ends a WebSocket closes it with the code that says how",
        arguments: [
            Ending("text that is not UTF-8", 1007, 1, [0xC3, 0x28]),
            Ending("a message over the limit", 1009, 2, Array(repeating: 0, count: 2001)),
            Ending("a frame without a mask", 1002, 1, [0x61], isMasked: false),
            Ending("a continuation of nothing", 1002, 0, []),
            Ending("an unknown opcode", 1002, 3, []),
            Ending("a reserved bit", 1002, 0x41, []),
            Ending("a ping that is too long", nil, 9, Array(repeating: 0, count: 126)),
            Ending("the client's own close", 1000, 8, [0x03, 0xE8]),
            Ending("the end of who serves it", 1000, 1, Array("bye".utf8)),
            Ending("a problem thrown", 1008, 1, Array("forbidden".utf8)),
        ])
    private func closing(ending: Ending) async throws {
        try await Self.withEcho { client in
            try client.socket.send(ending.bytes)
            let close = try client.receive()
            #expect(close.opcode == 8 && close.closeCode == ending.code, "\(close)")
            // The socket may have been closed on us already, as it should after a breach of the protocol.
            try? client.send(8, close.payload)
            #expect(try client.socket.isClosed())
        }
    }

    @Test("a client that leaves without a word ends the messages and cancels who serves it")
    func leaving() async throws {
        let ended = Once<Bool>()
        try await withServer { router in
            router.on(.get, "/ws") { _ in
                .webSocket { socket in
                    for await _ in socket.messages {}
                    try? await Task.sleep(for: .seconds(60))
                    ended.tell(Task.isCancelled)
                }
            }
        } _: { server in
            let port = server.port
            try await onThread { _ = try WebSocketClient(port: port, "/ws") }
            #expect(await ended() == true)
        }
    }

    @Test("a client that does not read is dropped as soon as more than the limit waits for it")
    func slowReader() async throws {
        let failure = Once<WebSocketClosed>()
        var limits = HTTPLimits()
        limits.outgoing = 32 * 1024
        try await withServer(limits: limits) { router in
            router.on(.get, "/ws") { _ in
                .webSocket { socket in
                    do {
                        while true {
                            try await socket.send([UInt8](repeating: 0, count: 4096))
                            await Task.yield()
                        }
                    } catch let error as WebSocketClosed { failure.tell(error) }
                }
            }
        } _: { server in
            let port = server.port
            let request =
                "GET /ws HTTP/1.1\r\nHost: a\r\n" + WebSocketClient.upgrade.joined(separator: "\r\n") + "\r\n\r\n"
            let isCut = try await withoutReading(port: port, sending: request) {
                #expect(await failure()?.code == .clientTooSlow)
                return await eventually(within: .seconds(10)) { server.connectionCount == 0 }
            }
            #expect(isCut)
        }
    }

    @Test("a sender that waits for room gets everything to a slow client, in order; one whose client goes is told")
    func patientSender() async throws {
        let ending = Once<WebSocketClosed>()
        var limits = HTTPLimits()
        limits.outgoing = 16 * 1024
        try await withServer(limits: limits) { router in
            router.on(.get, "/ws") { _ in
                .webSocket { socket in
                    do {
                        for number in 0... {
                            try await socket.sendWhenRoom("\(number) " + String(repeating: "x", count: 4000))
                        }
                    } catch let error as WebSocketClosed { ending.tell(error) }
                }
            }
        } _: { server in
            let port = server.port
            // Four megabytes: far more than the limit and the kernel's buffers.
            let isComplete = try await onThread {
                let client = try WebSocketClient(port: port, "/ws")
                for number in 0..<1000 {
                    let text = String(decoding: try client.receive().payload, as: UTF8.self)
                    guard text.hasPrefix("\(number) "), text.utf8.count > 4000 else { return false }
                }
                return true
            }
            #expect(isComplete)
            #expect(await ending()?.code == .closed)
        }
    }

    @Test("a client that says nothing is pinged, stays while it answers, and is dropped when it does not")
    func silence() async throws {
        var limits = HTTPLimits()
        limits.idle = .milliseconds(400)
        try await withServer(limits: limits, routes: Self.echo) { server in
            let port = server.port
            try await onThread {
                let client = try WebSocketClient(port: port, "/ws")
                for _ in 0..<3 {
                    #expect(try client.receive().opcode == 9)
                    try client.send(10, [])
                }
                #expect(try client.receive().opcode == 9)
                #expect(try client.socket.isClosed())
            }
        }
    }

    @Test("a server that stops says 1001 and waits for the answer")
    func drain() async throws {
        var router = Router()
        Self.echo(&router)
        let server = try HTTPServer(port: 0, router: router, log: .silent)
        let running = Task { try await server.run() }
        let port = server.port
        try await onThread {
            let client = try WebSocketClient(port: port, "/ws")
            try client.send(1, [0x61])
            #expect(try client.receive().payload == [0x61])
            server.stop()
            #expect(try client.receive().closeCode == 1001)
            try client.send(8, [0x03, 0xE9])
            #expect(try client.socket.isClosed())
        }
        try await running.value
    }
}
