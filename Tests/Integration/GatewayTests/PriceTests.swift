import Contracts
import Database
import HTTPClient
import HTTPServer
import JSON
import Kit
import Redis
import Runtime
import TestSupport
import Testing

@testable import GatewayApp

extension TestGateway {
    /// Puts what is sold of one service in a country into the read model, as the projection would.
    func sell(
        _ service: String = "telegram", in country: String = "england", at price: Int64, floor: Int64 = 400_000,
        providers: [(String, Int64)] = [("5sim", 200_000)]
    ) async throws {
        var offer = ServiceOffer()
        offer.service = service
        offer.tier = "high_demand"
        offer.price = Money(micro: price)
        offer.voicePremium = Money(micro: 300_000)
        offer.count = 10
        offer.floor = Money(micro: floor)
        offer.providers = providers.map { name, cost in
            var share = ProviderShare()
            share.provider = name
            share.cost = Money(micro: cost)
            share.price = Money(micro: cost * 3)
            share.count = 10
            return share
        }
        var change = OffersChanged()
        change.country = country
        change.fetchedAt = .now
        change.services = [offer]
        let told = change
        struct Moved: Row {
            let country: String
            let at: Timestamp
            init(_ columns: inout Columns) throws(DatabaseError) {
                country = try columns.next()
                at = try columns.next()
            }
        }
        let moved = try await database.transaction { transaction in
            let moved = try await transaction.rows(Moved.self, PriceTables.changed([country]))
            try await transaction.pipeline(PriceTables.offers(told))
            return moved
        }
        await offers.invalidate(Dictionary(uniqueKeysWithValues: moved.map { ($0.country, $0.at) }))
    }

    /// An account with credit: its id and its key.
    func customer(_ name: String) async throws -> (id: ID, key: String) {
        let made = try await json(
            .post, "/admin/users", ["name": .string(name), "role": "user", "kind": "publisher", "api_key": true])
        let id = try #require(made.json["id"]?.stringValue.flatMap { ID($0) })
        try await database.execute(
            "INSERT INTO balances (account_id, available, held, version) VALUES (\(id), 100000000, 0, 1)")
        return (id, try #require(made.json["api_key"]?["key"]?.stringValue))
    }

    struct Answer: Sendable {
        let status: Int
        let json: JSON
        let replayed: Bool
        var code: String? { json["error_code"]?.stringValue }
        /// An amount of money in it.
        func amount(_ name: String) -> String? { json[name]?["amount"]?.stringValue }
    }

    func json(
        _ method: ClientRequest.Method, _ target: String, _ body: JSON? = nil, key: String = TestAccounts.adminKey,
        idempotency: String? = nil
    ) async throws -> Answer {
        var headers: [(name: String, value: String)] = [("X-API-Key", key)]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        if let idempotency { headers.append(("Idempotency-Key", idempotency)) }
        let response = try await client.send(
            ClientRequest(method, url + target, headers: headers, body: body?.bytes, deadline: .seconds(60)))
        return Answer(
            status: response.status, json: response.body.isEmpty ? .null : try JSON(parsing: response.body),
            replayed: response.header("Idempotent-Replayed") != nil)
    }

    /// How often prices were looked up at a level.
    func reads(_ level: String) -> Int {
        metrics.counter("gateway_price_reads_total", "", [("level", level)]).value
    }
}

@Suite("Prices and quotes", .enabled(if: TestEnvironment.databaseURL != nil))
struct PriceTests {
    private static let goods: JSON = ["service": "telegram", "country": "GB"]
    private static func order(_ quote: String?) -> JSON {
        ["service": "telegram", "country": "england", "quote_id": quote.map(JSON.string) ?? .null]
    }

