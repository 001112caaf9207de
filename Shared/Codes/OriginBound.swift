/// The line by which a text names the site its code is for (https://wicg.github.io/sms-one-time-codes/):
/// `@example.com #123456`, with an embedded site behind it if there is one. Where it stands, it is the code.
enum OriginBound {
    /// The code of the last such line.
    static func code(in text: NormalizedText) -> String? {
        var end = text.count
        while end > 0 {
            var start = end
            while start > 0, text.exact[start - 1] != Scalar.lineFeed { start -= 1 }
            if let code = code(in: text, line: start..<end) { return code }
            end = start - 1
        }
        return nil
    }

    private static func code(in text: NormalizedText, line: Range<Int>) -> String? {
        guard line.count >= 6, text.exact[line.lowerBound] == UInt32(UInt8(ascii: "@")) else { return nil }
        var index = line.lowerBound + 1
        var (hasDot, hasLetter) = (false, false)
        while index < line.upperBound, text.exact[index] != Scalar.space {
            let scalar = text.exact[index]
            guard Scalar.isAlphanumeric(scalar) || scalar == 0x2E || scalar == Scalar.hyphen || scalar >= 0x80 else {
                return nil
            }
            hasDot = hasDot || scalar == 0x2E
            hasLetter = hasLetter || !Scalar.isDigit(scalar)
            index += 1
        }
        guard hasLetter, hasDot || text.text(line.lowerBound + 1..<index) == "localhost", index + 2 < line.upperBound,
            text.exact[index + 1] == UInt32(UInt8(ascii: "#"))
        else { return nil }
        let start = index + 2
        index = start
        while index < line.upperBound, text.exact[index] != Scalar.space { index += 1 }
        let code = text.text(start..<index)
        guard (3...16).contains(index - start), code.unicodeScalars.allSatisfy({ $0.isASCII }) else { return nil }
        let isNumber = code.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2D }
        return isNumber ? code.filter { $0 != "-" } : code
    }
}
