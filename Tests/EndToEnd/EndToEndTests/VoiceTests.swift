import Contracts
import Database
import HTTPClient
import HTTPServer
import JSON
import Kit
import Runtime
import Synchronization
import TestSupport
import Testing

/// Verifications by voice, and notices of providers, on stacks of their own: one with somebody who listens, one that asks
/// so seldom that only a notice can have been the reason.
@Suite("Calls and notices, from the provider to the customer", .serialized, .enabled(if: TestEnvironment.hasServers))
struct VoiceEndToEndTests {
    private static let said = "Hello. Your Telegram code is four, eight, two, one. Again: four, eight, two, one."

    /// Orders at TextVerified, whose price list takes a while to be read.
    private func order(_ customer: TestCustomer, capability: String) async throws -> ID {
        let wish: JSON = [
            "service": "telegram", "country": "usa", "capability": .string(capability), "provider": "textverified",
        ]
        let made = Mutex<ID?>(nil)
        let isMade = await eventually(within: .seconds(150), every: .seconds(1)) {
            // What fails is tried again: until its list was read, it sells nothing.
            guard
                let reply = try? await customer.send(
                    .post, "/verify/create", wish, headers: [("Prefer", "wait=20")], within: .seconds(60)),
                reply.status == 201, let id = reply.json["verification_id"]?.stringValue.flatMap({ ID($0) })
            else { return false }
            made.withLock { $0 = id }
            return true
        }
        #expect(isMade)
        return try #require(made.withLock { $0 })
    }

    private func reference(_ stack: TestStack, _ id: ID) async throws -> String {
        try #require(
            try await stack.database.value(String.self, "SELECT reference FROM verification.orders WHERE id = \(id)"))
    }

    @Test("what a caller says reaches the customer as text, as a code and as a recording, and is charged once")
    func voice() async throws {
        var router = Router()
        router.on(.post, "/v1/audio/transcriptions", bodyLimit: 16 << 20) { _ in
            .json(200, ["text": .string(Self.said)] as JSON)
        }
        let ears = try HTTPServer(
            address: "127.0.0.1", port: 0, router: router, threads: 1, log: .silent, metrics: Metrics())
        let settings: [TestStack.Service: [String: String]] = [
            .verification: TestStack.textVerifiedToo.merging(["TRANSCRIBER_URL": "http://127.0.0.1:\(ears.port)"]) {
                $1
            },
            .pricing: TestStack.textVerifiedToo,
        ]
        try await running([ears]) {
            try await TestServers.shared { servers in
                try await TestStack.with(servers, settings) { stack in
                    let customer = try await stack.customer(credit: Money(micro: 20_000_000))
                    // Calls come when the script says so.
                    try await stack.sandbox("PUT", "/textverified/arrival", ["mode": "manual"])
                    let id = try await order(customer, capability: "voice")
                    let before = try VoiceBody(json: try await customer.send(.get, "/verify/\(id)/voice").body)
                    #expect(before.status == Open(.waiting) && before.callID == nil)
                    let reference = try await reference(stack, id)
                    try await stack.sandbox(
                        "POST", "/textverified/orders/\(reference)/call",
                        ["text": .string(Self.said), "caller": "18005550100"])

                    let reply = try await customer.send(
                        .get, "/verify/\(id)/voice?wait=60", within: .seconds(75))
                    let call = try VoiceBody(json: reply.body)
                    #expect(call.status == Open(.transcribed) && call.code == "4821", "\(reply.text)")
                    #expect(call.transcription == Self.said && call.from == "18005550100")
                    #expect((call.durationSeconds ?? 0) > 0)
                    #expect(await customer.completes(id))

                    let url = try #require(
                        try VoiceBody(json: try await customer.send(.get, "/verify/\(id)/voice").body).audioURL)
                    #expect(!url.contains("textverified") && url.hasPrefix("/verify/\(id)/voice/audio"))
                    let audio = try await customer.send(.get, url)
                    #expect(audio.status == 200 && audio.header("Content-Type") == "audio/wav")
                    #expect(audio.body.starts(with: "RIFF".utf8))
                    let part = try await customer.send(.get, url, headers: [("Range", "bytes=8-11")])
                    #expect(part.status == 206 && part.body == Array("WAVE".utf8))
                    let stranger = try await stack.customer(credit: nil)
                    #expect(try await stranger.send(.get, url).status == 404)

                    let balance = try await customer.balance()
                    #expect(balance.held == 0 && balance.available < 20_000_000)
                    let faults = await stack.faults()
                    #expect(faults == [])
                    for service in [TestStack.Service.verification, .gateway] {
                        let log = stack.log(service)
                        #expect(
                            !log.contains("18005550100") && !log.contains("4821\"") && !log.contains("/recordings/"))
                    }
                }
            }
        }
    }

    @Test("a signed notice has the order asked about at once; a repeat and a forged one change nothing")
    func notices() async throws {
        let settings: [TestStack.Service: [String: String]] = [
            .verification: TestStack.textVerifiedToo.merging(["POLL_BASE_MS": "60000", "POLL_LONGEST_MS": "60000"]) {
                $1
            },
            .pricing: TestStack.textVerifiedToo,
            .gateway: ["TEXTVERIFIED_WEBHOOK_SECRET": "whsec_of_the_tests"],
        ]
        try await TestServers.shared { servers in
            try await TestStack.with(servers, settings) { stack in
                let customer = try await stack.customer(credit: Money(micro: 20_000_000))
                // Messages come when the script says so.
                try await stack.sandbox("PUT", "/textverified/arrival", ["mode": "manual"])
                try await stack.sandbox(
                    "PUT", "/textverified/webhook",
                    [
                        "url": .string(stack.address(.gateway) + "/webhooks/textverified"),
                        "secret": "whsec_of_the_tests",
                    ])
                let id = try await order(customer, capability: "sms")
                let reference = try await reference(stack, id)
                let begun = ContinuousClock.now
                try await stack.sandbox(
                    "POST", "/textverified/orders/\(reference)/sms", ["text": "Telegram code 48291"])
                let reply = try await customer.send(.get, "/verify/\(id)/messages?wait=30", within: .seconds(45))
                #expect(reply.json["data"]?[0]?["code"] == "48291", "\(reply.text)")
                // By itself it would have been asked about after a minute; the sandbox looks ten times a second for what
                // it has to tell.
                #expect(begun.duration(to: .now) < .seconds(5))
                #expect(await customer.completes(id))
                let figures = try await stack.metrics(of: .verification)
                #expect(figures.contains(#"verification_hints_total{provider="textverified",outcome="asked"}"#))
                let forged = try await stack.client.send(
                    ClientRequest(
                        .post, stack.address(.gateway) + "/webhooks/textverified",
                        headers: [("X-Webhook-Signature", "HMAC-SHA512=AAAA")], body: Array("{}".utf8)))
                #expect(forged.status == 401)
            }
        }
    }
}

extension TestCustomer {
    /// Whether a verification comes to be completed.
    fileprivate func completes(_ id: ID) async -> Bool {
        await eventually(within: .seconds(30)) {
            // What cannot be asked is asked again.
            (try? await self.send(.get, "/verify/\(id)"))?.json["status"] == "completed"
        }
    }
}
