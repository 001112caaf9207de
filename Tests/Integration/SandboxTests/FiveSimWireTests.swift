import HTTPClient
import Kit
import Providers
import Runtime
import Synchronization
import TestSupport
import Testing

/// The adapter for 5SIM against answers that only a raw socket gives.
@Suite struct FiveSimWireTests {
    private let client = HTTPClient()
    private let metrics = Metrics()
    private static let order = """
        {"id":7,"phone":"+79991112233","operator":"virtual4","product":"telegram","price":12.5,"status":"RECEIVED",
        "expires":"2026-02-03T10:35:11.482113907Z","sms":[],"created_at":"2026-02-03T10:15:11.482113907Z",
        "country":"russia"}
        """
    private let wish = BuyRequest(country: "russia", product: "telegram", ceiling: Money("13"))

    private func adapter(
        _ peer: RawPeer, purchaseDeadline: Duration = .seconds(5), readDeadline: Duration = .seconds(5)
    ) -> FiveSim {
        FiveSim(
            .init(
                apiKey: "key", baseURL: peer.url + "/v1/", userAgent: "Test/1", purchaseDeadline: purchaseDeadline,
                readDeadline: readDeadline), client: client, purchases: client, metrics: metrics,
            guestBudget: RequestBudget(rate: 1000, burst: 1000))
    }

