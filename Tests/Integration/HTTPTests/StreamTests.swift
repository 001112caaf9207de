import CLinux
import Glibc
@testable import HTTPServer
import Kit
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite("Streams") struct StreamTests {
    /// Gives every listener every event.
    private final class Feed: Sendable {
        private let listeners = Mutex<[AsyncStream<String>.Continuation]>([])
        let joined = AsyncStream<Void>.makeStream()

        func listen() -> AsyncStream<String> {
            let (stream, continuation) = AsyncStream.makeStream(of: String.self)
            listeners.withLock { $0.append(continuation) }
            joined.continuation.yield()
            return stream
        }
        func tell(_ text: String) { for listener in listeners.withLock({ $0 }) { listener.yield(text) } }
        func end() { for listener in listeners.withLock({ $0 }) { listener.finish() } }
    }

    @Test("a hundred clients get every event, in order, and the end of the stream")
    func events() async throws {
        let feed = Feed()
        try await withServer { router in
            router.on(.get, "/events") { _ in
                .events { writer in
                    for await text in feed.listen() { try await writer.write("data: \(text)\n\n") }
                }
            }
        } _: { server in
            let port = server.port
            try await withThrowingTaskGroup(of: RawSocket.Response.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await onThread { try RawSocket(port: port).request("GET", "/events") } }
                }
                var joined = feed.joined.stream.makeAsyncIterator()
                for _ in 0..<100 { await joined.next() }
                for index in 0..<50 { feed.tell("\(index)") }
                feed.end()
                let whole = (0..<50).map { "data: \($0)\n\n" }.joined()
                for try await response in group {
                    #expect(response["content-type"] == "text/event-stream" && response.text == whole)
                }
            }
        }
    }

    @Test("the head of a stream arrives before its first event, and an event as soon as it is written")
    func promptness() async throws {
        let feed = Feed()
        try await withServer { router in
            router.on(.get, "/events") { _ in
                .events { writer in
                    for await text in feed.listen() { try await writer.write(text) }
                }
            }
        } _: { server in
            let port = server.port
            try await onThread {
                let socket = try RawSocket(port: port)
                try socket.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
                for text in ["one", "two"] {
                    feed.tell(text)
                    #expect(try socket.chunk() == Array(text.utf8))
                }
            }
        }
    }

    @Test("a client that leaves cancels the producer, although nothing is written")
    func leaving() async throws {
        let started = Once<Bool>()
        let ended = Once<Bool>()
        try await withServer { router in
            router.on(.get, "/events") { _ in
                .events { _ in
                    started.open()
                    do { try await Task.sleep(for: .seconds(60)) } catch { ended.tell(Task.isCancelled) }
                }
            }
        } _: { server in
            let port = server.port
            try await onThread {
                let socket = try RawSocket(port: port)
                try socket.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try socket.receive(until: "\r\n\r\n")
            }
            #expect(await started() == true)
            #expect(await ended() == true)
        }
    }

    @Test("a client that does not read is dropped as soon as more than the limit waits for it")
    func slowReader() async throws {
        let failure = Once<StreamEnded>()
        var limits = HTTPLimits()
        limits.outgoing = 32 * 1024
        try await withServer(limits: limits) { router in
            router.on(.get, "/events") { _ in
                .events { writer in
                    do {
                        let event = [UInt8](repeating: 0x78, count: 4096)
                        while true {
                            try await writer.write(event)
                            await Task.yield()
                        }
                    } catch let error as StreamEnded { failure.tell(error) }
                }
            }
        } _: { server in
            let port = server.port
            let isCut = try await withoutReading(port: port, sending: "GET /events HTTP/1.1\r\nHost: a\r\n\r\n") {
                #expect(await failure()?.code == .clientTooSlow)
                return await eventually(within: .seconds(10)) { server.connectionCount == 0 }
            }
            #expect(isCut, "the connection is cut although the client reads nothing")
        }
    }

    @Test("an export waits for its reader and arrives whole")
    func export() async throws {
        var limits = HTTPLimits()
        limits.outgoing = 16 * 1024
        try await withServer(limits: limits) { router in
            router.on(.get, "/export") { _ in
                .stream(headers: ["Content-Type": "text/csv"], whenFull: .wait) { writer in
                    for index in 0..<50_000 { try await writer.write("\(index)\n") }
                }
            }
        } _: { server in
            let response = try await exchange(server, "GET", "/export")
            #expect(response.body.split(separator: 0x0A).count == 50_000)
            #expect(response.text.hasSuffix("\n49999\n"))
            let head = try await exchange(server, "HEAD", "/export")
            #expect(head.status == 200 && head["content-type"] == "text/csv")
        }
    }

    @Test("a producer that fails cuts the body off, so that it cannot be taken for whole")
    func failing() async throws {
        struct Broken: Error {}
        let lines = LogLines()
        try await withServer(log: lines.log) { router in
            router.on(.get, "/") { _ in
                .events { writer in
                    try await writer.write("data: 1\n\n")
                    throw Broken()
                }
            }
        } _: { server in
            await #expect(throws: RawSocket.Failure.self) { try await exchange(server, "GET", "/") }
        }
        #expect(lines.all.contains { $0.contains("Broken") })
    }

    @Test("of an export whose reader is never quite through no more is kept than may wait, and a piece or two")
    func slowExport() async throws {
        let (piece, total) = (1 << 16, 48 << 20)
        let (written, most) = (SharedCount(), SharedCount())
        var limits = HTTPLimits()
        limits.outgoing = 8 << 20
        try await withServer(limits: limits) { router in
            router.on(.get, "/export") { _ in
                .stream(headers: ["Content-Type": "text/csv"], whenFull: .wait) { writer in
                    for _ in 0..<(total / piece) {
                        try await writer.write([UInt8](repeating: 0x78, count: piece))
                        written.value.add(piece, ordering: .relaxed)
                        most.value.max(writer.kept, ordering: .relaxed)
                    }
                }
            }
        } _: { server in
            let port = server.port
            let count = try await onThread {
                let socket = try RawSocket(port: port, receiveBuffer: 16 * 1024)
                try socket.send("GET /export HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try socket.receive(until: "\r\n\r\n")
                var count = 0
                // A writer that has stopped is waited for no longer than this, and then misses bytes below.
                let patience = ContinuousClock.now + .seconds(60)
                while let chunk = try socket.chunk() {
                    count += chunk.count
                    // The kernel takes four megabytes at most: of six that are on their way some wait with the writer.
                    while case let ready = written.value.load(ordering: .relaxed), ready < total,
                        ready - count < 6 << 20, ContinuousClock.now < patience
                    { usleep(100) }
                }
                return count
            }
            #expect(count == total)
            #expect(most.value.load(ordering: .relaxed) < 20 << 20)
        }
    }

    private final class SharedCount: Sendable {
        let value = Atomic<Int>(0)
    }

    @Test("a client of HTTP/1.0, which knows no chunks, gets the bare body and the end of the connection")
    func oldClient() async throws {
        try await withServer { router in
            router.on(.get, "/export") { _ in
                .stream(headers: ["Content-Type": "text/csv"], whenFull: .wait) { writer in
                    for line in ["a,b\n", "1,2\n"] { try await writer.write(line) }
                }
            }
        } _: { server in
            let port = server.port
            let (head, body) = try await onThread {
                let socket = try RawSocket(port: port)
                try socket.send("GET /export HTTP/1.0\r\n\r\n")
                let head = try socket.receive(until: "\r\n\r\n")
                var body: [UInt8] = []
                while true {
                    let more = try socket.receive()
                    if more.isEmpty { return (head, body) }
                    body += more
                }
            }
            #expect(head.contains(" 200 OK\r\n") && head.contains("\r\nX-Content-Type-Options: nosniff"))
            #expect(!head.contains("chunked") && String(decoding: body, as: UTF8.self) == "a,b\n1,2\n")
        }
    }

    @Test("beside as many streams as may be open everything else is still answered, and one more is told to come back")
    func limit() async throws {
        var limits = HTTPLimits()
        limits.connections = 3
        try await withServer(limits: limits) { router in
            router.on(.get, "/") { _ in .text(200, "hello") }
            router.on(.get, "/events") { _ in
                .events { writer in
                    try await writer.write(": \n\n")
                    try await Task.sleep(for: .seconds(60))
                }
            }
        } _: { server in
            let port = server.port
            try await onThread {
                let held = try (0..<3).map { _ in
                    let socket = try RawSocket(port: port)
                    try socket.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
                    _ = try socket.receive(until: "\r\n\r\n")
                    return socket
                }
                #expect(try RawSocket(port: port).request("GET", "/").text == "hello")
                let refused = try RawSocket(port: port).request("GET", "/events")
                #expect(refused.status == 503 && refused.errorCode == "UNAVAILABLE" && refused["retry-after"] != nil)
                withExtendedLifetime(held) {}
            }
            // The places of those that have left are free.
            #expect(await eventually { server.connectionCount == 0 })
            try await onThread {
                let socket = try RawSocket(port: port)
                try socket.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
            }
        }
    }

    @Test("a client that reads nothing is cut off after the idle limit, however patient the producer is")
    func stuckReader() async throws {
        let failure = Once<StreamEnded>()
        var limits = HTTPLimits()
        limits.outgoing = 32 * 1024
        limits.idle = .milliseconds(500)
        try await withServer(limits: limits) { router in
            router.on(.get, "/export") { _ in
                .stream(headers: ["Content-Type": "text/csv"], whenFull: .wait) { writer in
                    do {
                        while true { try await writer.write([UInt8](repeating: 0x78, count: 20_000)) }
                    } catch let error as StreamEnded { failure.tell(error) }
                }
            }
        } _: { server in
            let port = server.port
            let isCut = try await withoutReading(port: port, sending: "GET /export HTTP/1.1\r\nHost: a\r\n\r\n") {
                #expect(await failure()?.code == .clientTooSlow)
                return await eventually { server.connectionCount == 0 }
            }
            #expect(isCut)
        }
    }
}
