import HTTPClient
import JSON
import Kit
import Providers
import Runtime
import Testing

@Suite("The adapter for SMS-Activate's protocol against the sandbox")
struct SMSActivateAdapterTests {
    private let wish = BuyRequest(country: "england", product: "telegram")

    private func kind<Value>(_ body: () async throws(ProviderError) -> Value) async -> ProviderError.Kind? {
        do throws(ProviderError) {
            _ = try await body()
            return nil
        } catch {
            return error.kind
        }
    }

    @Test("a number is bought, gets its messages and is finished", arguments: HandlerHarness.vendors)
    func story(vendor: String) async throws {
        try await HandlerHarness.run(vendor) { upstream in
            let adapter = upstream.adapter { $0.clockOffset = .seconds(3 * 3600) }
            let before = try await adapter.balance().available
            let order = try await adapter.buy(wish)
            #expect(order.phone?.text.hasPrefix("+44") == true && order.status == .received)
            #expect(order.product == "telegram" && order.country == "england" && (order.price ?? .zero) > .zero)
            #expect(try await adapter.check(order.ref).messages.isEmpty)
            try await upstream.sms(order.ref, "Telegram code 48213")
            let first = try await adapter.check(order.ref)
            #expect(first.messages.map(\.code) == ["48213"] && first.messages.map(\.text) == ["Telegram code 48213"])
            #expect(first.messages.allSatisfy { $0.receivedAt != nil && $0.id != nil })
            #expect(try await adapter.check(order.ref).messages == first.messages)
            let again = try await adapter.another(
                AnotherRequest(ref: order.ref, product: "telegram", phone: try #require(order.phone)))
            #expect(again.ref == order.ref)
            try await upstream.sms(order.ref, "Telegram code 48214")
            let codes = try await adapter.check(order.ref).messages.map(\.code)
            #expect(codes == (vendor == "hero" ? ["48213", "48214"] : ["48214"]))
            #expect(try await adapter.finish(order.ref).status == .finished)
            #expect(try await adapter.check(order.ref).status == .finished)
            let after = try await adapter.balance().available
            #expect(before - after == order.price)
        }
    }

    @Test("without the newer calls the older ones serve")
    func older() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let adapter = upstream.adapter {
                $0.hasBuyV2 = false
                $0.hasStatusV2 = false
                $0.lowercasesActions = true
                $0.cancelCode = -1
            }
            let order = try await adapter.buy(wish)
            #expect(order.price == nil && order.product == "telegram")
            try await upstream.control(.post, "/orders/\(order.ref)/sms", ["text": "Code: 12:34", "code": "12:34"])
            #expect(try await adapter.check(order.ref).messages.map(\.code) == ["12:34"])
            let second = try await adapter.buy(wish)
            #expect(try await adapter.cancel(second.ref).status == .cancelled)
            // A clone that only seems to have the newer call.
            try await upstream.control(.put, "/handler", ["v2": false])
            #expect(try await upstream.adapter().check(order.ref).messages.map(\.code) == ["12:34"])
        }
    }

    @Test("a key in a header is as good as one in the query")
    func header() async throws {
        try await HandlerHarness.run("hero") { upstream in
            let adapter = upstream.adapter { $0.keyPlace = .header(name: "Authorization", prefix: "ApiKey ") }
            #expect(try await adapter.balance().available > .zero)
            let requests = try await upstream.control(.get, "/requests")["requests"]?.arrayValue ?? []
            #expect(requests.allSatisfy { $0["target"]?.stringValue?.contains("api_key") == false })
        }
    }

    @Test("a refund is told only when it is certain", arguments: HandlerHarness.vendors)
    func refunds(vendor: String) async throws {
        try await HandlerHarness.run(vendor) { upstream in
            let adapter = upstream.adapter()
            let cancelled = try await adapter.buy(wish)
            #expect(try await adapter.cancel(cancelled.ref).status == .cancelled)
            #expect(try await adapter.check(cancelled.ref).status == .cancelled)
            let lost = try await adapter.buy(wish)
            try await upstream.sms(lost.ref, "Telegram code 48213")
            let expired = try await adapter.buy(wish)
            try await upstream.control(.post, "/clock", ["advance_ms": 1_260_000])
            let told = try await adapter.check(lost.ref)
            #expect(told.status == .finished && told.messages.map(\.text) == ["Telegram code 48213"])
            #expect(try await adapter.check(expired.ref).status == .cancelled)
            // Without history nobody knows.
            let blind = upstream.adapter { $0.hasHistory = false }
            #expect(try await blind.check(lost.ref).status == .unknown("STATUS_CANCEL"))
            #expect(try await blind.check(expired.ref).status == .unknown("STATUS_CANCEL"))
        }
    }

