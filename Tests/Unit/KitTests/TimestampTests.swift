import Kit
import Testing

@Suite struct TimestampTests {
    @Test(
        "known moments are read and written",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59Z", -1), ("2000-02-29T00:00:00Z", 951_782_400),
            ("2001-09-09T01:46:40Z", 1_000_000_000), ("2038-01-19T03:14:08Z", 2_147_483_648),
            ("1900-03-01T00:00:00Z", -2_203_891_200), ("0000-01-01T00:00:00Z", -62_167_219_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799), ("2024-02-29T12:00:00Z", 1_709_208_000),
        ])
    func known(_ text: String, _ seconds: Int64) {
        #expect(Timestamp(text) == Timestamp(seconds: seconds))
        #expect(Timestamp(seconds: seconds).description == text)
    }

    @Test("every day from 1600 to 2401 is written and read back, and follows the one before")
    func everyDay() {
        var seconds: Int64 = -11_676_096_000
        var (year, month, day) = (1600, 1, 1)
        while year < 2402 {
            let text = Timestamp(seconds: seconds).description
            func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
            let expected = "\(year)-\(two(month))-\(two(day))T00:00:00Z"
            if text != expected || Timestamp(text) != Timestamp(seconds: seconds) {
                Issue.record("\(text) is not \(expected)")
                return
            }
            seconds += 86_400
            let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
            let last = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
            day += 1
            if day > last { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }

    @Test(
        "fractions are kept to the microsecond, whatever their length",
        arguments: [
            (".5", 500_000), (".05", 50_000), (".000001", 1), (".123456", 123_456), (".123456789", 123_456),
            (".999999999", 999_999), (".0", 0), (".100", 100_000), (".0000009", 0), (".482113907", 482_113),
        ])
    func fractions(_ fraction: String, _ micros: Int64) {
        #expect(Timestamp("2026-02-03T10:35:11\(fraction)Z")?.microseconds == 1_770_114_911_000_000 + micros)
    }

    @Test("a fraction is written with three or six digits, whichever is exact, or not at all")
    func writingFractions() {
        #expect(Timestamp(microseconds: 0).description == "1970-01-01T00:00:00Z")
        #expect(Timestamp(microseconds: 1000).description == "1970-01-01T00:00:00.001Z")
        #expect(Timestamp(microseconds: 1001).description == "1970-01-01T00:00:00.001001Z")
        #expect(Timestamp(microseconds: -1).description == "1969-12-31T23:59:59.999999Z")
        #expect(Timestamp(microseconds: -1_000_000).description == "1969-12-31T23:59:59Z")
    }

    @Test("microseconds on either side of the epoch and of odd years read back")
    func roundTrips() {
        for base: Int64 in [0, -1, 951_782_399, 951_868_800, -62_167_219_199, 253_402_300_798] {
            for micros: Int64 in [0, 1, 999, 1000, 500_000, 999_999] {
                let moment = Timestamp(microseconds: base * 1_000_000 + micros)
                #expect(Timestamp(moment.description) == moment)
            }
        }
    }

    @Test(
        "offsets are taken off, and both cases and the space are read",
        arguments: [
            "2026-02-03T12:35:11+02:00", "2026-02-03T05:05:11-05:30", "2026-02-03t10:35:11z", "2026-02-03 10:35:11Z",
            "2026-02-03T10:35:11+00:00", "2026-02-03T10:35:11-00:00", "2026-02-04T10:34:11+23:59",
        ])
    func offsets(_ text: String) {
        #expect(Timestamp(text) == Timestamp(seconds: 1_770_114_911))
    }

    @Test(
        "what is not a moment is refused",
        arguments: [
            "", "2026-02-03", "2026-02-03T10:35:11", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
            "2026-02-30T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
            "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+01",
            "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+01:60",
            "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00Z ", " 2026-01-01T00:00:00Z", "+026-01-01T00:00:00Z",
            "2026/01/01T00:00:00Z", "2026-01-01X00:00:00Z", "2026-01-01T00-00-00Z", "26-01-01T00:00:00.000000Z",
            "２026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456789012345678901234Z",
            // In UTC these lie outside the years that RFC 3339 can write.
            "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        ])
    func refusals(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("the leap second that RFC 3339 allows is the first second of the next minute")
    func leapSecond() {
        #expect(Timestamp("2016-12-31T23:59:60Z") == Timestamp("2017-01-01T00:00:00Z"))
    }

    @Test("a moment beyond the years that can be written is written as the last or first that can")
    func beyond() {
        #expect(Timestamp(microseconds: .max).description == "9999-12-31T23:59:59.999999Z")
        #expect(Timestamp(microseconds: .min).description == "0000-01-01T00:00:00Z")
        #expect(Timestamp(seconds: 253_402_300_800).description == "9999-12-31T23:59:59.999999Z")
    }

    @Test("moments and durations add up")
    func arithmetic() {
        let moment = Timestamp(seconds: 100)
        #expect(moment + .milliseconds(1500) == Timestamp(microseconds: 101_500_000))
        #expect(moment - .microseconds(1) == Timestamp(microseconds: 99_999_999))
        #expect(Timestamp(seconds: 90) - moment == .seconds(-10))
        #expect(Duration.nanoseconds(1999).microseconds == 1)
        #expect(Duration.seconds(-1.5).microseconds == -1_500_000)
        #expect(Duration.microseconds(2_999).milliseconds == 2)
        #expect(Duration.milliseconds(250).inSeconds == 0.25)
    }

    @Test("now is now")
    func now() {
        let first = Timestamp.now
        #expect(first > Timestamp(seconds: 1_700_000_000))
        #expect(Timestamp.now >= first)
    }
}
