import HTTPClient
import JSON
import Kit
import Testing

/// What others must be able to rely on of the simulated TextVerified: a test for each oddity of the real one.
@Suite("The simulated TextVerified on the wire")
struct TextVerifiedWireTests {
    @Test("a token is had for key and name, and ends after 899 seconds of the simulated clock")
    func tokens() async throws {
        try await TextVerifiedHarness.run { tv in
            let refused = try await tv.send(
                .post, "/auth", headers: [("X-API-KEY", "wrong"), ("X-API-USERNAME", TextVerifiedHarness.email)])
            #expect(refused.status == 401 && refused.body.isEmpty)
            let wrongName = try await tv.send(
                .post, "/auth", headers: [("X-API-KEY", SandboxHarness.key), ("X-API-USERNAME", "else@example.com")])
            #expect(wrongName.status == 401)
            let answer = try await tv.send(
                .post, "/auth",
                headers: [("X-API-KEY", SandboxHarness.key), ("X-API-USERNAME", TextVerifiedHarness.email)])
            let json = try JSON(parsing: answer.body)
            #expect(json["expiresIn"]?.doubleValue == 899)
            #expect(json["expiresAt"]?.stringValue?.hasSuffix("+00:00") == true)
            let token = json["token"]?.stringValue ?? ""
            #expect(try await tv.send(.get, "/account/me", token: token).status == 200)
            try await tv.advance(890_000)
            #expect(try await tv.send(.get, "/account/me", token: token).status == 200)
            try await tv.advance(9_100)
            let late = try await tv.send(.get, "/account/me", token: token)
            #expect(late.status == 401 && late.body.isEmpty)
            #expect(try await tv.send(.get, "/account/me").status == 401)
        }
    }