    @Test("a cancellation that is answered although a message came is none")
    func ignoredCancel() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let adapter = upstream.adapter()
            let order = try await adapter.buy(wish)
            try await upstream.sms(order.ref, "Telegram code 48213")
            try await upstream.control(
                .post, "/faults",
                ["endpoint": "cancel", "kind": "text", "status": 200, "text": "ACCESS_CANCEL", "count": 1])
            let told = try await adapter.cancel(order.ref)
            #expect(told.status == .received && told.messages.map(\.code) == ["48213"])
            _ = try await adapter.finish(order.ref)
            try await upstream.control(
                .post, "/faults",
                ["endpoint": "cancel", "kind": "text", "status": 200, "text": "ACCESS_CANCEL", "count": 1])
            #expect(try await adapter.cancel(order.ref).status == .finished, "it is over, and paid for")
        }
    }

    @Test("refusals are understood, with words and with statuses", arguments: HandlerHarness.vendors)
    func refusals(vendor: String) async throws {
        try await HandlerHarness.run(vendor) { upstream in
            let adapter = upstream.adapter()
            try await upstream.control(.put, "/settings", ["early_cancel_ms": 120_000])
            let order = try await adapter.buy(wish)
            let early = await kind { () throws(ProviderError) in try await adapter.cancel(order.ref) }
            #expect(early == .tooEarly(retryAfter: .seconds(vendor == "hero" ? 120 : 30)))
            try await upstream.control(.put, "/settings", ["early_cancel_ms": 0])
            try await upstream.sms(order.ref, "Telegram code 48213")
            let late = await kind { () throws(ProviderError) in try await adapter.cancel(order.ref) }
            #expect(late == .orderFinished(.hasSMS), "one says so, of the other it is found out")
            let unknown = await kind { () throws(ProviderError) in try await adapter.check("1") }
            #expect(unknown == .orderFinished(.notFound))

            var cheap = wish
            cheap.ceiling = Money("0.0001")
            #expect(await kind { () throws(ProviderError) in try await adapter.buy(cheap) } == .overPrice)
            try await upstream.control(.put, "/stock", ["count": 0, "country": "germany"])
            let germany = BuyRequest(country: "germany", product: "telegram")
            #expect(await kind { () throws(ProviderError) in try await adapter.buy(germany) } == .outOfStock)
            for (fault, expected) in [
                ("not_enough_balance", ProviderError.Kind.account(.balance)), ("unauthorized", .account(.credentials)),
            ] {
                try await upstream.fault("buy", fault)
                #expect(await kind { () throws(ProviderError) in try await adapter.buy(wish) } == expected)
            }
            try await upstream.fault("buy", "rate_limit")
            let limited = await kind { () throws(ProviderError) in try await adapter.buy(wish) }
            #expect(limited == .retryLater(after: .seconds(5)))
            #expect(try await upstream.movements("purchase") == 1)
        }
    }

    @Test("what has no name with the upstream is our mistake, and nothing is sent")
    func unmapped() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let adapter = upstream.adapter()
            for odd in [
                BuyRequest(country: "samoa", product: "telegram"), BuyRequest(country: "england", product: "nosuch"),
                BuyRequest(.rental, country: "england", product: "forever"),
            ] {
                #expect(await kind { () throws(ProviderError) in try await adapter.buy(odd) } == .ourMistake)
            }
            #expect(
                await kind { () throws(ProviderError) in try await adapter.prices(country: "samoa") } == .ourMistake)
            #expect(await kind { () throws(ProviderError) in try await adapter.check("../x") } == .ourMistake)
            let requests = try await upstream.control(.get, "/requests")
            #expect(requests["last_sequence"] == 0)
        }
    }

    @Test(
        "a purchase whose answer was lost is unclear, and is found among the open ones",
        arguments: HandlerHarness.vendors)
    func ambiguity(vendor: String) async throws {
        try await HandlerHarness.run(vendor) { upstream in
            let adapter = upstream.adapter()
            let kinds = ["html502_after_execution", "reset_after_execution", "garbage", "truncated", "html200", "null"]
            for fault in kinds {
                try await upstream.fault("buy", fault)
                // Each with a breaker of its own, which is open after five.
                let told = await kind { () throws(ProviderError) in try await upstream.adapter().buy(wish) }
                #expect(told == .ambiguous, "\(fault)")
            }
            let page = try await adapter.recentOrders(.activation, limit: 2, offset: 0)
            #expect(page.orders.count == kinds.count, "open ones come whole, however few are wanted")
            #expect(
                page.orders.allSatisfy { $0.product == "telegram" && $0.country == "england" && !$0.status.isTerminal })
            #expect(page.orders.allSatisfy { $0.phone != nil && $0.price != nil })
            #expect(page.servedAt != nil)
            for fault in ["internal_error", "hang", "server_offline"] {
                let isSilent = fault == "hang"
                try await upstream.control(
                    .post, "/faults",
                    ["endpoint": "buy", "kind": .string(fault), "count": 1, "delay_ms": isSilent ? 50 : 0])
                let told = await kind { () throws(ProviderError) in try await upstream.adapter().buy(wish) }
                #expect(told == .ambiguous, "\(fault)")
            }
        }
    }

    @Test("a purchase under a name that was used is found by the name, or is unclear, and buys nothing")
    func reference() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let adapter = upstream.adapter()
            #expect(adapter.capabilities.contains(.callerReference))
            var named = wish
            named.reference = "mine-1"
            let first = try await adapter.buy(named)
            #expect(await kind { () throws(ProviderError) in try await adapter.buy(named) } == .ambiguous)
            try await upstream.control(.put, "/handler", ["tells_reference": true])
            #expect(try await adapter.buy(named).ref == first.ref)
            #expect(try await upstream.movements("purchase") == 1)
        }
    }

    @Test("the list is whole or there is none: open ones first, then history, newest first")
    func lists() async throws {
        for vendor in HandlerHarness.vendors {
            try await HandlerHarness.run(vendor) { upstream in
                let adapter = upstream.adapter()
                var refs: [String] = []
                for index in 0..<6 {
                    let ref = try await adapter.buy(wish).ref
                    refs.append(ref)
                    if index % 2 == 0 { _ = try await adapter.cancel(ref) }
                }
                let all = try await adapter.recentOrders(.activation, limit: 10, offset: 0).orders
                #expect(all.map(\.ref) == [refs[5], refs[3], refs[1], refs[4], refs[2], refs[0]])
                #expect(all.map(\.status) == [.received, .received, .received, .cancelled, .cancelled, .cancelled])
                let page = try await adapter.recentOrders(.activation, limit: 2, offset: 3).orders
                #expect(page.map(\.ref) == [refs[4], refs[2]])
                for fault in ["garbage", "null", "html200"] {
                    try await upstream.fault("orders", fault)
                    let told = await kind { () throws(ProviderError) in
                        try await upstream.adapter().recentOrders(.activation, limit: 10, offset: 0)
                    }
                    #expect(told == .down, "\(fault)")
                }
            }
        }
    }

    @Test("more than a page of open activations and of history is read")
    func pages() async throws {
        try await HandlerHarness.run("hero") { upstream in
            let adapter = upstream.adapter()
            for _ in 0..<105 { _ = try await upstream.buy() }
            for _ in 0..<3 { _ = try await adapter.cancel(try await upstream.buy()) }
            let page = try await adapter.recentOrders(.activation, limit: 200, offset: 0).orders
            #expect(page.count == 108 && Set(page.map(\.ref)).count == 108)
        }
    }

    @Test("prices are read in either nesting, as numbers or as texts, by our own names")
    func prices() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let plain = try await upstream.adapter().prices(country: "russia")
            #expect(
                plain.count > 30
                    && plain.allSatisfy { $0.country == "russia" && $0.cost > .zero && $0.operator == "any" })
            #expect(plain.contains { $0.product == "telegram" && $0.count > 0 })
            try await upstream.control(.put, "/handler", ["prices": "service", "numbers": "text"])
            let nested = try await upstream.adapter { $0.listsPricesByService = true }.prices(country: "russia")
            #expect(Set(nested) == Set(plain))
            let order = try await upstream.adapter().buy(BuyRequest(country: "russia", product: "telegram"))
            #expect(plain.contains { $0.product == "telegram" && $0.cost <= order.price ?? .zero })
        }
        try await HandlerHarness.run("hero") { upstream in
            let adapter = upstream.adapter()
            #expect(try await adapter.prices(country: "russia").isEmpty == false)
            let top = try await adapter.topCountries(service: "telegram")
            #expect(top.contains { $0.country == "russia" && $0.countryID == 222 && !$0.tiers.isEmpty })
            let extended = try await adapter.extendedPrices(service: "telegram")
            #expect(extended.count > 100 && extended.allSatisfy { ($0.cost ?? .zero) > .zero || $0.count == 0 })
            #expect(try await adapter.operators(country: "england").contains("vodafone"))
            #expect(try await adapter.countries().contains { $0.slug == "russia" && $0.word == "222" })
            #expect(try await adapter.services().contains { $0.slug == "telegram" && $0.word == "tg" })
        }
    }

    @Test("calls are told as calls")
    func calls() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let adapter = upstream.adapter()
            var voice = wish
            voice.voice = true
            let spoken = try await adapter.buy(voice)
            try await upstream.control(.post, "/orders/\(spoken.ref)/sms", [:])
            let told = try await adapter.check(spoken.ref)
            #expect(told.messages.isEmpty && told.calls.count == 1 && told.calls[0].code != nil)
            var channel = SMSActivateWish()
            channel.channel = .caller
            let flash = try await adapter.buyActivation(wish, channel)
            try await upstream.sms(flash.ref, "4821")
            let call = try #require(try await adapter.check(flash.ref).calls.first)
            #expect(call.caller.hasSuffix("4821") && call.code == "4821")
        }
    }

    @Test("another code on a finished number is a new activation, below the ceiling")
    func extra() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let adapter = upstream.adapter()
            let order = try await adapter.buy(wish)
            try await upstream.sms(order.ref, "Telegram code 48213")
            _ = try await adapter.finish(order.ref)
            var request = AnotherRequest(ref: order.ref, product: "telegram", phone: try #require(order.phone))
            request.ceiling = Money("0.0001")
            #expect(await kind { () throws(ProviderError) in try await adapter.another(request) } == .overPrice)
            request.ceiling = Money("100")
            let again = try await adapter.another(request)
            #expect(again.ref != order.ref && again.phone == order.phone)
        }
    }

    @Test("a change that is answered with nothing is done")
    func nothing() async throws {
        try await HandlerHarness.run("hero") { upstream in
            try await upstream.control(.put, "/handler", ["empty_changes": true])
            let adapter = upstream.adapter()
            #expect(try await adapter.cancel(try await adapter.buy(wish).ref).status == .cancelled)
        }
    }

    @Test("numbers are rented, read, prolonged and given back")
    func rentals() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let adapter = upstream.adapter { $0.clockOffset = .seconds(3 * 3600) }
            let rent = BuyRequest(.rental, country: "england", product: "1day")
            var cheap = rent
            cheap.ceiling = Money("0.0001")
            #expect(await kind { () throws(ProviderError) in try await adapter.buy(cheap) } == .overPrice)
            let order = try await adapter.buy(rent)
            #expect(order.ref.hasPrefix("rent:") && order.phone != nil && order.price != nil && order.expires != nil)
            let id = String(order.ref.dropFirst(5))
            #expect(try await adapter.check(order.ref).messages.isEmpty)
            for index in 0..<23 { try await upstream.sms(id, "message \(1000 + index)") }
            let messages = try await adapter.rentalMessages(order.ref)
            #expect(messages.map(\.text) == (0..<23).map { "message \(1000 + $0)" })
            #expect(Set(messages.compactMap(\.id)).count == 23)
            let longer = try await adapter.extendRental(order.ref, hours: 24, ceiling: Money("1000"))
            #expect(longer.ref == order.ref)
            #expect(try await adapter.recentOrders(.rental, limit: 5, offset: 0).orders.map(\.ref) == [order.ref])
            #expect(try await adapter.finish(order.ref).status == .finished)
            #expect(try await adapter.check(order.ref).status == .finished)
            let second = try await adapter.buy(rent)
            #expect(try await adapter.cancel(second.ref).status == .cancelled)
            #expect(try await adapter.check(second.ref).status == .cancelled)
            #expect(try await adapter.recentOrders(.rental, limit: 5, offset: 0).orders.isEmpty)
            let renewed = try await adapter.extendRental(order.ref, hours: 24)
            #expect(renewed.ref != order.ref && renewed.phone == order.phone)
        }
    }
}
