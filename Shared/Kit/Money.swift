/// An amount of US dollars in whole micro-units (1 USD = 1 000 000), so that sums are exact.
package struct Money: Hashable, Comparable, Sendable {
    package let micro: Int64

    package init(micro: Int64) { self.micro = micro }

    package static let zero = Money(micro: 0)
    /// The one currency customers are charged in.
    package static let currency = "USD"

    package static func < (left: Money, right: Money) -> Bool { left.micro < right.micro }
    package static func + (left: Money, right: Money) -> Money { Money(micro: left.micro + right.micro) }
    package static func - (left: Money, right: Money) -> Money { Money(micro: left.micro - right.micro) }
    package static func * (left: Money, right: Int64) -> Money { Money(micro: left.micro * right) }
    package static prefix func - (value: Money) -> Money { Money(micro: -value.micro) }
}

extension Money: LosslessStringConvertible {
    /// Reads `12`, `0.75`, `-3.000001`: digits, at most six after the point, no exponent, no sign but `-`,
    /// below one billion. Nil for anything else, so that no amount is ever rounded in silence.
    package init?(_ description: String) {
        var text = description
        let micro: Int64? = text.withUTF8 { utf8 in
            var index = 0
            let negative = utf8.first == UInt8(ascii: "-")
            if negative { index = 1 }
            var whole: Int64 = 0
            var fraction: Int64 = 0
            let start = index
            while index < utf8.count, utf8[index] >= 0x30, utf8[index] <= 0x39 {
                whole = whole * 10 + Int64(utf8[index] - 0x30)
                index += 1
                if index - start > 9 { return nil }
            }
            guard index > start else { return nil }
            if index < utf8.count {
                guard utf8[index] == UInt8(ascii: ".") else { return nil }
                index += 1
                var scale: Int64 = 100_000
                let fractionStart = index
                while index < utf8.count {
                    guard utf8[index] >= 0x30, utf8[index] <= 0x39, index - fractionStart < 6 else { return nil }
                    fraction += Int64(utf8[index] - 0x30) * scale
                    scale /= 10
                    index += 1
                }
                guard index > fractionStart else { return nil }
            }
            let value = whole * 1_000_000 + fraction
            return negative ? -value : value
        }
        guard let micro else { return nil }
        self.init(micro: micro)
    }

    /// At least four digits after the point, at most six: `0.7500`, `0.008125`.
    package var description: String {
        let magnitude = micro.magnitude
        var fraction = String(magnitude % 1_000_000)
        fraction = String(repeating: "0", count: 6 - fraction.count) + fraction
        while fraction.count > 4, fraction.last == "0" { fraction.removeLast() }
        return "\(micro < 0 ? "-" : "")\(magnitude / 1_000_000).\(fraction)"
    }

    /// The nearest micro-unit to a price a provider gave as a number; nil when it is not finite or out of range.
    package init?(rounding amount: Double) {
        guard amount.isFinite, amount.magnitude < 1e9 else { return nil }
        self.init(micro: Int64((amount * 1e6).rounded()))
    }
}
