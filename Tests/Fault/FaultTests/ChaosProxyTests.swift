import Kit
import Runtime
import TestSupport
import Testing

/// A server that says the same, on threads of its own, for as long as somebody is connected.
private struct Echo {
    let port: Int

    static func with(_ body: (Echo) async throws -> Void) async throws {
        let peer = try RawPeer { _, request in .write(request) }
        defer { peer.close() }
        try await body(Echo(port: Int(peer.port)))
    }
}

@Suite("The wire that can be disturbed")
struct ChaosProxyTests {
    /// Everything that is said on a connection, until it is over.
    private final class Line: Sendable {
        let socket: TestSocket
        let heard = Collected<UInt8>()
        let isOver = Collected<Void>()

        init(_ port: Int) throws {
            socket = try TestSocket(port: port)
            OSThread.start("line") { [socket, heard, isOver] in
                while case let bytes = socket.read(), !bytes.isEmpty { heard.append(contentsOf: bytes) }
                isOver.append(())
                socket.close()
            }
        }

        func say(_ text: String) { socket.write(Array(text.utf8)) }
        func hears(_ text: String) async -> Bool {
            await eventually { String(decoding: heard.all, as: UTF8.self) == text }
        }
        func ends() async -> Bool { await eventually { isOver.count == 1 } }
    }

    private static let word = "hello\r\n\r\n"

    @Test("Bytes go through as they are, in both directions, however they are sliced, slowed and delayed")
    func faithful() async throws {
        try await Echo.with { echo in
            try await ChaosProxy.with(to: "127.0.0.1", port: echo.port) { proxy in
                var toxics: [ChaosProxy.Toxics] = [.init(), .init(), .init(), .init()]
                toxics[1].sliceBytes = 1
                toxics[2].latency = .milliseconds(20)
                toxics[2].jitter = .milliseconds(20)
                toxics[3].bytesPerSecond = 200_000
                for toxic in toxics {
                    proxy.apply(toxic)
                    let line = try Line(proxy.port)
                    let length = 20_000
                    let text =
                        "POST / HTTP/1.1\r\nContent-Length: \(length)\r\n\r\n"
                        + String((0..<length).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
                    let start = ContinuousClock.now
                    line.say(text)
                    #expect(await line.hears(text))
                    let time = ContinuousClock.now - start
                    if toxic.bytesPerSecond != nil { #expect(time > .milliseconds(150)) }
                    line.socket.shutDown()
                    #expect(await line.ends())
                }
                #expect(await eventually { proxy.counts.open == 0 })
                #expect(proxy.counts.taken == 4)
                #expect(proxy.counts.fromClients == proxy.counts.fromServer)
            }
        }
    }

    /// Disturbs a connection on which a word has gone there and back.
    private func disturbed(
        _ change: (inout ChaosProxy.Toxics) -> Void, _ body: (ChaosProxy, Line) async throws -> Void
    ) async throws {
        try await Echo.with { echo in
            try await ChaosProxy.with(to: "127.0.0.1", port: echo.port) { proxy in
                let line = try Line(proxy.port)
                line.say(Self.word)
                #expect(await line.hears(Self.word))
                var toxics = ChaosProxy.Toxics()
                change(&toxics)
                proxy.apply(toxics)
                try await body(proxy, line)
            }
        }
    }

    @Test("Latency holds back what is said, by so much each way")
    func latency() async throws {
        try await disturbed {
            $0.latency = .milliseconds(100)
        } _: { _, line in
            let start = ContinuousClock.now
            line.say(Self.word)
            #expect(await line.hears(Self.word + Self.word))
            // The order may come while the first piece is on its way.
            #expect(ContinuousClock.now - start >= .milliseconds(100))
            line.socket.shutDown()
        }
    }

    @Test("While it is silent nothing passes, not even an end; healed, everything does")
    func silent() async throws {
        try await disturbed {
            $0.isSilent = true
        } _: { proxy, line in
            let passed = proxy.counts
            // Takes the order, since it takes the connection.
            let other = try Line(proxy.port)
            #expect(await eventually { proxy.counts.taken == 2 })
            line.say(Self.word)
            other.say(Self.word)
            #expect(!(await eventually(within: .milliseconds(200)) { proxy.counts.fromClients > passed.fromClients }))
            proxy.heal()
            #expect(await line.hears(Self.word + Self.word))
            #expect(await other.hears(Self.word))
            line.socket.shutDown()
            other.socket.shutDown()
            #expect(await line.ends())
            #expect(await other.ends())
        }
    }

    @Test("A connection is cut after just as many bytes as were said, and the next counts anew")
    func cutInside() async throws {
        try await Echo.with { echo in
            try await ChaosProxy.with(to: "127.0.0.1", port: echo.port) { proxy in
                var toxics = ChaosProxy.Toxics()
                toxics.cutAfterBytes = Self.word.utf8.count + 3
                proxy.apply(toxics)
                for round in 1...2 {
                    let line = try Line(proxy.port)
                    line.say(Self.word)
                    #expect(await line.hears(Self.word))
                    line.say(Self.word)
                    #expect(await line.ends())
                    #expect(await line.hears(Self.word))
                    #expect(proxy.counts.fromClients == round * (Self.word.utf8.count + 3))
                }
            }
        }
    }

    @Test("While it refuses nobody gets a connection, and those that are there live on", arguments: [true, false])
    func refusing(reset: Bool) async throws {
        try await Echo.with { echo in
            try await ChaosProxy.with(to: "127.0.0.1", port: echo.port) { proxy in
                let line = try Line(proxy.port)
                line.say(Self.word)
                #expect(await line.hears(Self.word))
                var toxics = ChaosProxy.Toxics()
                toxics.isRefusing = true
                proxy.apply(toxics)
                #expect(
                    await eventually {
                        guard let late = try? TestSocket(port: proxy.port) else { return true }
                        late.close()
                        return false
                    })
                line.say(Self.word)
                #expect(await line.hears(Self.word + Self.word))
                proxy.cutAll(reset: reset)
                #expect(await line.ends())
                proxy.heal()
                #expect(
                    await eventually {
                        guard let late = try? TestSocket(port: proxy.port) else { return false }
                        late.close()
                        return true
                    })
            }
        }
    }

    @Test("When the server cannot be reached, neither can the wire")
    func noServer() async throws {
        try await ChaosProxy.with(to: "127.0.0.1", port: TestFiles.freePort()) { proxy in
            let line = try Line(proxy.port)
            #expect(await line.ends())
        }
    }
}
