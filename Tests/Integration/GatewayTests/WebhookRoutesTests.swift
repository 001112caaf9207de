import Contracts
import Database
import HTTPClient
import JSON
import Kit
import Security
import TestSupport
import Testing

@testable import GatewayApp

@Suite(
    "Notices of providers over HTTP", .serialized, .enabled(if: TestEnvironment.databaseURL != nil),
    .timeLimit(.minutes(2)))
struct WebhookRoutesTests {
    /// As TextVerified's documents have it, with the signature that they give.
    private static let textVerified = Array(
        #"{"id":"evt_1","event":"v2.sms.received","occurredAt":"2026-01-02T03:04:05+00:00","attempt":1,"data":{"from":"22000","to":"2223334444","createdAt":"2026-01-02T03:04:04+00:00","smsContent":"Your code is 482913","parsedCode":"482913","encrypted":false,"reservationId":"lr_01"}}"#
            .utf8)
    private static let textVerifiedSignature =
        "HMAC-SHA512=rltjofy1CKScv+1BrUZXO9OtNQtyonD6iEqlZdqmfphgxx6RlQE2tdPdDp897SUERffeL+FQIo12tW7i3iEWKA=="
    private static let fiveSim = Array(#"{"event_id":"e-1","order_id":123456}"#.utf8)
    private static let hero = Array(
        #"{"activationId":635468024,"service":"tg","text":"Your code is 48213","code":"48213","country":0,"receivedAt":"2026-01-01 00:00:00"}"#
            .utf8)
    private static let heroPath = "/webhooks/sms-activate/secret-path-of-the-tests-0123"

    private static func sha256Signature(_ body: [UInt8]) -> String {
        "HMAC-SHA256="
            + Base64.text(HMAC.sha256(key: Secret("the secret of the relay in these tests"), body))
    }

    private func post(
        _ gateway: TestGateway, _ path: String, _ body: [UInt8], _ signature: String? = nil
    ) async throws -> TestGateway.Refusal {
        let headers: [(name: String, value: String)] =
            [("Content-Type", "application/json")] + (signature.map { [("X-Webhook-Signature", $0)] } ?? [])
        return try await gateway.send("POST", path, headers: headers, body: body, key: nil)
    }

    /// The hints that wait to leave.
    private func hints(_ gateway: TestGateway) async throws -> [VerificationHint] {
        let bodies = try await gateway.database.values(
            [UInt8].self, "SELECT body FROM outbox WHERE type = \(VerificationHint.type) ORDER BY id")
        return try bodies.map { try VerificationHint(json: $0) }
    }

    @Test("a notice of each provider becomes one hint, however often it comes, and nothing of its message is in it")
    func taken() async throws {
        try await TestGateway.with { gateway in
            for _ in 0..<3 {
                for answer in [
                    try await self.post(
                        gateway, "/webhooks/textverified", Self.textVerified, Self.textVerifiedSignature),
                    try await self.post(
                        gateway, "/webhooks/5sim", Self.fiveSim, Self.sha256Signature(Self.fiveSim)),
                    try await self.post(gateway, Self.heroPath, Self.hero),
                ] {
                    #expect(answer.status == 200, "\(answer.response.text)")
                    #expect(try JSON(parsing: answer.response.body) == ["status": "taken"])
                }
            }
            let hints = try await self.hints(gateway)
            #expect(
                hints.map { "\($0.provider) \($0.reference)" } == [
                    "textverified lr_01", "5sim 123456", "hero 635468024",
                ])
            let wire = hints.map { String(decoding: $0.json, as: UTF8.self) }.joined()
            for secret in ["482913", "48213", "22000", "2223334444", "code"] { #expect(!wire.contains(secret)) }
            // The message is known by the same id when it is said again.
            let ids = try await gateway.database.values(ID.self, "SELECT msg_id FROM outbox ORDER BY id")
            #expect(Set(ids).count == 3)
            #expect(try await gateway.database.values(ID.self, "SELECT id FROM notices").sorted() == ids.sorted())
        }
    }

    @Test("what is not signed with our secret over exactly that body, or comes to another address, is not taken")
    func refused() async throws {
        try await TestGateway.with { gateway in
            var changed = Self.textVerified
            changed[10] ^= 1
            for (body, signature) in [
                (Self.textVerified, nil), (Self.textVerified, ""), (changed, Self.textVerifiedSignature),
                (Self.textVerified, Self.sha256Signature(Self.textVerified)),
                (Self.textVerified, String(Self.textVerifiedSignature.dropLast(4)) + "AAA="),
            ] as [([UInt8], String?)] {
                let refusal = try await self.post(gateway, "/webhooks/textverified", body, signature)
                #expect(refusal.isWhole && refusal.status == 401, "\(refusal)")
            }
            for signature in [nil, Self.textVerifiedSignature, Self.sha256Signature([1])] {
                let refusal = try await self.post(gateway, "/webhooks/5sim", Self.fiveSim, signature)
                #expect(refusal.isWhole && refusal.status == 401, "\(refusal)")
            }
            for end in ["secret-path-of-the-tests-0124", "secret-path-of-the-tests-012", "x", "hero"] {
                let refusal = try await self.post(gateway, "/webhooks/sms-activate/\(end)", Self.hero)
                #expect(refusal.isWhole && refusal.status == 404, "\(refusal)")
            }
            for body in [[], Array("{}".utf8), Array("7".utf8), Array(#"{"activationId":"../1"}"#.utf8)] {
                let refusal = try await self.post(gateway, Self.heroPath, body)
                #expect(refusal.isWhole && refusal.status == 400, "\(refusal)")
            }
            let large = [UInt8](repeating: 0x20, count: 17 * 1024)
            #expect(try await self.post(gateway, Self.heroPath, large).status == 413)
            #expect(try await self.hints(gateway).isEmpty)
            #expect(try await gateway.database.values(ID.self, "SELECT id FROM notices").isEmpty)
        }
    }

    @Test("a notice about something else than a number is answered and goes no further; who guesses is slowed down")
    func irrelevant() async throws {
        try await TestGateway.with { gateway in
            let body = Array(
                #"{"id":"evt_2","event":"v2.rental.billingcycle.renewed","data":{"billingCycleId":"b"}}"#.utf8)
            let signature = "HMAC-SHA512=" + Base64.text(HMAC.sha512(key: Secret("whsec_test"), body))
            #expect(try await self.post(gateway, "/webhooks/textverified", body, signature).status == 200)
            #expect(try await self.hints(gateway).isEmpty)
            var statuses: Set<Int> = []
            for _ in 0..<70 { statuses.insert(try await self.post(gateway, "/webhooks/5sim", body).status) }
            #expect(statuses == [401, 429])
            // The provider itself is not kept out by that.
            #expect(
                try await self.post(
                    gateway, "/webhooks/textverified", Self.textVerified, Self.textVerifiedSignature
                ).status == 200)
        }
    }
}
