import JSON
import Kit
@testable import Providers
import Testing

/// The shapes in which the protocol's JSON comes.
@Suite struct SMSActivateReaderTests {
    private let reader = SMSActivateReader(.smsActivate, secret: "key")

    private func json(_ text: String) throws -> JSON { try JSON(parsing: Array(text.utf8)) }

    @Test("A sale is read from text and from JSON, with numbers as texts or as numbers")
    func sales() throws {
        let text = try #require(reader.sale("635468024:79584123456"))
        #expect(text.ref == "635468024" && text.phone?.text == "+79584123456" && text.status == .received)
        for broken in ["", "635468024", "635468024:", ":79584123456", "0:79584123456", "1:12"] {
            #expect(reader.sale(broken) == nil, "\(broken)")
        }
        for body in [
            #"{"activationId":635468024,"phoneNumber":"79584123456","activationCost":12.5,"currency":840,"countryCode":"2","activationOperator":"mtt"}"#,
            #"{"activationId":"635468024","phoneNumber":79584123456,"activationCost":"12.50","countryCode":2,"activationOperator":"mtt"}"#,
        ] {
            let order = try #require(reader.sale(try json(body)))
            #expect(order.ref == "635468024" && order.phone?.text == "+79584123456" && order.operator == "mtt")
            #expect(order.price == Money("12.5") && order.country == "kazakhstan")
        }
        #expect(reader.sale(try json(#"{"activationId":1,"phoneNumber":""}"#)) == nil)
    }

    @Test("Money is dollars where the answer says so, else the account's currency; another currency is no price")
    func money() throws {
        var dialect = SMSActivateDialect.smsActivate
        dialect.currency = 643
        dialect.dollarsPerUnit = 0.01
        let reader = SMSActivateReader(dialect, secret: "key")
        #expect(reader.money(100, currency: 840) == Money("100"))
        #expect(reader.money("100", currency: "643") == Money("1"))
        #expect(reader.money(100) == Money("1"))
        #expect(reader.money(100, currency: 978) == nil)
        #expect(reader.amount(try #require(Money("1"))) == Money("100"))
    }