    @Test("a price that jumps between quote and order never charges more than the quote, nor is it refused for it")
    func jump() async throws {
        try await TestGateway.with { gateway in
            try await gateway.sell(at: 750_000)
            let customer = try await gateway.customer("Ann")
            let quote = try await gateway.json(.post, "/quotes", Self.goods, key: customer.key)
            #expect(quote.status == 201 && quote.amount("price") == "0.7500", "\(quote.json.text)")
            let made = try #require(quote.json["created_at"]?.stringValue.flatMap { Timestamp($0) })
            let ends = try #require(quote.json["expires_at"]?.stringValue.flatMap { Timestamp($0) })
            #expect(ends - made == .seconds(300))

            try await gateway.sell(at: 9_000_000, floor: 8_000_000)
            let id = try #require(quote.json["quote_id"]?.stringValue)
            let order = try await gateway.json(.post, "/verify/create", Self.order(id), key: customer.key)
            #expect(order.status == 202 && order.amount("price") == "0.7500", "\(order.json.text)")
            let unquoted = try await gateway.json(.post, "/verify/create", Self.order(nil), key: customer.key)
            #expect(unquoted.amount("price") == "9.0000")

            // The provider may take all of it, so that the promise is kept without selling below cost.
            let bodies = try await gateway.database.values(
                [UInt8].self, "SELECT body FROM outbox WHERE type = \(VerificationRequest.type) ORDER BY id")
            let requests = try bodies.map { try VerificationRequest(json: $0) }
            #expect(Set(requests.map(\.ceiling)) == [Money(micro: 750_000), nil])
            #expect(requests.allSatisfy { $0.ceiling == nil || $0.ceiling == $0.price })
            #expect(
                try await gateway.database.value(
                    Int64.self, "SELECT count(*) FROM verifications WHERE ceiling = 750000 AND price = 750000") == 1)
        }
    }

    @Test("a quote is its account's own, for its goods, for one order and for five minutes")
    func quoteRules() async throws {
        try await TestGateway.with { gateway in
            try await gateway.sell(at: 750_000)
            let (ann, bob) = (try await gateway.customer("Ann"), try await gateway.customer("Bob"))
            func quote(_ goods: JSON = Self.goods) async throws -> String {
                let made = try await gateway.json(.post, "/quotes", goods, key: ann.key)
                return try #require(made.json["quote_id"]?.stringValue, "\(made.json.text)")
            }
            let first = try await quote()
            let stranger = try await gateway.json(.post, "/verify/create", Self.order(first), key: bob.key)
            #expect(stranger.status == 400 && stranger.json["details"]?["fields"]?[0]?["field"] == "quote_id")
            let unknown = try await gateway.json(
                .post, "/verify/create", Self.order(ID.new().description), key: ann.key)
            #expect(unknown.status == 400 && unknown.json["message"] == stranger.json["message"])
            let voice = try await quote(["service": "telegram", "country": "england", "capability": "voice"])
            let other = try await gateway.json(.post, "/verify/create", Self.order(voice), key: ann.key)
            #expect(other.status == 400 && other.json["message"]?.stringValue?.contains("by voice") == true)

            #expect(try await gateway.json(.post, "/verify/create", Self.order(first), key: ann.key).status == 202)
            let again = try await gateway.json(.post, "/verify/create", Self.order(first), key: ann.key)
            #expect(again.status == 409 && again.code == "CONFLICT")

            let old = try await quote()
            try await gateway.database.execute("UPDATE quotes SET expires_at = now() WHERE used_by IS NULL")
            let late = try await gateway.json(.post, "/verify/create", Self.order(old), key: ann.key)
            #expect(late.status == 409 && late.code == "PRICE_CHANGED")
            #expect(try await gateway.database.value(Int64.self, "SELECT count(*) FROM verifications") == 1)
            let nothing = try await gateway.json(
                .post, "/quotes", ["service": "nosuchthing", "country": "GB"], key: ann.key)
            #expect(nothing.code == "NO_OFFER")
        }
    }

