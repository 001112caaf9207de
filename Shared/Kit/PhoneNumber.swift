/// A phone number in E.164 form: `+` and 5 to 15 digits, the first not zero (ITU-T E.164; the lower bound keeps out
/// short codes). Its description is masked, so that a number cannot reach a log by accident; `text` is the number.
package struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Reads a number with or without the leading `+` (providers send both); nil for anything else.
    package init?(_ text: String) {
        let digits = text.utf8.first == UInt8(ascii: "+") ? text.dropFirst() : text[...]
        guard (5...15).contains(digits.utf8.count), digits.utf8.first != UInt8(ascii: "0"),
            digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return nil }
        self.text = "+" + digits
    }

    package var description: String { "+…\(text.suffix(2))" }
}