    @Test("A status without a message has none, whatever shape nothing has")
    func noMessage() throws {
        for sms in ["null", "[]", "{}", #"{"dateTime":"0000-00-00 00:00:00","code":"","text":""}"#] {
            let order = reader.status(of: "1", try json(#"{"verificationType":0,"sms":\#(sms)}"#))
            #expect(order.messages.isEmpty && order.calls.isEmpty && order.status == .received)
        }
        #expect(reader.status(of: "1", try json("{}")).messages.isEmpty)
    }

    @Test("Messages and calls are read, with a name of their own that is the same every time and tells no code")
    func messages() throws {
        let body = #"""
            {"verificationType":2,"sms":{"dateTime":"2026-06-01 17:31:40","code":"48213","text":"Your code 48213"},
            "call":{"from":"78005550000","text":"four eight two one","code":"4821","dateTime":"0000-00-00 00:00:00",
            "url":null,"parsingCount":1}}
            """#
        let order = reader.status(of: "7", try json(body))
        let message = try #require(order.messages.first)
        #expect(message.code == "48213" && message.text == "Your code 48213" && message.receivedAt == nil)
        let id = try #require(message.id)
        #expect(!id.contains("48213"))
        #expect(reader.status(of: "7", try json(body)).messages.first?.id == id)
        #expect(reader.status(of: "8", try json(body)).messages.first?.id != id)
        #expect(SMSActivateReader(.smsActivate, secret: "other").status(of: "7", try json(body)).messages[0].id != id)
        let later = body.split(separator: "17:31:40").joined(separator: "17:32:40")
        #expect(reader.status(of: "7", try json(later)).messages.first?.id != id, "another time is another message")
        let call = try #require(order.calls.first)
        #expect(call.caller == "78005550000" && call.code == "4821" && call.text == "four eight two one")
        #expect(call.receivedAt == nil && call.recording == nil)
    }

    @Test("With calls of numbers the code is in the caller")
    func callers() throws {
        let order = reader.status(
            of: "7", try json(#"{"verificationType":1,"sms":[],"call":{"from":"78005554821","code":"4821","text":""}}"#)
        )
        #expect(order.calls.map(\.code) == ["4821"] && order.calls.map(\.text) == [nil])
    }

    @Test("Words of getStatus: a code may hold colons, a sentence is no code, and an unknown word ends nothing")
    func words() {
        let colons = reader.status(of: "1", word: "STATUS_OK", rest: "12:34")
        #expect(colons.messages.map(\.code) == ["12:34"] && colons.messages.map(\.text) == ["12:34"])
        let sentence = reader.status(of: "1", word: "STATUS_OK", rest: "Your code: 1234")
        #expect(sentence.messages.map(\.code) == [nil] && sentence.messages.map(\.text) == ["Your code: 1234"])
        let retry = reader.status(of: "1", word: "STATUS_WAIT_RETRY", rest: "1234")
        #expect(retry.messages.map(\.code) == ["1234"] && retry.status == .received)
        #expect(retry.messages.map(\.id) == reader.status(of: "1", word: "STATUS_OK", rest: "1234").messages.map(\.id))
        #expect(reader.status(of: "1", word: "STATUS_WAIT_RESEND", rest: nil).messages.isEmpty)
        #expect(reader.status(of: "1", word: "STATUS_ODD", rest: nil).status == .unknown("STATUS_ODD"))
    }

    @Test("An open activation is read with codes as a list, as text in brackets, as bare text and as null")
    func active() throws {
        let shapes: [(String, [String?])] = [
            (#""smsCode":["12345"],"smsText":"[Your 12345 code]""#, ["12345"]),
            (#""smsCode":"[12345]","smsText":"[Your 12345 code]""#, ["12345"]),
            (#""smsCode":"12345","smsText":"Your 12345 code""#, ["12345"]),
            (#""smsCode":["12345","678"],"smsText":["Your 12345 code","Now 678"]"#, ["12345", "678"]),
            (#""smsCode":null,"smsText":null"#, []), (#""smsCode":[],"smsText":"""#, []),
        ]
        for (shape, codes) in shapes {
            let row = try json(
                #"{"activationId":"635468021","serviceCode":"vk","phoneNumber":"79584123456","activationCost":"12.50","countryCode":"2","currency":840,"activationTime":"2026-06-01 16:59:16",\#(shape)}"#
            )
            let order = try #require(reader.active(row))
            #expect(order.messages.map(\.code) == codes, "\(shape)")
            #expect(order.product == "vkontakte" && order.country == "kazakhstan" && order.price == Money("12.5"))
            #expect(order.createdAt == nil && !order.status.isTerminal)
        }
        #expect(reader.active(try json(#"{"serviceCode":"vk"}"#)) == nil)
    }

    @Test("Of what ended, only what cost nothing and had no message was given back")
    func ended() throws {
        func status(_ rest: String) throws -> ProviderOrder.Status? {
            reader.ended(try json(#"{"id":635468024,"phone":"79911111111",\#(rest)}"#))?.status
        }
        #expect(try status(#""sms":"[\"text\"]","cost":100,"status":"4""#) == .finished)
        #expect(try status(#""sms":"[\"text\"]","cost":0,"status":"8""#) == .finished)
        #expect(try status(#""sms":null,"cost":0,"status":"8""#) == .cancelled)
        #expect(try status(#""sms":"[]","cost":"0.00","status":"8""#) == .cancelled)
        #expect(try status(#""sms":"","cost":12.5,"status":"8""#) == .unknown("8"), "it may have been paid for")
        #expect(try status(#""sms":null,"status":"8""#) == .unknown("8"))
        #expect(try status(#""cost":"3","status":"6""#) == .finished)
        let texts = reader.ended(try json(#"{"id":1,"sms":"[\"one: 1\",\"two\"]","cost":1}"#))?.messages.map(\.text)
        #expect(texts == ["one: 1", "two"])
    }

    @Test("A time without a zone is one only where the clock is known")
    func times() throws {
        #expect(reader.moment("2026-06-01 17:31:40") == nil)
        #expect(reader.moment("0000-00-00 00:00:00") == nil && reader.moment("") == nil && reader.moment(0) == nil)
        let epoch = Timestamp(seconds: 1_780_327_900)
        #expect(reader.moment(1_780_327_900) == epoch && reader.moment("1780327900") == epoch)
        #expect(reader.moment("2026-06-01T17:31:40+03:00") == Timestamp("2026-06-01T14:31:40Z"))
        var dialect = SMSActivateDialect.smsActivate
        dialect.clockOffset = .seconds(3 * 3600)
        let known = SMSActivateReader(dialect, secret: "key")
        #expect(known.moment("2026-06-01 17:31:40") == Timestamp("2026-06-01T14:31:40Z"))
        #expect(known.moment("2026-06-01T17:31:40") == Timestamp("2026-06-01T14:31:40Z"))
    }

    @Test("The messages of a rental are an object or a list, newest first, and are given oldest first")
    func rentals() throws {
        let rows = #"{"phoneFrom":"7918","text":"second","date":"2020-01-30 14:31:58"}"#
        let older = #"{"phoneFrom":7918,"text":5,"date":"2020-01-30 14:30:58"}"#
        for values in [#"{"0":\#(rows),"1":\#(older)}"#, "[\(rows),\(older)]"] {
            let messages = try #require(reader.rentalMessages(of: "1", try json(values)))
            #expect(messages.map(\.text) == ["5", "second"] && messages.map(\.sender) == ["7918", "7918"])
        }
        #expect(reader.rentalMessages(of: "1", [])?.isEmpty == true)
        #expect(reader.rentalMessages(of: "1", [1]) == nil)
    }

    @Test("Spans of rentals are hours, and no longer than anybody rents")
    func spans() {
        let spans = ["3hours": 3, "1day": 24, "10days": 240, "1month": 720, "2weeks": 336, "56days": 1344]
        for (span, hours) in spans { #expect(SMSActivate.hours(span) == hours) }
        for odd in ["", "day", "0days", "57days", "1year", "-1day", "1.5days"] {
            #expect(SMSActivate.hours(odd) == nil)
        }
    }

    @Test("A notice is named by activation, code and time, and anything else is none")
    func notices() {
        func read(_ text: String) -> ProviderNotice? { SMSActivateNotice.read(Array(text.utf8)) }
        let body =
            #"{"activationId":123456,"service":"go","text":"Sms text","code":"12345","country":2,"receivedAt":"2023-01-01 12:00:00"}"#
        #expect(read(body) == ProviderNotice(eventID: "123456+12345+2023-01-01 12:00:00", ref: "123456"))
        #expect(
            read(#"{"activationId":"123456","code":null,"receivedAt":"2023-01-01 12:00:00"}"#)
                == ProviderNotice(eventID: "123456++2023-01-01 12:00:00", ref: "123456"))
        for odd in ["", "[]", "{}", "null", #"{"activationId":0}"#, #"{"activationId":"../x"}"#, "<html>"] {
            #expect(read(odd) == nil, "\(odd)")
        }
    }
}
