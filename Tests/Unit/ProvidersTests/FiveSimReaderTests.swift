import JSON
import Kit
import Testing

@testable import Providers

/// Every shape that 5SIM's bodies have been seen in.
@Suite struct FiveSimReaderTests {
    let reader = FiveSimReader(dollarsPerUnit: 1)

    private func json(_ text: String) throws -> JSON { try JSON(parsing: text) }

    @Test("The documented order is read whole, nine fraction digits and all")
    func order() throws {
        let order = try #require(
            reader.order(
                json(
                    """
                    {"id":70211003,"phone":"+79991112233","operator":"virtual4","product":"telegram","price":12.5,
                     "status":"PENDING","expires":"2026-02-03T10:35:11.482113907Z","sms":null,
                     "created_at":"2026-02-03T10:15:11.482113907Z","forwarding":false,"forwarding_number":"",
                     "country":"russia"}
                    """)))
        #expect(order.ref == "70211003")
        #expect(order.phone?.text == "+79991112233")
        #expect(order.operator == "virtual4")
        #expect(order.product == "telegram")
        #expect(order.country == "russia")
        #expect(order.price == Money("12.5"))
        #expect(order.status == .pending)
        #expect(order.expires == Timestamp("2026-02-03T10:35:11.482113Z"))
        #expect(order.createdAt == Timestamp("2026-02-03T10:15:11.482113Z"))
        #expect(order.messages.isEmpty)
    }

    @Test(
        "A number comes with plus or without, as text or as a number",
        arguments: [
            "\"+79991112233\"", "\"79991112233\"", "79991112233", "\"+7 999 111 22 33\"",
        ])
    func phones(phone: String) throws {
        #expect(reader.order(try json("{\"id\":1,\"phone\":\(phone)}"))?.phone?.text == "+79991112233")
    }

    @Test("Nothing but the id is needed; without one it is no order")
    func missing() throws {
        let order = try #require(reader.order(json("{\"id\":1}")))
        #expect(order.phone == nil && order.price == nil && order.expires == nil && order.operator == nil)
        #expect(order.status == .unknown(""))
        for text in [
            "{}", "null", "[]", "\"success\"", "{\"id\":null}", "{\"id\":0}", "{\"id\":\"x\"}",
            "{\"phone\":\"+79991112233\"}",
        ] {
            #expect(reader.order(try json(text)) == nil, "\(text)")
        }
        #expect(reader.order(try json("{\"ID\":\"7\"}"))?.ref == "7")
    }

    @Test("Every status is known by its word, and an unknown one is kept")
    func statuses() throws {
        let words: [(String, ProviderOrder.Status, Bool, Bool)] = [
            ("PENDING", .pending, false, false), ("RECEIVED", .received, false, false),
            ("CANCELED", .cancelled, true, true), ("CANCELLED", .cancelled, true, true),
            ("TIMEOUT", .timeout, true, true), ("FINISHED", .finished, true, false), ("BANNED", .banned, true, true),
            ("received", .received, false, false), ("PAUSED", .unknown("PAUSED"), false, false),
        ]
        for (word, status, isTerminal, isRefunded) in words {
            let order = try #require(reader.order(json("{\"id\":1,\"status\":\"\(word)\"}")))
            #expect(order.status == status)
            #expect(order.status.isTerminal == isTerminal)
            #expect(order.status.isRefunded == isRefunded)
        }
    }

    @Test("No messages are written as null, as an empty list, or not at all")
    func noMessages() throws {
        for text in ["{\"id\":1}", "{\"id\":1,\"sms\":null}", "{\"id\":1,\"sms\":[]}", "{\"id\":1,\"sms\":{}}"] {
            #expect(reader.order(try json(text))?.messages == [])
        }
    }

    @Test("Messages keep their order, and a code that is null, empty or missing is none")
    func messages() throws {
        let order = try #require(
            reader.order(
                json(
                    """
                    {"id":1,"status":"FINISHED","sms":[
                     {"created_at":"2026-02-03T10:15:12Z","date":"2026-02-03T10:15:11Z","sender":"Telegram",
                      "text":"Code 12345","code":"12345"},
                     {"id":8,"date":"2026-02-03T10:16:11.5Z","sender":null,"text":"hello","code":null},
                     {"ID":9,"text":"hello","code":""},
                     {"text":"by voice","code":4711,"is_wave":true,"wave_uuid":"u"},
                     {"text":"none"}, null, 7]}
                    """)))
        #expect(order.messages.map(\.text) == ["Code 12345", "hello", "hello", "by voice", "none"])
        #expect(order.messages.map(\.code) == ["12345", nil, nil, "4711", nil])
        #expect(order.messages.map(\.id) == [nil, "8", "9", nil, nil])
        #expect(order.messages[0].receivedAt == Timestamp("2026-02-03T10:15:11Z"))
        #expect(order.messages[0].storedAt == Timestamp("2026-02-03T10:15:12Z"))
        #expect(order.messages[1].sender == "")
    }

    @Test("A list's wrapper is known in either case, its rows may be null, its names come in three shapes")
    func pages() throws {
        let page = try #require(reader.page(json("{\"Data\":[{\"id\":1}],\"Total\":3}")))
        #expect(page.rows.count == 1 && page.total == 3)
        #expect(reader.page(try json("{\"data\":[],\"total\":0}"))?.rows.isEmpty == true)
        #expect(reader.page(try json("{\"Data\":null}"))?.rows.isEmpty == true)
        for text in ["[]", "null", "{}", "{\"Data\":7}", "\"success\""] { #expect(reader.page(try json(text)) == nil) }
        #expect(reader.names(try json("[{\"Name\":\"a\"},{\"name\":\"b\"},\"c\",{}]")) == ["a", "b", "c"])
        #expect(reader.names(.null).isEmpty && reader.names(nil).isEmpty)
    }

    @Test("A price list is country, product, operator; by product alone the outer two are swapped")
    func prices() throws {
        let line = "{\"cost\":4,\"count\":1260,\"rate\":99.99,\"rate24\":0,\"rate168\":4.24}"
        let byCountry = reader.offers(
            try json("{\"england\":{\"telegram\":{\"virtual51\":\(line)}}}"), isByProduct: false)
        let byProduct = reader.offers(
            try json("{\"telegram\":{\"england\":{\"virtual51\":\(line)}}}"), isByProduct: true)
        #expect(byCountry == byProduct)
        let offer = try #require(byCountry.first)
        #expect(offer.country == "england" && offer.product == "telegram" && offer.operator == "virtual51")
        #expect(offer.cost == Money("4") && offer.count == 1260)
        #expect(offer.rates.overall == 99.99 && offer.rates.day == 0 && offer.rates.hour == nil)
        #expect(offer.rates.best == 4.24)
        #expect(reader.offers(.null, isByProduct: false).isEmpty)
        #expect(reader.offers(try json("{\"a\":{\"b\":{\"c\":{\"count\":1},\"d\":null}}}"), isByProduct: false).isEmpty)
    }

    @Test("Which delivery rate is trusted follows the freshest window in which anything arrived")
    func rates() {
        #expect(DeliveryRates(day: 50, week: 40).best == 50)
        #expect(DeliveryRates(day: 0, week: 40).best == 40)
        #expect(DeliveryRates(month: 30).best == 30)
        #expect(DeliveryRates(overall: 20).best == 20)
        #expect(DeliveryRates(day: 0).best == 0)
        #expect(DeliveryRates().best == nil)
    }

    @Test("Amounts in another currency are converted, and a ceiling is never raised by it")
    func currency() throws {
        let rubles = FiveSimReader(dollarsPerUnit: 0.0111)
        #expect(rubles.money(.integer(10)) == Money("0.111"))
        #expect(rubles.money(.number(12.5)) == Money("0.13875"))
        #expect(reader.money(.number(0.0081)) == Money("0.0081"))
        #expect(reader.money(.string("7.5")) == Money("7.5"))
        for micro: Int64 in [1, 999, 123_457, 8_100, 99_999_999] {
            let ceiling = Money(micro: micro)
            let amount = rubles.amount(ceiling)
            #expect(Double(amount.micro) * 0.0111 <= Double(micro))
            #expect(reader.amount(ceiling) == ceiling)
        }
        #expect(Money("0.7500")?.shortest == "0.75")
        #expect(Money("12")?.shortest == "12")
        #expect(Money("100")?.shortest == "100")
        #expect(Money("0.008125")?.shortest == "0.008125")
    }

    @Test("One odd message does not hide the code beside it")
    func repair() throws {
        let bad = [
            "{\"id\":1,\"sms\":[{\"text\":\"a\\u0000b\",\"code\":\"1\"}]}",
            "{\"id\":1,\"sms\":[{\"text\":\"a\\ud83db\",\"code\":\"1\"}]}",
            "{\"id\":1,\"sms\":[{\"text\":\"a\\ude00b\",\"code\":\"1\"}]}",
        ]
        for text in bad {
            #expect((try? JSON(parsing: text)) == nil, "the strict parser takes it now: \(text)")
            let parsed = try #require(LenientJSON.parse(Array(text.utf8)))
            #expect(reader.order(parsed)?.messages == [ProviderMessage(sender: "", text: "a\u{FFFD}b", code: "1")])
        }
        let broken: [UInt8] =
            Array("{\"id\":1,\"sms\":[{\"text\":\"a".utf8) + [0xFF] + Array("b\",\"code\":\"1\"}]}".utf8)
        #expect(reader.order(try #require(LenientJSON.parse(broken)))?.messages.first?.text == "a\u{FFFD}b")
        // What is right stays as it is: a pair, an escaped backslash before a u.
        let right = "{\"a\":\"\\ud83d\\ude00 \\\\u0000 \\n\"}"
        #expect(LenientJSON.repaired(Array(right.utf8)) == Array(right.utf8))
        #expect(LenientJSON.parse(Array("no free phones".utf8)) == nil)
        #expect(LenientJSON.parse(Array("{\"id\":".utf8)) == nil)
    }
}