    @Test("of many orders at once with one quote, one has it; a repeat under its key is the same order")
    func once() async throws {
        try await TestGateway.with { gateway in
            try await gateway.sell(at: 750_000)
            let ann = try await gateway.customer("Ann")
            let made = try await gateway.json(.post, "/quotes", Self.goods, key: ann.key, idempotency: "q1")
            let repeated = try await gateway.json(.post, "/quotes", Self.goods, key: ann.key, idempotency: "q1")
            #expect(repeated.json == made.json && repeated.replayed && !made.replayed)
            let id = try #require(made.json["quote_id"]?.stringValue)
            let answers = try await withThrowingTaskGroup(of: TestGateway.Answer.self) { group in
                for number in 0..<24 {
                    group.addTask {
                        try await gateway.json(
                            .post, "/verify/create", Self.order(id), key: ann.key,
                            idempotency: number % 2 == 0 ? "order \(number / 4)" : nil)
                    }
                }
                return try await group.reduce(into: [TestGateway.Answer]()) { $0.append($1) }
            }
            #expect(answers.filter { $0.status == 202 && !$0.replayed }.count == 1)
            #expect(answers.allSatisfy { $0.status == 202 || $0.status == 409 })
            #expect(try await gateway.database.value(Int64.self, "SELECT count(*) FROM verifications") == 1)
            // What was refused has left no answer behind under its key.
            #expect(
                try await gateway.database.value(
                    Int64.self,
                    "SELECT count(*) FROM idempotency i WHERE key LIKE 'order%' AND NOT EXISTS (SELECT FROM verifications v WHERE v.id = i.resource)"
                )
                    == 0)
        }
    }

    @Test("in the steady state a look at a price leaves the process neither for the database nor for Redis")
    func steady() async throws {
        try await TestGateway.with { gateway in
            try await gateway.sell(at: 750_000)
            let ann = try await gateway.customer("Ann")
            func look() async throws {
                for path in [
                    "/services/available?country=england", "/api/pricing/current?country=GB&service=telegram",
                    "/services",
                ] {
                    #expect(try await gateway.json(.get, path, key: ann.key).status == 200)
                }
                #expect(try await gateway.json(.post, "/quotes", Self.goods, key: ann.key).status == 201)
            }
            try await look()
            let before = (gateway.reads("database"), gateway.reads("redis"), gateway.reads("process"))
            for _ in 0..<50 { try await look() }
            try await gateway.offers.check()
            for _ in 0..<50 { try await look() }
            #expect(gateway.reads("database") == before.0 && gateway.reads("redis") == before.1)
            #expect(gateway.reads("process") == before.2 + 400)
            // And none is older than the last change.
            try await gateway.sell(at: 800_000)
            let quote = try await gateway.json(.post, "/quotes", Self.goods, key: ann.key)
            #expect(quote.amount("price") == "0.8000" && gateway.reads("database") == before.0 + 1)
        }
    }

    @Test(
        "a gateway that nobody told of a change finds it by looking, and Redis keeps nothing old",
        .enabled(if: TestEnvironment.redisURL != nil))
    func levels() async throws {
        let address = try #require(TestEnvironment.redisURL)
        try await TestGateway.with { gateway in
            let redis = try Redis(url: address, log: .silent)
            let country = "testland-\(ID.new())"
            defer { redis.shutdown() }
            let (one, two) = (Metrics(), Metrics())
            let first = OfferCache(gateway.database, redis: redis, metrics: one)
            let second = OfferCache(gateway.database, redis: redis, metrics: two)
            func reads(_ metrics: Metrics, _ level: String) -> Int {
                metrics.counter("gateway_price_reads_total", "", [("level", level)]).value
            }
            func price(_ cache: OfferCache) async throws -> Int64? {
                try await cache.offers(in: country)["telegram"]?.price.micro
            }
            try await gateway.sell(in: country, at: 750_000)
            #expect(try await price(first) == 750_000)
            #expect(try await price(second) == 750_000)
            #expect(reads(one, "database") == 1 && reads(two, "database") == 0 && reads(two, "redis") == 1)

            // The harness's own cache has no Redis, so that neither level is told of this.
            try await gateway.sell(in: country, at: 900_000)
            #expect(try await price(first) == 750_000)
            try await first.check()
            #expect(try await price(first) == 900_000)
            try await second.check()
            #expect(try await price(second) == 900_000)
            #expect(reads(one, "database") == 2 && reads(two, "database") == 0)
            _ = try await redis.delete(["namaskah:offers:\(country)"])
        }
    }

    @Test("history, alerts and prices by hand are for whom they are meant")
    func administration() async throws {
        try await TestGateway.with { gateway in
            try await gateway.sell(at: 750_000)
            let ann = try await gateway.customer("Ann")
            var batch = PricesChanged()
            batch.provider = "5sim"
            batch.country = "england"
            batch.at = .now
            for (version, cost, price) in [(1, 100_000, 750_000), (2, 200_000, 750_000), (3, 300_000, 900_000)] {
                var move = PriceMove()
                move.service = "telegram"
                move.oldCost = version == 1 ? nil : Money(micro: Int64(cost - 100_000))
                move.cost = Money(micro: Int64(cost))
                move.oldPrice = version == 1 ? nil : Money(micro: 750_000)
                move.price = Money(micro: Int64(price))
                move.changePercent = version == 1 ? nil : 50
                batch.version = version
                batch.changes = [move]
                try await gateway.database.execute(PriceTables.moves(batch))
                try await gateway.database.execute(PriceTables.moves(batch))
            }
            let own = try await gateway.json(.get, "/api/pricing/history?service=telegram", key: ann.key)
            #expect(own.json["data"]?.arrayValue?.count == 2, "\(own.json.text)")
            #expect(own.json["data"]?[0]?["change_percent"]?.doubleValue == 20)
            #expect(!own.json.text.contains("cost"))
            let all = try await gateway.json(.get, "/api/pricing/history?service=telegram&limit=2")
            #expect(all.json["data"]?.arrayValue?.count == 2 && all.json["data"]?[0]?["cost"] != nil)
            let cursor = try #require(all.json["next_cursor"]?.stringValue)
            let rest = try await gateway.json(.get, "/api/pricing/history?service=telegram&limit=2&cursor=\(cursor)")
            #expect(rest.json["data"]?.arrayValue?.count == 1 && rest.json["next_cursor"] == .null)

            let current = try await gateway.json(.get, "/api/pricing/current?country=england", key: ann.key)
            #expect(current.json["data"]?[0]?["providers"]?[0]?["provider"] == "5sim")
            #expect(!current.json.text.contains("cost"))
            let everywhere = try await gateway.json(.get, "/api/pricing/current?limit=1")
            #expect(everywhere.status == 200 && everywhere.json["next_cursor"] != .null)

            var alert = PriceAlert()
            alert.id = .new()
            alert.provider = "5sim"
            alert.country = "england"
            alert.service = "telegram"
            alert.cost = Money(micro: 300_000)
            alert.at = .now
            try await gateway.database.execute(PriceTables.alerts([alert, alert]))
            #expect(try await gateway.json(.get, "/api/pricing/alerts", key: ann.key).status == 403)
            #expect(
                try await gateway.json(.get, "/api/pricing/alerts?unread=true").json["data"]?.arrayValue?.count == 1)
            let read = try await gateway.json(.post, "/api/pricing/alerts/\(alert.id)/read")
            #expect(read.status == 200 && read.json["is_read"] == true)
            #expect(try await gateway.json(.get, "/api/pricing/alerts?unread=true").json["data"] == [])
            #expect(try await gateway.json(.post, "/api/pricing/alerts/\(ID.new())/read").status == 404)

            let wish: JSON = [
                "action": "price", "service": "telegram", "country": "GB",
                "price": ["amount": "0.9900", "currency": "USD"],
            ]
            #expect(try await gateway.json(.post, "/api/pricing/update", wish, key: ann.key).status == 403)
            let taken = try await gateway.json(.post, "/api/pricing/update", wish, idempotency: "once")
            let again = try await gateway.json(.post, "/api/pricing/update", wish, idempotency: "once")
            #expect(taken.status == 202 && again.json == taken.json && again.replayed)
            #expect(
                try await gateway.json(.post, "/api/pricing/update", ["action": "sync", "provider": "nobody"]).status
                    == 400)
            let sent = try await gateway.database.values(
                [UInt8].self, "SELECT body FROM outbox WHERE type = \(PricingUpdate.type) ORDER BY id")
            let updates = try sent.map { try PricingUpdate(json: $0) }
            #expect(updates.map(\.action) == [Open(.read), Open(.price)])
            #expect(updates.last?.country == "england" && updates.last?.price == Money(micro: 990_000))
        }
    }

    @Test("what was spent and saved adds up, each account's for itself")
    func costs() async throws {
        try await TestGateway.with { gateway in
            try await gateway.sell(at: 750_000)
            try await gateway.sell(in: "poland", at: 500_000)
            let (ann, bob) = (try await gateway.customer("Ann"), try await gateway.customer("Bob"))
            var batch = PricesChanged()
            batch.provider = "5sim"
            batch.country = "england"
            batch.version = 1
            batch.at = .now - .seconds(7200)
            var move = PriceMove()
            move.service = "telegram"
            move.cost = Money(micro: 300_000)
            move.price = Money(micro: 900_000)
            batch.changes = [move]
            try await gateway.database.execute(PriceTables.moves(batch))
            for (account, count) in [(ann.id, 4), (bob.id, 1)] {
                for number in 0..<count {
                    let status = number == 3 ? "failed" : "completed"
                    let country = number == 2 ? "poland" : "england"
                    try await gateway.database.execute(
                        """
                        INSERT INTO verifications (id, account_id, version, status, service, country, capability, operator,
                            provider, price, can_cancel, can_report, can_request_another, created_at, updated_at)
                        VALUES (\(ID.new()), \(account), 3, \(status), 'telegram', \(country), 'sms', 'vodafone',
                            '5sim', 750000, false, false, false, now() - interval '1 hour', now())
                        """)
                }
            }
            let analysis = try await gateway.json(.get, "/api/cost/analysis", key: ann.key)
            #expect(analysis.json["orders"] == 4 && analysis.json["completed"] == 3)
            #expect(analysis.amount("spent") == "2.2500" && analysis.amount("mean_price") == "0.7500")
            #expect(analysis.json["success_rate"]?.doubleValue == 0.75)
            #expect(analysis.json["by_country"]?[0]?["name"] == "england")
            let savings = try await gateway.json(.get, "/api/cost/savings", key: ann.key)
            #expect(savings.json["compared"] == 2 && savings.json["not_compared"] == 1)
            #expect(savings.amount("paid") == "1.5000" && savings.amount("would_have_cost") == "1.8000")
            #expect(savings.amount("saved") == "0.3000" && savings.json["default_provider"] == "5sim")
            #expect(try await gateway.json(.get, "/api/cost/savings?scope=all", key: ann.key).status == 403)
            let all = try await gateway.json(.get, "/api/cost/savings?scope=all")
            #expect(all.json["compared"] == 3)
            let advice = try await gateway.json(.get, "/api/cost/recommendations", key: ann.key)
            #expect(advice.json["data"]?[0]?["kind"] == "region", "\(advice.json.text)")
            _ = try await gateway.json(.get, "/api/cost/recommendations", key: ann.key)
            #expect(
                try await gateway.database.value(Int64.self, "SELECT count(*) FROM cost_optimization_logs") == 1)
        }
    }
}
