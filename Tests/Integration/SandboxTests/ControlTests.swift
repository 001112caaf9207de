import HTTPClient
import JSON
import Kit
import Testing

@Suite("Controls of the sandbox")
struct ControlTests {
    @Test("a scripted message arrives as it was written, its code given, parsed or null")
    func messages() async throws {
        try await SandboxHarness.run { sandbox in
            let id = try await sandbox.buy()
            try await sandbox.control(.post, "/orders/\(id)/sms", ["text": "Code 12345", "sender": "Me"])
            try await sandbox.control(.post, "/orders/\(id)/sms", ["text": "Code 12345", "code": "999"])
            try await sandbox.control(.post, "/orders/\(id)/sms", ["text": "Code 12345", "code": nil])
            try await sandbox.control(.post, "/orders/\(id)/sms", [:])
            let sms = try #require(try await sandbox.json("/user/check/\(id)")["sms"]?.arrayValue)
            #expect(sms.prefix(3).map { $0["code"] } == ["12345", "999", .null])
            #expect(sms[0]["sender"] == "Me")
            #expect(sms[3]["text"]?.stringValue?.isEmpty == false)
            await #expect(throws: SandboxHarness.Refused.self) {
                try await sandbox.control(.post, "/orders/1/sms", ["text": "x"])
            }
            await #expect(throws: SandboxHarness.Refused.self) {
                try await sandbox.control(.post, "/orders/\(id)/sms", ["txet": "x"])
            }
        }
    }

    @Test("time passes on command: an order runs out and its money comes back")
    func clock() async throws {
        try await SandboxHarness.run { sandbox in
            let id = try await sandbox.buy()
            let before = try await sandbox.control(.get, "/books")
            #expect(before["accounts"]?[0]?["frozen_micro"]?.integerValue ?? 0 > 0)
            try await sandbox.control(.post, "/clock", ["advance_ms": 901_000])
            #expect(try await sandbox.json("/user/check/\(id)")["status"] == "TIMEOUT")
            let after = try await sandbox.control(.get, "/books")
            #expect(after["balanced"] == true)
            #expect(after["accounts"]?[0]?["balance_micro"] == 1_000_000_000)
            #expect(after["orders"]?["TIMEOUT"] == 1)
            let kinds = after["movements"]?.arrayValue?.compactMap { $0["kind"]?.stringValue }
            #expect(kinds == ["deposit", "purchase", "refund"])
            let rest = try await sandbox.control(.get, "/books?since=2")
            #expect(rest["movements"]?.arrayValue?.count == 1)
        }
    }

    @Test("arrival can be set for all, for a product, and back")
    func arrival() async throws {
        try await SandboxHarness.run { sandbox in
            try await sandbox.control(
                .put, "/arrival", ["product": "telegram", "mode": "auto", "median_ms": 0, "chance": 1])
            let telegram = try await sandbox.buy()
            let google = try await sandbox.buy("google")
            #expect(try await sandbox.json("/user/check/\(telegram)")["sms"]?.arrayValue?.count ?? 0 > 0)
            #expect(try await sandbox.json("/user/check/\(google)")["sms"] == [])
            try await sandbox.control(.delete, "/arrival")
            let second = try await sandbox.buy()
            #expect(try await sandbox.json("/user/check/\(second)")["sms"] == [])
            await #expect(throws: SandboxHarness.Refused.self) {
                try await sandbox.control(.put, "/arrival", ["mode": "sometimes"])
            }
        }
    }

    @Test("stock, prices and rates are what a script says, until it is taken back")
    func market() async throws {
        try await SandboxHarness.run { sandbox in
            let scope: [JSON.Member] = [.init("country", "england"), .init("product", "telegram")]
            try await sandbox.control(.put, "/stock", .object(scope + [.init("count", 1)]))
            try await sandbox.control(
                .put, "/prices",
                .object(scope + [.init("price", 0.1234), .init("fill_price", 0.25), .init("rate", 12.5)]))
            let pools = try #require(
                try await sandbox.json("/guest/prices?country=england&product=telegram")["england"]?["telegram"]?
                    .objectValue)
            #expect(pools.allSatisfy { $0.value["cost"] == 0.1234 && $0.value["rate"] == 12.5 })
            let pool = try #require(pools.first?.name)
            let path = "/user/buy/activation/england/\(pool)/telegram"
            #expect(try await sandbox.json(path)["price"] == 0.25)
            #expect(try await sandbox.get(path).text == "no free phones")
            try await sandbox.control(.delete, "/market")
            #expect(
                try await sandbox.json("/guest/prices?country=england&product=telegram")["england"]?["telegram"]?[
                    pool]?["cost"] != 0.1234)
        }
    }

    @Test("the journal tells every request and what became of it")
    func journal() async throws {
        try await SandboxHarness.run { sandbox in
            _ = try await sandbox.buy()
            try await sandbox.fault("check", "reset")
            await #expect(throws: HTTPClientError.self) { try await sandbox.get("/user/check/1") }
            let journal = try await sandbox.control(.get, "/requests")
            let entries = try #require(journal["requests"]?.arrayValue)
            #expect(entries.map { $0["endpoint"] } == ["buy", "check"])
            #expect(entries[1]["fault"] == "reset" && entries[1]["status"] == 0)
            #expect(entries[0]["target"] == "/5sim/v1/user/buy/activation/england/any/telegram")
            #expect(try await sandbox.control(.get, "/requests?since=1")["requests"]?.arrayValue?.count == 1)
        }
    }

    @Test("an account is opened, topped up, and keeps its orders to itself; without a key there is nothing")
    func accounts() async throws {
        try await SandboxHarness.run { sandbox in
            let id = try await sandbox.buy()
            try await sandbox.control(.post, "/accounts", ["token": "second", "balance": 2.5])
            let profile = try JSON(parsing: try await sandbox.get("/user/profile", key: "second").body)
            #expect(profile["balance"] == 2.5)
            #expect(try await sandbox.get("/user/check/\(id)", key: "second").text == "order not found")
            #expect(try await sandbox.get("/user/profile", key: "third").status == 401)
            #expect(try await sandbox.get("/user/profile", key: nil).status == 401)
        }
    }

    @Test("settings change at once, and a reset takes everything back")
    func settings() async throws {
        try await SandboxHarness.run { sandbox in
            try await sandbox.control(
                .put, "/settings", ["early_cancel_ms": 60_000, "order_error_status": 404, "lifetime_ms": 300_000])
            let id = try await sandbox.buy()
            let refusal = try await sandbox.get("/user/cancel/\(id)")
            #expect(refusal.status == 400 && refusal.text == "you need to wait time")
            #expect(try await sandbox.get("/user/finish/\(id)").status == 404)
            #expect(try await sandbox.control(.get, "/settings")["lifetime_ms"] == 300_000)
            try await sandbox.control(.post, "/orders/\(id)/status", ["status": "BANNED"])
            #expect(try await sandbox.json("/user/check/\(id)")["status"] == "BANNED")
            try await sandbox.control(.post, "/reset")
            #expect(try await sandbox.orders() == 0)
            #expect(try await sandbox.control(.get, "/settings")["early_cancel_ms"] == 0)
            #expect(try await sandbox.get("/user/check/\(id)").text == "order not found")
        }
    }

    @Test("the whole price list is one valid JSON object of all countries")
    func feed() async throws {
        try await SandboxHarness.run { sandbox in
            let feed = try await sandbox.json("/guest/prices")
            #expect(feed.objectValue?.count == Country.all.count)
        }
    }

    @Test("what operators ask of every service is answered, and the controls list themselves")
    func operations() async throws {
        try await SandboxHarness.run { sandbox in
            for path in ["/healthz", "/readyz", "/metrics", "/_control"] {
                let answer = try await sandbox.client.send(
                    ClientRequest(.get, sandbox.root + path, deadline: .seconds(60)))
                #expect(answer.status == 200, "\(path)")
            }
        }
    }
}
