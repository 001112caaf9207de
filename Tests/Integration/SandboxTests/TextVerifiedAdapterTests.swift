import Codes
import HTTPClient
import JSON
import Kit
import Runtime
import SandboxCore
import TestSupport
import Testing

@testable import Providers

/// Our adapter for TextVerified against the simulated one.
@Suite("Our adapter for TextVerified against the sandbox")
struct TextVerifiedAdapterTests {
    private static let wish = BuyRequest(country: "usa", product: "telegram")

    @Test("a number is bought, gets its messages, and costs what it said")
    func story() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            let before = try await adapter.balance().available
            let order = try await adapter.buy(Self.wish)
            #expect(order.phone?.text.hasPrefix("+1") == true && order.phone?.text.count == 12)
            #expect(order.status == .received && order.messages.isEmpty && order.product == "telegram")
            try await tv.text(order.ref, "Telegram code 48291")
            try await tv.text(order.ref, "Telegram code 48292", [.init("code", .null)])
            let checked = try await adapter.check(order.ref)
            #expect(checked.messages.map(\.code) == ["48291", nil] && checked.status == .finished)
            #expect(checked.messages.last?.text == "Telegram code 48292")
            #expect(checked.expires == order.expires && checked.expires != nil)
            let after = try await adapter.balance().available
            #expect(before - after == order.price)
            #expect(try await tv.requests()["auth"] == 1)
        }
    }

    @Test("a cancelled number is paid back, and a number with a message is not cancelled")
    func cancelling() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            let before = try await adapter.balance().available
            let order = try await adapter.buy(Self.wish)
            #expect(try await adapter.cancel(order.ref).status == .cancelled)
            #expect(try await adapter.balance().available == before)
            // Asked again, it is what was asked for.
            #expect(try await adapter.cancel(order.ref).status == .cancelled)
            let other = try await adapter.buy(Self.wish)
            try await tv.text(other.ref, "Telegram code 48291")
            #expect(
                await refusal { () throws(ProviderError) in try await adapter.cancel(other.ref) }
                    == .orderFinished(.hasSMS))
            #expect(
                await refusal { () throws(ProviderError) in try await adapter.cancel("lr_no") }
                    == .orderFinished(.notFound))
            try await tv.control(.put, "/settings", ["early_cancel_ms": 60_000])
            let third = try await adapter.buy(Self.wish)
            #expect(
                await refusal { () throws(ProviderError) in try await adapter.cancel(third.ref) }
                    == .tooEarly(retryAfter: .seconds(30)))
            try await tv.advance(3_600_000)
            #expect(
                await refusal { () throws(ProviderError) in try await adapter.cancel(third.ref) }
                    == .orderFinished(.expired))
        }
    }

    @Test("a reported number is open until its money is back")
    func reporting() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            try await tv.control(.put, "/behaviour", ["review_ms": 600_000])
            let order = try await adapter.buy(Self.wish)
            let reported = try await adapter.ban(order.ref)
            #expect(!reported.status.isTerminal)
            #expect(try await adapter.ban(order.ref).status == reported.status)
            try await tv.advance(600_000)
            #expect(try await adapter.check(order.ref).status == .banned)
            #expect(try await adapter.ban(order.ref).status == .banned)
        }
    }

    @Test("a number is had again by reuse, later by reactivating, and not at all when it ended badly")
    func again() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            let order = try await adapter.buy(Self.wish)
            let phone = try #require(order.phone)
            let wish = AnotherRequest(ref: order.ref, product: "telegram", phone: phone)
            #expect(
                await refusal { () throws(ProviderError) in try await adapter.another(wish) }
                    == .orderFinished(.notReusable))
            try await tv.text(order.ref, "Telegram code 48291")
            let second = try await adapter.another(wish)
            #expect(second.ref != order.ref && second.phone == order.phone && second.messages.isEmpty)
            try await tv.text(second.ref, "Telegram code 48292")
            try await tv.advance(601_000)
            let third = try await adapter.another(
                AnotherRequest(ref: second.ref, product: "telegram", phone: phone, ceiling: Money(micro: 1)))
            #expect(third.ref != second.ref && third.isOverCeiling)
            #expect(try await adapter.check(second.ref).status == .finished)
        }
    }

    @Test("refusals are understood: too dear, out of stock, no money, no such thing")
    func refusals() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            func bought(_ product: String, country: String = "usa", ceiling: Money? = nil) async -> ProviderError.Kind?
            {
                await refusal { () throws(ProviderError) in
                    try await adapter.buy(BuyRequest(country: country, product: product, ceiling: ceiling))
                }
            }
            #expect(await bought("telegram", ceiling: Money(micro: 100)) == .overPrice)
            #expect(await bought("nosuchservice") == .ourMistake)
            #expect(await bought("telegram", country: "england") == .ourMistake)
            try await tv.control(.put, "/stock", ["country": "usa", "product": "telegram", "count": 0])
            #expect(await bought("telegram") == .outOfStock)
            try await tv.control(.put, "/prices", ["country": "usa", "product": "whatsapp", "price": 900_000])
            #expect(await bought("whatsapp") == .account(.balance))
            let total = try await tv.control(.get, "/books")["orders"]?["total"]
            #expect(total == 0)
        }
    }

    @Test("a purchase that is not seen to its end is unclear, and is found in the list")
    func ambiguity() async throws {
        try await TextVerifiedHarness.run { tv in
            for (endpoint, kind) in [
                ("buy", "html502_after_execution"), ("buy", "reset_after_execution"), ("buy", "garbage"),
                ("buy", "truncated"), ("buy", "html200"), ("check", "html502"), ("check", "garbage"),
                ("check", "rate_limit"),
            ] {
                let adapter = tv.adapter()
                try await tv.fault(endpoint, kind)
                let error = await refusal { () throws(ProviderError) in try await adapter.buy(Self.wish) }
                #expect(error == .ambiguous, "\(endpoint) \(kind)")
            }
            try await tv.control(.put, "/behaviour", ["page_size": 2])
            let adapter = tv.adapter()
            let recent = try await adapter.recentOrders(.activation, limit: 20, offset: 0)
            #expect(recent.orders.count == 8 && recent.total == 8 && recent.servedAt != nil)
            #expect(recent.orders.allSatisfy { $0.product == "telegram" && $0.phone != nil && $0.createdAt != nil })
            let some = try await adapter.recentOrders(.activation, limit: 2, offset: 1)
            #expect(some.orders.map(\.ref) == recent.orders[1...2].map(\.ref) && some.total == nil)
        }
    }

    @Test("a purchase that the token was too old for is made with another, once")
    func lateToken() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            _ = try await adapter.balance()
            try await tv.advance(900_000)
            let order = try await adapter.buy(Self.wish)
            #expect(order.phone != nil)
            let requests = try await tv.requests()
            #expect(requests["auth"] == 2 && requests["buy"] == 2)
            let total = try await tv.control(.get, "/books")["orders"]?["total"]
            #expect(total == 1)
            let stranger = tv.adapter { $0.apiKey = "wrong" }
            #expect(
                await refusal { () throws(ProviderError) in try await stranger.buy(Self.wish) }
                    == .account(.credentials))
            try await tv.fault("auth", "html502")
            try await tv.fault("auth", "html502")
            let down = tv.adapter()
            #expect(await refusal { () throws(ProviderError) in try await down.buy(Self.wish) } == .down)
        }
    }

    @Test("calls are told, and their sound is fetched")
    func calls() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            var wish = Self.wish
            wish.voice = true
            let order = try await adapter.buy(wish)
            try await tv.control(
                .post, "/orders/\(order.ref)/call", ["text": "four eight two one", "caller": "18005550100"])
            let checked = try await adapter.check(order.ref)
            let call = try #require(checked.calls.first)
            #expect(call.caller == "18005550100" && call.text == nil && checked.messages.isEmpty)
            let recording = try await adapter.recording(of: call)
            #expect(recording.type == "audio/wav" && recording.bytes.starts(with: "RIFF".utf8))
            let small = tv.adapter { $0.maximumRecording = 100 }
            #expect(await refusal { () throws(ProviderError) in try await small.recording(of: call) } == .down)
            var silent = call
            silent.recording = nil
            #expect(
                await refusal { () throws(ProviderError) in try await adapter.recording(of: silent) }
                    == .tooEarly(retryAfter: .seconds(5)))
        }
    }

    @Test("a call that comes by itself says its code, to whoever listens")
    func heard() async throws {
        try await TextVerifiedHarness.run { tv in
            try await tv.control(.put, "/arrival", ["mode": "auto", "median_ms": 1_000, "chance": 1, "second": 0])
            let adapter = tv.adapter()
            var wish = Self.wish
            wish.voice = true
            let order = try await adapter.buy(wish)
            try await tv.advance(600_000)
            let call = try #require(try await adapter.check(order.ref).calls.first)
            let sound = try await tv.send(.get, try #require(call.recording))
            let said = spoken(in: try #require(sound.header("X-Sandbox-Transcript")))
            let code = try #require(CodeExtractor.code(in: said, voice: true))
            #expect(code.utf8.count == 5 && code.utf8.allSatisfy { (0x30...0x39).contains($0) }, "\(said)")
            let told = try await tv.control(.get, "/orders/\(order.ref)")["sms"]?[0]
            #expect(told?["code"]?.stringValue == code)
        }
    }

    @Test("a purchase whose link leads to no order, or to another one, is not believed")
    func wrongLink() async throws {
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            try await tv.fault("buy", "wrong_id")
            #expect(await refusal { () throws(ProviderError) in try await adapter.buy(Self.wish) } == .ambiguous)
            #expect(try await adapter.recentOrders(.activation, limit: 5, offset: 0).orders.count == 1)
        }
    }

    @Test("neither a link nor a recording at another host gets the token")
    func leaks() async throws {
        let peer = try RawPeer { _, request in
            request.hasPrefix("GET /moved")
                ? .write("HTTP/1.1 302 Found\r\nLocation: /sound\r\nContent-Length: 0\r\n\r\n")
                : .write("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 3\r\n\r\nabc")
        }
        defer { peer.close() }
        try await TextVerifiedHarness.run { tv in
            let adapter = tv.adapter()
            _ = try await adapter.balance()
            let recording = try await adapter.recording(of: ProviderCall(caller: "", recording: peer.url + "/moved"))
            #expect(recording == ProviderRecording(type: "audio/mpeg", bytes: Array("abc".utf8)))
        }
        #expect(peer.requests.count == 2)
        #expect(peer.requests.allSatisfy { !$0.lowercased().contains("authorization") })
    }

    @Test("prices are asked for one by one, in our own names, and only of what is sold")
    func prices() async throws {
        try await TextVerifiedHarness.run { tv in
            // Fewer at once than there are services: the list is told to wait, and waits.
            let adapter = tv.adapter(budget: RequestBudget(rate: 500, burst: 5))
            try await tv.control(.put, "/stock", ["country": "usa", "product": "whatsapp", "count": 0])
            try await tv.control(.put, "/prices", ["country": "usa", "product": "vkontakte", "price": 0.5])
            let offers = try await adapter.prices(country: "usa")
            #expect(offers.count > 60 && offers.allSatisfy { $0.country == "usa" && $0.count > 0 && $0.cost > .zero })
            #expect(offers.first { $0.product == "vkontakte" }?.cost == Money("0.5"))
            #expect(!offers.contains { $0.product == "whatsapp" })
            try await tv.control(
                .put, "/stock", ["country": "usa", "product": "telegram", "operator": "att", "count": 7])
            let other = tv.adapter()
            let stock = try await other.stock(service: "telegram")
            #expect(stock >= 7 && offers.contains { $0.product == "telegram" && $0.count > 1 })
            #expect(
                await refusal { () throws(ProviderError) in try await other.stock(service: "nosuchservice") }
                    == .ourMistake)
            let plain = try await tv.adapter { $0.countsStock = false }.prices(country: "usa")
            #expect(plain.map(\.product) == offers.map(\.product) && plain.allSatisfy { $0.count == 1 })
            #expect(plain.map(\.cost) == offers.map(\.cost))
            #expect(try await other.prices(country: "england").isEmpty)
            #expect(try await other.areaCodes().count == 6)
        }
    }

    @Test("the table of names holes nothing that is wanted, and names only what the platform has")
    func names() {
        let wanted = Product.all.filter { $0.category == .activation }
        for product in wanted.prefix(20) {
            #expect(TextVerifiedServices.name(of: product.slug) != nil, "\(product.slug)")
        }
        let known = Set(wanted.map(\.slug))
        for pair in TextVerifiedServices.pairs { #expect(known.contains(pair.slug), "\(pair.slug)") }
    }
}
