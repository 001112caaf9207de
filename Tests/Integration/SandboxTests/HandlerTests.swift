import HTTPClient
import JSON
import Kit
import Providers
import Testing

/// The simulated upstreams of the SMS-Activate protocol, over HTTP: what is known of the real ones, one test for each.
@Suite("SMS-Activate's protocol, as the sandbox speaks it")
struct HandlerTests {
    @Test("a wrong key, none, and an action that is not known are refused in the words of each dialect")
    func keys() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let wrong = try await upstream.ask("getBalance", key: "nonsense")
            #expect(wrong.status == 200 && wrong.text == "BAD_KEY")
            #expect(try await upstream.ask("getBalance", key: "").text == "NO_KEY")
            #expect(try await upstream.text("noSuchThing") == "BAD_ACTION")
            #expect(try await upstream.text("getBalance").hasPrefix("ACCESS_BALANCE:1000.00"))
        }
        try await HandlerHarness.run("hero") { upstream in
            let wrong = try await upstream.ask("getBalance", key: "nonsense")
            #expect(wrong.status == 401)
            #expect(try JSON(parsing: wrong.body)["title"] == "BAD_KEY")
            let unknown = try await upstream.ask("noSuchThing")
            #expect(unknown.status == 404)
            #expect(try JSON(parsing: unknown.body)["title"] == "BAD_ACTION")
            let header = try await upstream.sandbox.client.send(
                ClientRequest(
                    .get, upstream.url + "?action=getBalance", headers: [("Authorization", "ApiKey \(upstream.key)")],
                    deadline: .seconds(60)))
            #expect(header.text.hasPrefix("ACCESS_BALANCE:"))
        }
    }

    @Test("everything is called HTML, JSON too, where the switch says so, as it does of the heir")
    func contentType() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let honest = try await upstream.ask("getPrices", [("country", "16")])
            #expect(honest.header("Content-Type") == "application/json")
            try await upstream.control(.put, "/handler", ["types": "html"])
            let html = try await upstream.ask("getPrices", [("country", "16")])
            #expect(html.header("Content-Type")?.hasPrefix("text/html") == true && html.body == honest.body)
        }
        try await HandlerHarness.run("hero") { upstream in
            for action in ["getBalance", "getPrices", "getCountries"] {
                let answer = try await upstream.ask(action, [("country", "16")])
                #expect(answer.status == 200 && answer.header("Content-Type")?.hasPrefix("text/html") == true)
            }
        }
    }

    @Test("parameters may come in a form, and clones are asked in lower case")
    func form() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let answer = try await upstream.sandbox.client.send(
                ClientRequest(
                    .post, upstream.url, headers: [("Content-Type", "application/x-www-form-urlencoded")],
                    body: Array("api_key=\(upstream.key)&action=getbalance".utf8), deadline: .seconds(60)))
            #expect(answer.text.hasPrefix("ACCESS_BALANCE:"))
        }
    }

    @Test("refusals are words, or JSON with a status, as the switch says")
    func switching() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            try await upstream.control(.put, "/handler", ["errors": "json"])
            let answer = try await upstream.ask("getNumber", [("service", "nosuch")])
            #expect(answer.status == 400)
            #expect(try JSON(parsing: answer.body)["title"] == "BAD_SERVICE")
            try await upstream.control(.put, "/handler", ["errors": "text"])
            #expect(try await upstream.text("getNumber", [("service", "nosuch")]) == "BAD_SERVICE")
            try await upstream.control(.put, "/handler", ["errors": "json"])
            try await upstream.control(.post, "/reset")
            #expect(try await upstream.control(.get, "/handler")["errors"] == "text")
        }
    }

    @Test("a number is bought, its code read, another asked for and read, and the activation finished")
    func story() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let id = try await upstream.buy()
            #expect(try await upstream.text("getStatus", [("id", id)]) == "STATUS_WAIT_CODE")
            #expect(try await upstream.text("setStatus", [("id", id), ("status", "1")]) == "ACCESS_READY")
            try await upstream.sms(id, "Your code is 48213")
            #expect(try await upstream.text("getStatus", [("id", id)]) == "STATUS_OK:48213")
            #expect(try await upstream.text("setStatus", [("id", id), ("status", "8")]) == "BAD_STATUS")
            #expect(try await upstream.text("setStatus", [("id", id), ("status", "3")]) == "ACCESS_RETRY_GET")
            #expect(try await upstream.text("getStatus", [("id", id)]) == "STATUS_WAIT_RETRY:48213")
            try await upstream.sms(id, "Your code is 48214")
            #expect(try await upstream.text("getStatus", [("id", id)]) == "STATUS_OK:48214")
            #expect(try await upstream.text("setStatus", [("id", id), ("status", "6")]) == "ACCESS_ACTIVATION")
            #expect(try await upstream.text("getStatus", [("id", id)]) == "STATUS_CANCEL")
            #expect(try await upstream.movements("charge") == 1)
        }
    }

    @Test("a cancellation within the first two minutes is refused, later it gives the money back")
    func earlyCancel() async throws {
        for vendor in HandlerHarness.vendors {
            try await HandlerHarness.run(vendor) { upstream in
                try await upstream.control(.put, "/settings", ["early_cancel_ms": 120_000])
                let id = try await upstream.buy()
                let early = try await upstream.ask("setStatus", [("id", id), ("status", "8")])
                if vendor == "hero" {
                    #expect(early.status == 409)
                    let json = try JSON(parsing: early.body)
                    #expect(json["title"] == "EARLY_CANCEL_DENIED" && json["info"]?["minActivationTime"] == 120)
                } else {
                    #expect(early.status == 200 && early.text == "EARLY_CANCEL_DENIED")
                }
                try await upstream.control(.post, "/clock", ["advance_ms": 121_000])
                #expect(try await upstream.text("setStatus", [("id", id), ("status", "8")]) == "ACCESS_CANCEL")
                #expect(try await upstream.movements("refund") == 1)
            }
        }
    }

    @Test("finished, cancelled and left alone are one word, and only history tells them apart")
    func ambiguity() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let finished = try await upstream.buy()
            try await upstream.sms(finished, "code 48213")
            _ = try await upstream.text("setStatus", [("id", finished), ("status", "6")])
            let cancelled = try await upstream.buy()
            _ = try await upstream.text("setStatus", [("id", cancelled), ("status", "8")])
            let expired = try await upstream.buy()
            try await upstream.control(.post, "/clock", ["advance_ms": 1_260_000])
            for id in [finished, cancelled, expired] {
                #expect(try await upstream.text("getStatus", [("id", id)]) == "STATUS_CANCEL")
                #expect(try await upstream.text("getStatusV2", [("id", id)]) == "STATUS_CANCEL")
            }
            let history = try await upstream.json("getHistory", [("end", "1900000000"), ("start", "1899000000")])
            #expect(history == [])
            let rows = try await upstream.json("getHistory").arrayValue ?? []
            #expect(rows.count == 3)
            #expect(rows.map { ($0["cost"]?.doubleValue ?? -1) > 0 } == [false, false, true])
            #expect(rows.last?["sms"] == "[\"code 48213\"]")
        }
    }

    @Test("an empty stock is the bare word with 200, in a call whose answer is JSON, in both dialects")
    func noNumbers() async throws {
        for vendor in HandlerHarness.vendors {
            try await HandlerHarness.run(vendor) { upstream in
                try await upstream.control(.put, "/stock", ["count": 0])
                let answer = try await upstream.ask("getNumberV2", [("service", "tg"), ("country", "16")])
                #expect(answer.status == 200 && answer.text == "NO_NUMBERS")
            }
        }
    }

    @Test("price lists nest either way, with numbers or texts, and are empty objects where nothing is sold")
    func prices() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let scope: [(name: String, value: String?)] = [("service", "tg"), ("country", "16")]
            let byCountry = try await upstream.json("getPrices", scope)
            #expect(byCountry["16"]?["tg"]?["cost"]?.doubleValue != nil)
            try await upstream.control(.put, "/handler", ["prices": "service", "numbers": "text"])
            let byService = try await upstream.json("getPrices", scope)
            #expect(byService["tg"]?["16"]?["cost"]?.stringValue != nil)
            #expect(byService["tg"]?["16"]?["count"]?.stringValue != nil)
            let bad = try await upstream.json("getPrices", [("country", "99999")])
            #expect(bad == ["status": "false", "msg": "country is incorrect"])
            let sale = try await upstream.json("getNumberV2", scope)
            #expect(sale["activationId"]?.stringValue != nil && sale["activationCost"]?.stringValue != nil)
            #expect(sale["canGetAnotherSms"] == "1")
        }
    }

    @Test("open activations are a list, or an object around rows, and an error when there are none")
    func active() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            #expect(try await upstream.json("getActiveActivations")["error"] == "NO_ACTIVATIONS")
            let id = try await upstream.buy()
            try await upstream.sms(id, "code 48213")
            let list = try await upstream.json("getActiveActivations")
            #expect(list["activeActivations"]?[0]?["activationId"] == .string(id))
            #expect(list["activeActivations"]?[0]?["smsCode"] == ["48213"])
            try await upstream.control(.put, "/handler", ["active": "object"])
            let object = try await upstream.json("getActiveActivations")
            #expect(object["activeActivations"]?["rows"]?[0]?["activationId"] == .string(id))
            #expect(object["data"]?[0]?["activationId"] == .string(id))
            try await upstream.control(.put, "/handler", ["active": "bare"])
            #expect(try await upstream.json("getActiveActivations")[0]?["activationId"] == .string(id))
            let page = try await upstream.adapter().recentOrders(.activation, limit: 5, offset: 0)
            #expect(page.orders.map(\.ref) == [id])
        }
        try await HandlerHarness.run("hero") { upstream in
            let empty = try await upstream.json("getActiveActivations")
            #expect(empty["data"] == [] && empty["activeActivations"]?["rows"] == [])
        }
    }

    @Test("a second purchase of the same name is refused, and buys nothing")
    func orderID() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let wish: [(name: String, value: String?)] = [("service", "tg"), ("country", "16"), ("orderId", "mine-1")]
            let sale = try await upstream.json("getNumberV2", wish)
            #expect(sale["activationId"] != nil)
            #expect(try await upstream.text("getNumberV2", wish) == "ORDER_ALREADY_EXISTS")
            #expect(try await upstream.movements("purchase") == 1)
        }
    }

    @Test("a price that is too low is told with the lowest there is")
    func maxPrice() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let wish: [(name: String, value: String?)] = [
                ("service", "tg"), ("country", "16"), ("maxPrice", "0.0001"),
            ]
            let text = try await upstream.text("getNumber", wish)
            #expect(text.hasPrefix("WRONG_MAX_PRICE:"))
            let least = String(text.dropFirst("WRONG_MAX_PRICE:".count))
            #expect(try await upstream.buy("tg", [("maxPrice", least)]).isEmpty == false)
        }
    }

    @Test("an operator that is not known is put aside in silence")
    func operators() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            #expect(try await upstream.buy("tg", [("operator", "nosuch")]).isEmpty == false)
            let known = try await upstream.json("getOperators", [("country", "16")])
            #expect(known["countryOperators"]?["16"]?.arrayValue?.isEmpty == false)
        }
    }

    @Test("changes are answered with nothing where the switch says so, and by the heir's own calls")
    func nothing() async throws {
        try await HandlerHarness.run("hero") { upstream in
            let id = try await upstream.buy()
            let cancel = try await upstream.ask("cancelActivation", [("id", id)])
            #expect(cancel.status == 204 && cancel.body.isEmpty)
            try await upstream.control(.put, "/handler", ["empty_changes": true])
            let second = try await upstream.buy()
            #expect(try await upstream.ask("setStatus", [("id", second), ("status", "8")]).status == 204)
            let gone = try await upstream.ask("getAllSms", [("id", second)])
            #expect(gone.status == 409)
            #expect(try JSON(parsing: gone.body)["title"] == "ACTIVATION_NOT_ACTIVE")
            let ready = try await upstream.ask("setStatus", [("id", second), ("status", "1")])
            #expect(ready.status == 400, "the heir has no status 1")
        }
    }

    @Test("the limit of requests is JSON with a title")
    func limit() async throws {
        try await HandlerHarness.run("hero") { upstream in
            try await upstream.control(.put, "/settings", ["requests_per_second": 3])
            var answer = try await upstream.ask("getBalance")
            for _ in 0..<20 where answer.status == 200 { answer = try await upstream.ask("getBalance") }
            #expect(answer.status == 429)
            #expect(try JSON(parsing: answer.body)["title"] == "RATE_LIMIT")
        }
    }

    @Test("a code may hold a colon")
    func colon() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let id = try await upstream.buy()
            try await upstream.control(
                .post, "/orders/\(id)/sms", ["text": "Your code: 12:34", "code": "12:34"])
            #expect(try await upstream.text("getStatus", [("id", id)]) == "STATUS_OK:12:34")
            try await upstream.control(.post, "/orders/\(id)/sms", ["text": "Read: this", "code": nil])
            #expect(try await upstream.text("getStatus", [("id", id)]) == "STATUS_OK:Read: this")
        }
    }

    @Test("Russia is 0, and 222 with the heir")
    func russia() async throws {
        for (vendor, id, other) in [("sms-activate", "0", "222"), ("hero", "222", "0")] {
            try await HandlerHarness.run(vendor) { upstream in
                let prices = try await upstream.json("getPrices", [("service", "tg"), ("country", id)])
                #expect(prices[id]?["tg"] != nil)
                let sale = try await upstream.json("getNumberV2", [("service", "tg"), ("country", id)])
                #expect(sale["phoneNumber"]?.stringValue?.hasPrefix("7") == true)
                let wrong = try await upstream.ask("getNumber", [("service", "tg"), ("country", other)])
                #expect(wrong.text.contains("BAD_COUNTRY"))
            }
        }
    }

    @Test("calls are told with the call, and its absence with a date that never was")
    func calls() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let voice = try await upstream.buy("tg", [("activationType", "2")])
            try await upstream.control(.post, "/orders/\(voice)/sms", [:])
            let spoken = try await upstream.json("getStatusV2", [("id", voice)])
            #expect(spoken["verificationType"] == 2 && spoken["call"]?["code"]?.stringValue?.isEmpty == false)
            let flash = try await upstream.buy("tg", [("activationType", "1")])
            try await upstream.sms(flash, "4821")
            let caller = try await upstream.json("getStatusV2", [("id", flash)])
            #expect(caller["verificationType"] == 1)
            #expect(caller["call"]?["from"]?.stringValue?.hasSuffix("4821") == true)
            let plain = try await upstream.buy()
            let none = try await upstream.json("getStatusV2", [("id", plain)])
            #expect(none["call"]?["dateTime"] == "0000-00-00 00:00:00" && none["sms"] == [])
        }
    }

    @Test("a finished number is sold again as a new activation")
    func extra() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let id = try await upstream.buy()
            #expect(
                try await upstream.text("getExtraActivation", [("activationId", id)]) == "NEW_ACTIVATION_IMPOSSIBLE")
            try await upstream.sms(id, "code 48213")
            _ = try await upstream.text("setStatus", [("id", id), ("status", "6")])
            #expect(try await upstream.json("checkExtraActivation", [("activationId", id)])["cost"] != nil)
            let text = try await upstream.text("getExtraActivation", [("activationId", id)])
            #expect(text.hasPrefix("ACCESS_NUMBER:") && !text.contains(id))
        }
    }

    @Test("countries, services and the countries where most is bought are listed")
    func catalogue() async throws {
        try await HandlerHarness.run("sms-activate") { upstream in
            let countries = try await upstream.json("getCountries").arrayValue ?? []
            #expect(countries.count > 140 && countries.contains { $0["eng"] == "Kazakhstan" && $0["id"] == 2 })
            let services = try await upstream.json("getServicesList")["services"]?.arrayValue ?? []
            #expect(services.contains(["code": "tg", "name": "Telegram"]))
            let top = try await upstream.json(
                "getTopCountriesByService", [("service", "tg"), ("freePrice", "true")])
            #expect(top["0"]?["country"]?.integerValue != nil)
            #expect(top["0"]?["freePriceMap"]?.objectValue?.isEmpty == false)
            let free = try await upstream.json(
                "getPricesExtended", [("service", "tg"), ("country", "16"), ("freePrice", "true")])
            #expect(free["16"]?["tg"]?.objectValue?.allSatisfy { Double($0.name) != nil } == true)
        }
        try await HandlerHarness.run("hero") { upstream in
            let keyless = try await upstream.sandbox.client.send(
                ClientRequest(.get, upstream.url + "?action=getCountries", deadline: .seconds(60), maximumBody: 4 << 20)
            )
            #expect(try JSON(parsing: keyless.body)["2"]?["eng"] == "Kazakhstan")
        }
    }
}
