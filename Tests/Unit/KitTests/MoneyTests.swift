import Kit
import Testing

@Suite struct MoneyTests {
    @Test(
        "amounts are read exactly and written with four to six digits",
        arguments: [
            ("0", 0, "0.0000"), ("12", 12_000_000, "12.0000"), ("0.75", 750_000, "0.7500"),
            ("-3.000001", -3_000_001, "-3.000001"), ("0.000001", 1, "0.000001"), ("-0.000001", -1, "-0.000001"),
            ("0.00012", 120, "0.00012"), ("999999999.999999", 999_999_999_999_999, "999999999.999999"),
            ("0.008125", 8125, "0.008125"), ("-0", 0, "0.0000"), ("1.10", 1_100_000, "1.1000"),
            ("-0.5", -500_000, "-0.5000"), ("007.5", 7_500_000, "7.5000"),
        ])
    func known(_ text: String, _ micro: Int64, _ written: String) {
        #expect(Money(text)?.micro == micro)
        #expect(Money(micro: micro).description == written)
        #expect(Money(written)?.micro == micro)
    }

    @Test("every amount of a small world reads back, and so do a million spread over the large one")
    func roundTrips() {
        for micro: Int64 in -2000...2000 { #expect(Money(Money(micro: micro).description)?.micro == micro) }
        var micro: Int64 = -999_999_999_999_999
        while micro <= 999_999_999_999_999 {
            if Money(Money(micro: micro).description)?.micro != micro { Issue.record("\(micro)") }
            micro += 199_999_999_999
        }
    }

    @Test(
        "what is not an amount is refused, never rounded",
        arguments: [
            "", "-", ".", ".5", "5.", "-.5", "+1", "1e3", "1,5", "0.0000001", "1000000000", "1.2.3", " 1", "1 ", "--1",
            "0x10", "NaN", "Infinity", "１", "1.-5", "9223372036854775807", "1.5\n",
        ])
    func refusals(_ text: String) {
        #expect(Money(text) == nil)
    }

    @Test("a provider's number becomes the nearest micro-unit, or nothing")
    func rounding() {
        #expect(Money(rounding: 0.1 + 0.2)?.micro == 300_000)
        #expect(Money(rounding: 1.0000005)?.micro == 1_000_001)
        #expect(Money(rounding: -2.5)?.micro == -2_500_000)
        #expect(Money(rounding: 4.35)?.micro == 4_350_000)
        for amount in [Double.nan, .infinity, -.infinity, 1e9, -1e9, .greatestFiniteMagnitude] {
            #expect(Money(rounding: amount) == nil)
        }
    }

    @Test("sums are exact where floating point is not")
    func sums() {
        let tenth = Money(micro: 100_000)
        #expect((0..<10).reduce(Money.zero) { sum, _ in sum + tenth } == Money(micro: 1_000_000))
        #expect(tenth * 3 == Money("0.3"))
        #expect(tenth - Money(micro: 200_000) == -tenth)
        #expect(-tenth < Money.zero && Money.zero < tenth)
        #expect(Money(micro: .min).description == "-9223372036854.775808")
    }
}

@Suite struct PhoneNumberTests {
    @Test("numbers are read with and without the plus, and kept with it", arguments: ["+447700900123", "447700900123"])
    func reading(_ text: String) {
        #expect(PhoneNumber(text)?.text == "+447700900123")
    }

    @Test("five to fifteen digits are a number")
    func lengths() {
        for count in 0...20 {
            #expect((PhoneNumber("+" + String(repeating: "7", count: count)) != nil) == (5...15).contains(count))
        }
    }

    @Test(
        "what is not in E.164 form is refused",
        arguments: [
            "", "+", "++447700900123", "+0447700900123", "0447700900123", "+44 7700 900123", "+44-7700-900123",
            "tel:+447700900123", "+44770090012a", "+４４7700900123", "+447700900123;ext=1", "(447)700900123",
        ])
    func refusals(_ text: String) {
        #expect(PhoneNumber(text) == nil)
    }

    @Test("a number printed shows its last two digits alone, wherever it stands")
    func masked() throws {
        struct Row { let phone: PhoneNumber? }
        let phone = try #require(PhoneNumber("+447700900123"))
        for text in ["\(phone)", "\([phone])", "\(Row(phone: phone))", String(reflecting: phone), "\(["k": phone])"] {
            #expect(text.contains("+…23"))
            #expect(!text.contains("7700900"))
        }
    }
}

@Suite struct ErrorCodeTests {
    @Test("every code has a status that is an error's, and a title that is a sentence's start")
    func table() {
        for code in ErrorCode.allCases {
            #expect((400...599).contains(code.status))
            #expect(code.title.first?.isUppercase == true && code.title.last != ".")
            #expect(code.rawValue.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F })
            #expect(ErrorCode(rawValue: code.rawValue) == code)
        }
        #expect(Set(ErrorCode.allCases.map(\.title)).count == ErrorCode.allCases.count)
    }

    @Test(
        "the codes that the API promises have the status it promises",
        arguments: [
            ("VALIDATION_FAILED", 400), ("UNAUTHENTICATED", 401), ("FORBIDDEN", 403), ("NOT_FOUND", 404),
            ("METHOD_NOT_ALLOWED", 405), ("CONFLICT", 409), ("PAYLOAD_TOO_LARGE", 413), ("UNSUPPORTED_MEDIA_TYPE", 415),
            ("IDEMPOTENCY_MISMATCH", 422), ("IDEMPOTENCY_IN_PROGRESS", 409), ("RATE_LIMITED", 429),
            ("INSUFFICIENT_CREDIT", 402), ("NO_OFFER", 409), ("PRICE_CHANGED", 409), ("NUMBER_UNAVAILABLE", 409),
            ("NOT_CANCELLABLE", 409), ("EARLY_CANCEL", 409), ("PROVIDER_UNAVAILABLE", 503),
            ("BROKER_UNAVAILABLE", 503), ("INTERNAL", 500),
        ])
    func promised(_ code: String, _ status: Int) {
        #expect(ErrorCode(rawValue: code)?.status == status)
    }

    @Test("an invalid field is named in the problem")
    func invalid() {
        let problem = Problem.invalid("price.amount", "must be positive")
        #expect(problem.code == .validationFailed)
        #expect(problem.fields == [FieldProblem(field: "price.amount", message: "must be positive")])
    }
}
