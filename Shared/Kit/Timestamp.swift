#if canImport(Glibc)
    import Glibc
#endif

/// A moment in UTC, to the microsecond: what Postgres stores and what our JSON carries as RFC 3339 text with `Z`.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(seconds: Int64) { self.microseconds = seconds * 1_000_000 }

    /// The wall clock of this machine.
    package static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    package static func + (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(microseconds: left.microseconds + right.microseconds)
    }

    package static func - (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(microseconds: left.microseconds - right.microseconds)
    }

    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }
}

extension Duration {
    /// Whole microseconds, rounded towards zero.
    package var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// Whole milliseconds, rounded towards zero.
    package var milliseconds: Int64 { microseconds / 1000 }

    /// Seconds with their fraction, for metrics and for C interfaces that want a double.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}

extension Timestamp: LosslessStringConvertible {
    /// Reads RFC 3339: `2026-02-03T10:35:11.482113907Z`, any number of fraction digits (kept to the microsecond),
    /// `Z` or a numeric offset, `T` or a space. Nil for anything else, and for dates that do not exist.
    package init?(_ description: String) {
        var text = description
        guard let value = text.withUTF8({ Timestamp.parse($0) }) else { return nil }
        self.init(microseconds: value)
    }

    private static func parse(_ utf8: UnsafeBufferPointer<UInt8>) -> Int64? {
        func digits(_ from: Int, _ count: Int) -> Int64? {
            guard from + count <= utf8.count else { return nil }
            var value: Int64 = 0
            for index in from..<(from + count) {
                guard utf8[index] >= 0x30, utf8[index] <= 0x39 else { return nil }
                value = value * 10 + Int64(utf8[index] - 0x30)
            }
            return value
        }
        guard utf8.count >= 20, utf8.count <= 40,
            let year = digits(0, 4), let month = digits(5, 2), let day = digits(8, 2),
            let hour = digits(11, 2), let minute = digits(14, 2), let second = digits(17, 2),
            utf8[4] == 0x2D, utf8[7] == 0x2D, utf8[13] == 0x3A, utf8[16] == 0x3A,
            utf8[10] == 0x54 || utf8[10] == 0x74 || utf8[10] == 0x20,
            (1...12).contains(month), hour < 24, minute < 60, second <= 60, day >= 1, day <= daysIn(month, year)
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if utf8[index] == 0x2E {
            index += 1
            var scale: Int64 = 100_000
            let start = index
            while index < utf8.count, utf8[index] >= 0x30, utf8[index] <= 0x39 {
                fraction += Int64(utf8[index] - 0x30) * scale
                scale /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        guard index < utf8.count else { return nil }
        var offset: Int64 = 0
        switch utf8[index] {
        case 0x5A, 0x7A:
            index += 1
        case 0x2B, 0x2D:
            guard let hours = digits(index + 1, 2), let minutes = digits(index + 4, 2), utf8[index + 3] == 0x3A,
                hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (utf8[index] == 0x2B ? 60 : -60)
            index += 6
        default:
            return nil
        }
        guard index == utf8.count else { return nil }
        let seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        let value = seconds * 1_000_000 + fraction
        // An offset may carry the moment out of the years that can be written again.
        return writable.contains(value) ? value : nil
    }

    /// From the first microsecond of the year 0 to the last of 9999: four digits are all that RFC 3339 has for a year.
    private static let writable: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999

    private static func daysIn(_ month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar; the year is counted from March so that the leap day is last.
    private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// RFC 3339 in UTC with `Z`; the fraction is left out, or has three or six digits, whichever is exact. A moment
    /// outside the years 0 to 9999 is written as the nearest one within.
    package var description: String {
        let microseconds = min(max(microseconds, Self.writable.lowerBound), Self.writable.upperBound)
        var seconds = microseconds / 1_000_000
        var micros = microseconds % 1_000_000
        if micros < 0 {
            micros += 1_000_000
            seconds -= 1
        }
        var days = seconds / 86_400
        var rest = seconds % 86_400
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        days += 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)

        return String(unsafeUninitializedCapacity: 27) { buffer in
            var length = 0
            func put(_ value: Int64, _ count: Int) {
                var value = value
                for index in stride(from: length + count - 1, through: length, by: -1) {
                    buffer[index] = UInt8(0x30 + value % 10)
                    value /= 10
                }
                length += count
            }
            func put(_ character: UInt8) {
                buffer[length] = character
                length += 1
            }
            put(year, 4)
            put(0x2D)
            put(month, 2)
            put(0x2D)
            put(day, 2)
            put(0x54)
            put(rest / 3600, 2)
            put(0x3A)
            put(rest / 60 % 60, 2)
            put(0x3A)
            put(rest % 60, 2)
            if micros != 0 {
                put(0x2E)
                if micros % 1000 == 0 { put(micros / 1000, 3) } else { put(micros, 6) }
            }
            put(0x5A)
            return length
        }
    }
}
