import HTTPClient
import JSON
import Kit
import SandboxApp
import SandboxCore
import Testing

@Suite("Faults of the sandbox, as they arrive on the wire")
struct FaultTests {
    private static let buy = "/user/buy/activation/england/any/telegram"

    @Test(
        "a fault that keeps a request from being carried out answers in the provider's words, and buys nothing",
        arguments: [
            ("rate_limit", 429, "api limit is 100 requests per second"),
            ("ip_limit", 503, "ip address limit is 100 requests per second"),
            ("edge_block", 403, "error code: 1010"), ("no_free_phones", 200, "no free phones"),
            ("not_enough_balance", 400, "not enough user balance"), ("server_offline", 400, "server offline"),
            ("unauthorized", 401, "Unauthorized"), ("internal_error", 500, "internal error"),
            ("text", 400, "server offline"), ("status", 500, "internal error"),
        ])
    func refusals(kind: String, status: Int, text: String) async throws {
        try await SandboxHarness.run { sandbox in
            try await sandbox.fault("buy", kind)
            let answer = try await sandbox.get(Self.buy)
            #expect(answer.status == status && answer.text == text)
            #expect(answer.header("Content-Type")?.hasPrefix("text/plain") == true)
            #expect(try await sandbox.orders() == 0)
            #expect(try await sandbox.get(Self.buy).status == 200, "it was set for one request")
        }
    }

    @Test("status and words can be chosen")
    func chosen() async throws {
        try await SandboxHarness.run { sandbox in
            try await sandbox.fault("check", "status", [.init("status", 418), .init("text", "teapot")])
            let answer = try await sandbox.get("/user/check/1")
            #expect(answer.status == 418 && answer.text == "teapot")
        }
    }

    @Test("a gateway's 502 is HTML, and comes with or without the purchase having been made")
    func gateway() async throws {
        try await SandboxHarness.run { sandbox in
            try await sandbox.fault("buy", "html502")
            let before = try await sandbox.get(Self.buy)
            #expect(before.status == 502 && before.text.contains("<html>"))
            #expect(try await sandbox.orders() == 0)

            try await sandbox.fault("buy", "html502_after_execution")
            #expect(try await sandbox.get(Self.buy).status == 502)
            #expect(try await sandbox.orders() == 1)
            let history = try await sandbox.json("/user/orders?category=activation&order=id&reverse=true&limit=5")
            #expect(history["Data"]?[0]?["product"] == "telegram")
        }
    }

    @Test("a connection that is cut has no answer, with or without the purchase having been made")
    func reset() async throws {
        try await SandboxHarness.run { sandbox in
            for (kind, orders) in [("reset", 0), ("reset_after_execution", 1)] as [(String, Int64)] {
                try await sandbox.fault("buy", kind)
                await #expect(throws: HTTPClientError.self) { try await sandbox.get(Self.buy) }
                #expect(try await sandbox.orders() == orders, "\(kind)")
            }
            #expect(try await sandbox.get(Self.buy).status == 200)
        }
    }

    @Test("a silent endpoint outlasts its client, with or without the purchase having been made")
    func silence() async throws {
        try await SandboxHarness.run { sandbox in
            for (kind, orders) in [("hang", 0), ("timeout_after_execution", 1)] as [(String, Int64)] {
                try await sandbox.fault("buy", kind, [.init("delay_ms", 600)])
                let error = await #expect(throws: HTTPClientError.self) {
                    try await sandbox.get(Self.buy, deadline: .milliseconds(200))
                }
                #expect(error?.code == .timeoutAfterSending)
                #expect(try await sandbox.orders() == orders, "\(kind)")
            }
        }
    }

    @Test("half an answer is announced as a whole one")
    func truncated() async throws {
        try await SandboxHarness.run { sandbox in
            try await sandbox.fault("buy", "truncated")
            let error = await #expect(throws: HTTPClientError.self) { try await sandbox.get(Self.buy) }
            #expect(error?.code == .connectionLost)
            try await sandbox.fault("prices", "truncated")
            await #expect(throws: HTTPClientError.self) { try await sandbox.get("/guest/prices") }
            #expect(try await sandbox.orders() == 1)
        }
    }

    @Test("an answer of status 200 can be bytes, a page or null, and the purchase was made all the same")
    func nonsense() async throws {
        try await SandboxHarness.run { sandbox in
            try await sandbox.fault("buy", "garbage")
            let garbage = try await sandbox.get(Self.buy)
            #expect(garbage.status == 200)
            #expect(throws: JSONSyntaxError.self) { try JSON(parsing: garbage.body) }
            try await sandbox.fault("buy", "html200")
            #expect(try await sandbox.get(Self.buy).header("Content-Type") == "text/html")
            try await sandbox.fault("buy", "null")
            #expect(try await sandbox.json(Self.buy) == .null)
            #expect(try await sandbox.orders() == 3)
        }
    }

    @Test("a purchase can be told under the id of the one before, a check under one that does not exist")
    func wrongIDs() async throws {
        try await SandboxHarness.run { sandbox in
            let first = try await sandbox.buy()
            try await sandbox.fault("buy", "duplicate_id")
            #expect(try await sandbox.buy() == first)
            #expect(try await sandbox.orders() == 2)
            try await sandbox.fault("check", "wrong_id")
            let told = try await sandbox.json("/user/check/\(first)")["id"]?.integerValue
            #expect(told != first)
        }
    }

    @Test("answers can be late, and faults can be listed and taken back")
    func latency() async throws {
        try await SandboxHarness.run { sandbox in
            try await sandbox.control(.put, "/latency", ["median_ms": 120, "spread": 0, "endpoint": "profile"])
            let start = ContinuousClock.now
            _ = try await sandbox.get("/user/profile")
            #expect(ContinuousClock.now - start >= .milliseconds(120))
            try await sandbox.control(.put, "/latency", ["median_ms": 0, "endpoint": "profile"])

            let made = try await sandbox.control(
                .post, "/faults", ["endpoint": "any", "kind": "rate_limit", "probability": 1])
            let id = try #require(made["id"]?.integerValue)
            #expect(try await sandbox.get("/user/profile").status == 429)
            let list = try await sandbox.control(.get, "/faults")
            #expect(list["faults"]?[0]?["hits"] == 1)
            try await sandbox.control(.delete, "/faults/\(id)")
            #expect(try await sandbox.get("/user/profile").status == 200)
            await #expect(throws: SandboxHarness.Refused.self) { try await sandbox.control(.delete, "/faults/\(id)") }
        }
    }

    @Test("over the limit a key is refused with 429, an address with 503")
    func limits() async throws {
        try await SandboxHarness.run {
            $0.settings.requestsPerSecond = 5
        } _: { sandbox in
            func statuses(_ path: String, key: String?) async throws -> Set<Int> {
                var seen: Set<Int> = []
                // Far more than the limit in any second, so that where the seconds change does not matter.
                for _ in 0..<40 { seen.insert(try await sandbox.get(path, key: key).status) }
                return seen
            }
            let customer = try await statuses("/user/profile", key: SandboxHarness.key)
            #expect(customer.contains(429))
            let guest = try await statuses("/guest/flash/en", key: nil)
            #expect(guest.contains(503))
        }
    }
}