    @Test("a purchase is answered with 201, a link and its address, and nothing else")
    func bought() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            let answer = try await tv.send(
                .post, "/verifications", token: token, ["serviceName": "yahoo", "capability": "SMS"])
            #expect(answer.status == 201)
            let json = try JSON(parsing: answer.body)
            let href = json["href"]?.stringValue ?? ""
            #expect(json.objectValue?.map(\.name) == ["method", "href"] && json["method"] == "GET")
            #expect(answer.header("Location") == href && href.hasPrefix(tv.base + "/verifications/lr_"))
            let order = try await tv.json(href, token: token)
            #expect(order["number"]?.stringValue?.count == 10 && order["state"] == "verificationPending")
            #expect(order["cancel"]?["canCancel"] == true && order["reuse"]?["reusableUntil"] == .null)
            #expect(order["sms"]?["href"]?.stringValue?.hasPrefix("http://") == true)
            #expect(order["id"]?.stringValue?.count == 3 + 26)
        }
    }

    @Test("a message ends the right to cancel, and both refusals are an empty 400")
    func cancelling() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            let id = try await tv.buy(token)
            try await tv.text(id, "Telegram code 48291")
            let order = try await tv.json("/verifications/\(id)", token: token)
            #expect(order["cancel"]?["canCancel"] == false && order["state"] == "verificationCompleted")
            let refused = try await tv.send(.post, "/verifications/\(id)/cancel", token: token)
            #expect(refused.status == 400 && refused.body.isEmpty)
            let other = try await tv.buy(token)
            let done = try await tv.send(.post, "/verifications/\(other)/cancel", token: token)
            #expect(done.status == 200 && done.body.isEmpty)
            let again = try await tv.send(.post, "/verifications/\(other)/cancel", token: token)
            #expect(again.status == 400 && again.body.isEmpty)
            #expect(try await tv.json("/verifications/\(other)", token: token)["state"] == "verificationCanceled")
            #expect(try await tv.send(.get, "/verifications/lr_01J", token: token).status == 404)
        }
    }

    @Test("a report is a claim first, and a refund later")
    func reporting() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            try await tv.control(.put, "/behaviour", ["review_ms": 600_000])
            let id = try await tv.buy(token)
            #expect(try await tv.send(.post, "/verifications/\(id)/report", token: token).status == 200)
            #expect(try await tv.json("/verifications/\(id)", token: token)["state"] == "verificationReported")
            try await tv.advance(600_000)
            #expect(try await tv.json("/verifications/\(id)", token: token)["state"] == "verificationRefunded")
        }
    }

    @Test("messages are read apart from the order: one without text, one without code")
    func messages() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            let id = try await tv.buy(token)
            try await tv.text(id, "Your code is 482913", [.init("code", .null)])
            try await tv.text(id, "secret", [.init("encrypted", true)])
            try await tv.text(id, "Your code is 482914")
            let page = try await tv.json("/sms?reservationId=\(id)&reservationType=verification", token: token)
            let rows = page["data"]?.arrayValue ?? []
            #expect(rows.count == 3)
            #expect(rows.first?["smsContent"] == "Your code is 482913" && rows.first?["parsedCode"] == .null)
            #expect(rows.first?["encrypted"] == false)
            #expect(rows[1]["smsContent"] == .null && rows[1]["encrypted"] == true && rows[1]["parsedCode"] == .null)
            #expect(rows[2]["parsedCode"] == "482914")
            #expect(try await tv.json("/verifications/\(id)", token: token)["smsContent"] == nil)
            let number = rows[0]["to"]?.stringValue ?? ""
            #expect(try await tv.json("/sms?to=\(number)", token: token)["count"] == 3)
            let none = try await tv.json("/sms?reservationId=\(id)&reservationType=renewable", token: token)
            #expect(none["count"] == 0)
        }
    }

    @Test("a number is had again under a new id, as reuse and later by reactivating")
    func again() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            let id = try await tv.buy(token)
            let early = try await tv.send(.post, "/verifications/\(id)/reuse", token: token)
            let reason = try JSON(parsing: early.body)["errorCode"]
            #expect(early.status == 400 && reason == "NotReusable")
            try await tv.text(id, "Telegram code 48291")
            let number = try await tv.json("/verifications/\(id)", token: token)["number"]
            let reused = try await tv.send(.post, "/verifications/\(id)/reuse", token: token)
            #expect(reused.status == 201)
            let second = try await tv.json(reused.header("Location") ?? "", token: token)
            #expect(second["id"]?.stringValue != id && second["number"] == number)
            #expect(try await tv.json("/verifications/\(id)", token: token)["state"] == "verificationReused")
            let secondID = second["id"]?.stringValue ?? ""
            try await tv.text(secondID, "Telegram code 48292")
            try await tv.advance(601_000)
            let next = try await tv.logIn()
            let told = try await tv.json("/verifications/\(secondID)", token: next)
            #expect(told["reuse"]?["reusableUntil"] == .null && told["reactivate"]?["canReactivate"] == true)
            #expect(try await tv.send(.post, "/verifications/\(secondID)/reuse", token: next).status == 400)
            let third = try await tv.send(.post, "/verifications/\(secondID)/reactivate", token: next)
            #expect(third.status == 201)
            #expect(try await tv.json("/verifications/\(secondID)", token: next)["state"] == "verificationReactivated")
        }
    }

    @Test("lists come in pages whose links are absolute")
    func paging() async throws {
        try await TextVerifiedHarness.run { tv in
            try await tv.control(.put, "/behaviour", ["page_size": 2])
            let token = try await tv.logIn()
            var bought: [String] = []
            for _ in 0..<5 { bought.append(try await tv.buy(token)) }
            var seen: [String] = []
            var place: String? = "/verifications"
            while let here = place {
                let page = try await tv.json(here, token: token)
                seen += (page["data"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
                let next = page["links"]?["next"]?["href"]?.stringValue
                #expect(page["hasNext"]?.boolValue == (next != nil))
                if let next { #expect(next.hasPrefix(tv.base)) }
                place = next
            }
            #expect(seen == bought.reversed())
        }
    }

    @Test("capabilities are written in either case")
    func casing() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            let path = "/services?numberType=mobile&reservationType=verification"
            let usual = try await tv.json(path, token: token).arrayValue ?? []
            #expect(usual.contains { $0["capability"] == "sms" } && usual.contains { $0["capability"] == "voice" })
            try await tv.control(.put, "/behaviour", ["capitalised": true])
            let other = try await tv.json(path, token: token).arrayValue ?? []
            #expect(other.contains { $0["capability"] == "Sms" } && !other.contains { $0["capability"] == "sms" })
            #expect(try await tv.send(.get, "/services", token: token).status == 400)
        }
    }

    @Test("what is asked too often is refused with 429 and no body")
    func limits() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            try await tv.fault("check", "rate_limit")
            let id = try await tv.buy(token)
            let answer = try await tv.send(.get, "/verifications/\(id)", token: token)
            #expect(answer.status == 429 && answer.body.isEmpty)
        }
    }

    @Test("refusals to sell say why")
    func refusals() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            func code(_ body: JSON) async throws -> String? {
                let answer = try await tv.send(.post, "/verifications", token: token, body)
                return answer.status == 400 ? try JSON(parsing: answer.body)["errorCode"]?.stringValue : nil
            }
            #expect(
                try await code(["serviceName": "telegram", "capability": "sms", "maxPrice": 0.0001])
                    == "MaxPriceExceeded")
            #expect(try await code(["serviceName": "nosuchservice", "capability": "sms"]) == "InvalidService")
            #expect(try await code(["serviceName": "telegram"]) == "InvalidRequest")
            try await tv.control(.put, "/stock", ["country": "usa", "product": "telegram", "count": 0])
            #expect(try await code(["serviceName": "telegram", "capability": "sms"]) == "OutOfStock")
            try await tv.control(.put, "/prices", ["country": "usa", "product": "whatsapp", "price": 900_000])
            #expect(try await code(["serviceName": "whatsapp", "capability": "sms"]) == "InsufficientBalance")
        }
    }

    @Test("choosing an area costs more, and the number is of that area")
    func areas() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            let areas = try await tv.json("/area-codes", token: token).arrayValue ?? []
            #expect(areas.count == 6)
            for area in areas {
                let answer = try await tv.send(
                    .post, "/verifications", token: token,
                    [
                        "serviceName": "telegram", "capability": "sms",
                        "areaCodeSelectOption": [area["areaCode"] ?? .null],
                    ])
                let order = try await tv.json(answer.header("Location") ?? "", token: token)
                #expect(order["number"]?.stringValue?.hasPrefix(area["areaCode"]?.stringValue ?? "-") == true)
            }
            func price(_ area: Bool) async throws -> Double {
                let answer = try await tv.send(
                    .post, "/pricing/verifications", token: token,
                    [
                        "serviceName": "telegram", "areaCode": .bool(area), "carrier": false, "numberType": "mobile",
                        "capability": "sms",
                    ])
                return try JSON(parsing: answer.body)["price"]?.doubleValue ?? -1
            }
            let (chosen, usual) = (try await price(true), try await price(false))
            #expect(chosen > usual && usual > 0)
        }
    }

    @Test("a call has a recording to be heard, and no text")
    func calls() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            try await tv.control(.put, "/behaviour", ["recording_ms": 600_000])
            let id = try await tv.buy(token, "telegram", "voice")
            try await tv.control(
                .post, "/orders/\(id)/call", ["text": "Your code is four eight two", "caller": "18005550100"])
            let path = "/calls?reservationId=\(id)&reservationType=verification"
            let early = try await tv.json(path, token: token)["data"]?[0]
            #expect(early?["recordingUri"] == .null && early?["from"] == "18005550100")
            #expect(early?.objectValue?.map(\.name).sorted() == ["createdAt", "from", "id", "recordingUri", "to"])
            try await tv.advance(600_000)
            let place = try await tv.json(path, token: token)["data"]?[0]?["recordingUri"]?.stringValue ?? ""
            let sound = try await tv.send(.get, place)
            #expect(sound.status == 200 && sound.header("Content-Type") == "audio/wav")
            #expect(sound.body.starts(with: "RIFF".utf8) && sound.body.count > 8_000)
            #expect(sound.header("X-Sandbox-Transcript") == "Your%20code%20is%20four%20eight%20two")
            let none = try await tv.json("/sms?reservationId=\(id)&reservationType=verification", token: token)
            #expect(none["count"] == 0)
        }
    }

    @Test("a number for both takes messages and calls")
    func both() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            let id = try await tv.buy(token, "telegram", "smsAndVoiceCombo")
            try await tv.text(id, "Telegram code 48291")
            try await tv.control(.post, "/orders/\(id)/call", ["text": "one two three four"])
            let query = "?reservationId=\(id)&reservationType=verification"
            #expect(try await tv.json("/sms" + query, token: token)["count"] == 1)
            #expect(try await tv.json("/calls" + query, token: token)["count"] == 1)
        }
    }

    @Test("the books stay balanced, and 5SIM's world is another one")
    func books() async throws {
        try await TextVerifiedHarness.run { tv in
            let token = try await tv.logIn()
            _ = try await tv.buy(token)
            let books = try await tv.control(.get, "/books")
            #expect(books["balanced"] == true && books["orders"]?["total"] == 1)
            #expect(try await tv.sandbox.orders() == 0)
        }
    }
}