    private func failure<Value>(_ body: () async throws(ProviderError) -> Value) async -> ProviderError? {
        do throws(ProviderError) {
            _ = try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test("A purchase is one GET with key, agent, trace and ceiling, on a connection of its own")
    func request() async throws {
        let peer = try RawPeer { _, _ in .write(answer("200 OK", Self.order)) }
        defer { peer.close() }
        let adapter = adapter(peer)
        let trace = TraceContext.root()
        let order = try await TraceContext.$current.withValue(trace) { try await adapter.buy(wish) }
        #expect(order.ref == "7" && order.phone?.text == "+79991112233" && !order.isOverCeiling)
        let request = try #require(peer.requests.first)
        #expect(request.hasPrefix("GET /v1/user/buy/activation/russia/any/telegram?maxPrice=13 HTTP/1.1\r\n"))
        #expect(request.contains("\r\nAuthorization: Bearer key\r\n"))
        #expect(request.contains("\r\nUser-Agent: Test/1\r\n"))
        #expect(request.contains("\r\nAccept: application/json\r\n"))
        #expect(request.contains("\r\ntraceparent: 00-\(trace.traceID)-"))
        _ = try await adapter.buy(wish)
        #expect(peer.connections == 2)
    }

    @Test("Options of a purchase become parameters, and a ceiling goes along only with any operator")
    func parameters() async throws {
        let peer = try RawPeer { _, _ in .write(answer("200 OK", Self.order)) }
        defer { peer.close() }
        let adapter = adapter(peer)
        var wish = wish
        wish.operator = "virtual4"
        wish.isReusable = true
        wish.voice = true
        wish.forwarding = PhoneNumber("+78000000000")
        _ = try await adapter.buy(wish)
        _ = try await adapter.buy(BuyRequest(.rental, country: "russia", product: "1day"))
        _ = try await adapter.another(
            AnotherRequest(ref: "7", product: "telegram", phone: try #require(PhoneNumber("+79991112233"))))
        let lines = peer.requests.map { String($0.prefix { !$0.isNewline }) }
        #expect(
            lines == [
                "GET /v1/user/buy/activation/russia/virtual4/telegram"
                    + "?forwarding=1&number=78000000000&reuse=1&voice=1 HTTP/1.1",
                "GET /v1/user/buy/hosting/russia/any/1day HTTP/1.1",
                "GET /v1/user/reuse/telegram/79991112233 HTTP/1.1",
            ])
    }

    @Test("A sale above the ceiling is a sale, and says so")
    func ceiling() async throws {
        let peer = try RawPeer { _, _ in .write(answer("200 OK", Self.order)) }
        defer { peer.close() }
        var wish = wish
        wish.ceiling = Money("12.4999")
        let order = try await adapter(peer).buy(wish)
        #expect(order.isOverCeiling && order.price == Money("12.5"))
    }

    @Test(
        "However a purchase ends unclear, it is ambiguous and was asked once",
        arguments: [
            RawPeer.Reply.reset, .writeAndClose(""), .writeAndClose("HTTP/1.1 200 OK\r\nContent-Le"),
            .writeAndClose("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"id\":7"), .silence,
            .write(answer("502 Bad Gateway", "<html>Bad Gateway</html>")), .write(answer("500 Oops", "internal error")),
            .write(answer("200 OK", "{\"id\":7}")), .write(answer("200 OK", "{\"phone\":\"+79991112233\"}")),
            .write(answer("200 OK", "null")), .write(answer("200 OK")),
            .write(answer("200 OK", "{\"id\":7,\"phone\":\"x\"}")),
            .write(answer("302 Found", headers: "Location: /v1/user/buy\r\n")),
            .writeAndClose("not HTTP at all\r\n\r\n"),
        ])
    func ambiguous(reply: RawPeer.Reply) async throws {
        let peer = try RawPeer { _, _ in reply }
        defer { peer.close() }
        let adapter = adapter(peer, purchaseDeadline: .milliseconds(300))
        let error = await failure { () async throws(ProviderError) in try await adapter.buy(wish) }
        #expect(error?.kind == .ambiguous)
        #expect(peer.requests.count == 1)
    }

    @Test("A purchase that could not leave is no purchase")
    func unsent() async throws {
        let adapter = FiveSim(
            .init(apiKey: "key", baseURL: "http://127.0.0.1:1/v1"), client: client, purchases: client, metrics: metrics)
        let error = await failure { () async throws(ProviderError) in try await adapter.buy(wish) }
        #expect(error?.kind == .down)
        #expect(error?.transport == .couldNotConnect)
    }

    @Test("A read is asked again after a 500 and after a lost connection, once; a change never is")
    func repeats() async throws {
        let peer = try RawPeer { _, request in
            if request.contains("/user/check/2") { return .reset }
            return .write(answer("500 Oops", "internal error"))
        }
        defer { peer.close() }
        let adapter = adapter(peer)
        // The lost one first: on a connection that was used before, libcurl would repeat it once more by itself.
        for ref in ["2", "1"] {
            let error = await failure { () async throws(ProviderError) in try await adapter.check(ref) }
            #expect(error?.kind == .down)
            #expect(peer.requests.count { $0.contains("/user/check/\(ref) ") } == 2)
        }
        for change in ["finish", "cancel", "ban"] {
            // Another adapter each: five failures in a row would open the breaker.
            let adapter = self.adapter(peer)
            let error = await failure { () async throws(ProviderError) in
                switch change {
                case "finish": try await adapter.finish("3")
                case "cancel": try await adapter.cancel("3")
                default: try await adapter.ban("3")
                }
            }
            #expect(error?.kind == .ambiguous)
            #expect(peer.requests.count { $0.contains("/user/\(change)/3 ") } == 1)
        }
    }

    @Test("A bare word of success is followed by a look at the order; an answer about another order is none")
    func changes() async throws {
        let peer = try RawPeer { _, request in
            if request.contains("/cancel/7") { return .write(answer("200 OK", "\"success\"")) }
            return .write(answer("200 OK", Self.order))
        }
        defer { peer.close() }
        let adapter = adapter(peer)
        #expect(try await adapter.cancel("7").status == .received)
        #expect(peer.requests.count == 2)
        #expect(await failure { () async throws(ProviderError) in try await adapter.check("8") }?.kind == .down)
        #expect(await failure { () async throws(ProviderError) in try await adapter.ban("8") }?.kind == .ambiguous)
    }

    @Test("What cannot be a ref or a slug is refused before anything is sent", arguments: ["", "x", "1/2", "-1", "07"])
    func refs(ref: String) async throws {
        let peer = try RawPeer { _, _ in .write(answer("200 OK", Self.order)) }
        defer { peer.close() }
        let adapter = adapter(peer)
        #expect(await failure { () async throws(ProviderError) in try await adapter.check(ref) }?.kind == .ourMistake)
        let empty = BuyRequest(country: "", product: "telegram")
        #expect(await failure { () async throws(ProviderError) in try await adapter.buy(empty) }?.kind == .ourMistake)
        #expect(peer.requests.isEmpty)
        let odd = BuyRequest(country: "a/../b", product: "tele gram?x=1")
        _ = try await adapter.buy(odd)
        #expect(
            peer.requests.first?.hasPrefix("GET /v1/user/buy/activation/a%2F..%2Fb/any/tele%20gram%3Fx%3D1 ") == true)
    }

    @Test("Lists that a reconciler trusts are whole or nothing")
    func lists() async throws {
        let body = Mutex("")
        let peer = try RawPeer { _, _ in
            .write(
                answer("200 OK", body.withLock { $0 }, headers: "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"))
        }
        defer { peer.close() }
        let adapter = adapter(peer)
        body.withLock {
            $0 = "{\"Data\":[\(Self.order)],\"ProductNames\":[{\"Name\":\"telegram\"}],\"Statuses\":[],\"Total\":3}"
        }
        let page = try await adapter.recentOrders(.activation, limit: 10, offset: 20)
        #expect(page.orders.map(\.ref) == ["7"] && page.total == 3)
        #expect(page.servedAt == Timestamp("1994-11-06T08:49:37Z"))
        #expect(
            peer.requests.first?.hasPrefix(
                "GET /v1/user/orders?category=activation&limit=10&offset=20&order=id&reverse=true ") == true)
        for text in ["{\"Data\":[\(Self.order),{\"phone\":\"+79991112233\"}]}", "[]", "null", "{\"Data\":[null]}"] {
            body.withLock { $0 = text }
            let error = await failure { () async throws(ProviderError) in
                try await adapter.recentOrders(.activation, limit: 10, offset: 0)
            }
            #expect(error?.kind == .down, "\(text)")
        }
    }

    @Test("The account, the limits and the supplier's side are read in the casing that each comes in")
    func account() async throws {
        let peer = try RawPeer { _, request in
            let path = request.split(separator: " ")[1].dropFirst(3).prefix { $0 != "?" }
            let profile = """
                {"id":1,"email":"a@example.test","balance":100.5,"rating":96,"default_country":{"name":"russia"},
                "default_operator":{"name":""},"default_forwarding_number":78000000000,"frozen_balance":0}
                """
            return switch path {
            case "/user/profile", "/user/vendor": .write(answer("200 OK", profile))
            case "/user/payments", "/vendor/payments":
                .write(
                    answer(
                        "200 OK",
                        """
                        {"Data":[{"ID":42,"TypeName":"charge","ProviderName":"admin","Amount":100,"Balance":100,
                        "CreatedAt":"2026-02-03T10:15:11Z"}],"PaymentTypes":[{"Name":"charge"}],
                        "PaymentProviders":null,"PaymentStatuses":null,"Total":1}
                        """))
            case "/user/max-prices" where request.hasPrefix("GET"):
                .write(answer("200 OK", "[{\"id\":1,\"product\":\"telegram\",\"price\":15,\"created_at\":\"x\"}]"))
            case "/vendor/wallets": .write(answer("200 OK", "{\"payeer\":2117.3,\"unitpay\":97.6}"))
            default: .write(answer("200 OK", "\"success\""))
            }
        }
        defer { peer.close() }
        let adapter = adapter(peer)
        let balance = try await adapter.balance()
        #expect(balance == ProviderBalance(available: Money(micro: 100_500_000), frozen: .zero, rating: 96))
        let profile = try await adapter.vendorProfile()
        #expect(profile.defaultForwarding?.text == "+78000000000" && profile.vendor == nil)
        for page in [try await adapter.payments(), try await adapter.vendorPayments()] {
            #expect(page.payments.first?.id == "42" && page.payments.first?.amount == Money("100"))
            #expect(page.types == ["charge"] && page.providers.isEmpty && page.total == 1)
        }
        #expect(try await adapter.maxPrices().first?.price == Money("15"))
        #expect(
            try await adapter.vendorWallets() == [
                "payeer": Money(micro: 2_117_300_000), "unitpay": Money(micro: 97_600_000),
            ])
        try await adapter.setMaxPrice(product: "telegram", price: Money(micro: 15_500_000))
        try await adapter.removeMaxPrice(product: "telegram")
        try await adapter.vendorWithdraw(
            FiveSimWithdrawal(receiver: "r", method: "visa", amount: Money(micro: 1_000_000), wallet: "payeer"))
        let requests = peer.requests
        #expect(
            requests.contains {
                $0.hasPrefix("POST ") && $0.hasSuffix("{\"product_name\":\"telegram\",\"price\":15.5}")
            })
        #expect(requests.contains { $0.hasPrefix("DELETE ") && $0.hasSuffix("{\"product_name\":\"telegram\"}") })
        #expect(
            requests.contains {
                $0.hasSuffix("{\"receiver\":\"r\",\"method\":\"visa\",\"amount\":\"1\",\"fee\":\"payeer\"}")
            })
    }

    @Test("What everybody may read is asked without the key: countries, products, prices, notice")
    func guest() async throws {
        let peer = try RawPeer { _, request in
            let path = request.split(separator: " ")[1].dropFirst(3)
            return switch path {
            case "/guest/countries":
                .write(
                    answer(
                        "200 OK",
                        """
                        {"england":{"iso":{"gb":1},"prefix":{"+44":1},"text_en":"England","text_ru":"Англия",
                        "virtual4":{"activation":1},"three":{"activation":1,"hosting":1}}}
                        """))
            case "/guest/products/england/any":
                .write(answer("200 OK", "{\"1day\":{\"Category\":\"hosting\",\"Qty\":14,\"Price\":80},\"x\":{}}"))
            case "/guest/prices?country=england":
                .write(answer("200 OK", "{\"england\":{\"telegram\":{\"three\":{\"cost\":4,\"count\":3}}}}"))
            case "/guest/prices?product=telegram":
                .write(answer("200 OK", "{\"telegram\":{\"england\":{\"three\":{\"cost\":4,\"count\":3}}}}"))
            case "/guest/flash/en": .write(answer("200 OK", "{\"text\":\"hello\"}"))
            default: .write(answer("200 OK", "null"))
            }
        }
        defer { peer.close() }
        let adapter = adapter(peer)
        let country = try #require(try await adapter.countries().first)
        #expect(country.slug == "england" && country.isoCodes == ["GB"] && country.prefixes == ["+44"])
        #expect(country.operators.map(\.name) == ["virtual4", "three"])
        #expect(country.operators.map(\.sellsRentals) == [false, true])
        let products = try await adapter.products(country: "england")
        #expect(products.map(\.slug) == ["1day", "x"])
        #expect(products.map(\.kind) == [.rental, nil])
        #expect(products.map(\.quantity) == [14, nil])
        #expect(products.map(\.price) == [Money("80"), nil])
        let byCountry = try await adapter.prices(country: "england")
        #expect(try await adapter.prices(country: nil, product: "telegram") == byCountry)
        #expect(byCountry.first?.product == "telegram")
        #expect(try await adapter.prices(country: "nowhere", product: "none").isEmpty)
        #expect(try await adapter.flash() == "hello")
        #expect(!peer.requests.contains { $0.contains("Authorization") })
    }

    @Test("Five lost connections open the breaker: the next purchase is held back, not sent")
    func breaker() async throws {
        let peer = try RawPeer { _, _ in .reset }
        defer { peer.close() }
        let adapter = adapter(peer)
        for _ in 0..<5 { _ = await failure { () async throws(ProviderError) in try await adapter.cancel("7") } }
        let sent = peer.requests.count
        let error = await failure { () async throws(ProviderError) in try await adapter.buy(wish) }
        guard case .retryLater = error?.kind else {
            Issue.record("the purchase was not held back: \(String(describing: error))")
            return
        }
        #expect(peer.requests.count == sent)
    }
}
