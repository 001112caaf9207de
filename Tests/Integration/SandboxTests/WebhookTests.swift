import HTTPClient
import HTTPServer
import JSON
import Kit
import Providers
import Runtime
import Synchronization
import TestSupport
import Testing

@Suite("Notices of messages, as the sandbox sends them")
struct WebhookTests {
    /// Takes notices, and answers as it is told to.
    private final class Listener: Sendable {
        private let taken = Mutex<[[UInt8]]>([])
        private let heads = Mutex<[HTTPHeaders]>([])
        let status = Atomic<Int>(200)

        var bodies: [[UInt8]] { taken.withLock { $0 } }
        var headers: [HTTPHeaders] { heads.withLock { $0 } }

        func take(_ request: HTTPRequest) -> HTTPResponse {
            taken.withLock { $0.append(request.body) }
            heads.withLock { $0.append(request.headers) }
            return HTTPResponse(status.load(ordering: .acquiring))
        }
    }

    private func listening(
        _ body: @Sendable (Listener, String) async throws -> Void
    ) async throws {
        let listener = Listener()
        var router = Router()
        router.on(.post, "/secret/hook") { listener.take($0) }
        let server = try HTTPServer(
            address: "127.0.0.1", port: 0, router: router, threads: 1, log: .silent, metrics: Metrics())
        let url = "http://127.0.0.1:\(server.port)/secret/hook"
        try await running([server]) { try await body(listener, url) }
    }

    @Test("a message is told once, without a signature, and our own reader makes a notice of it")
    func taken() async throws {
        try await listening { listener, url in
            try await HandlerHarness.run("hero") { upstream in
                try await upstream.control(.put, "/webhook", ["url": .string(url)])
                let id = try await upstream.buy()
                try await upstream.sms(id, "Your code is 48213")
                #expect(await eventually { listener.bodies.count == 1 })
                let body = try #require(listener.bodies.first)
                let json = try JSON(parsing: body)
                #expect(json["activationId"]?.integerValue.map { String($0) } == id && json["code"] == "48213")
                #expect(json["service"] == "tg" && json["country"] == 16 && json["text"] == "Your code is 48213")
                #expect(SMSActivateNotice.read(body)?.ref == id)
                let head = try #require(listener.headers.first)
                #expect(head["Content-Type"] == "application/json")
                #expect(!head.contains("X-Signature") && !head.contains("Authorization"))
                // Were it sent again, it would be with the next hour.
                try await upstream.control(.post, "/clock", ["advance_ms": 3_600_000])
                let second = try await upstream.buy()
                try await upstream.sms(second, "Your code is 48214")
                #expect(await eventually { listener.bodies.count >= 2 })
                #expect(try JSON(parsing: try #require(listener.bodies.last))["code"] == "48214")
                #expect(listener.bodies.count == 2)
            }
        }
    }

    @Test("a notice that is not taken comes eight times within two hours, and then no more")
    func refused() async throws {
        try await listening { listener, url in
            listener.status.store(500, ordering: .releasing)
            try await HandlerHarness.run("sms-activate") { upstream in
                try await upstream.control(.put, "/webhook", ["url": .string(url)])
                let id = try await upstream.buy()
                try await upstream.sms(id, "Your code is 48213")
                for attempt in 1...8 {
                    #expect(await eventually { listener.bodies.count == attempt }, "attempt \(attempt)")
                    try await upstream.control(.post, "/clock", ["advance_ms": attempt < 8 ? 3_600_000 : 36_000_000])
                }
                // What comes now is about another message: the first is given up.
                listener.status.store(200, ordering: .releasing)
                let second = try await upstream.buy()
                try await upstream.sms(second, "Your code is 48214")
                #expect(await eventually { listener.bodies.count == 9 })
                let notices = listener.bodies.compactMap { SMSActivateNotice.read($0) }
                #expect(Set(notices.prefix(8)).count == 1, "the same notice has the same name")
                #expect(notices.last?.ref == second)
            }
        }
    }
}
