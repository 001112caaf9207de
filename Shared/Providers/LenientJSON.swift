import JSON

/// JSON from upstreams, whose members may hold what anybody sent by SMS. The strict parser refuses a NUL character,
/// half of a surrogate pair and broken UTF-8; here each becomes a replacement character, so that one odd message does not
/// hide the code beside it.
enum LenientJSON {
    static func parse(_ bytes: [UInt8]) -> JSON? {
        // A failure here only means that the second look is due, which tells whether it is JSON at all.
        if let json = try? JSON(parsing: bytes) { return json }
        guard bytes.first(where: { $0 > 0x20 }).map({ "{[\"".utf8.contains($0) }) == true else { return nil }
        return try? JSON(parsing: repaired(bytes))
    }

    static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        let input = Array(String(decoding: bytes, as: UTF8.self).utf8)
        var output: [UInt8] = []
        output.reserveCapacity(input.count)
        var index = 0
        while index < input.count {
            guard input[index] == UInt8(ascii: "\\"), index + 1 < input.count else {
                output.append(input[index])
                index += 1
                continue
            }
            guard let unit = escape(input, at: index) else {
                output.append(contentsOf: input[index...(index + 1)])
                index += 2
                continue
            }
            var length = 6
            switch unit {
            case 0xD800...0xDBFF:
                if let next = escape(input, at: index + 6), (0xDC00...0xDFFF).contains(next) {
                    length = 12
                    output.append(contentsOf: input[index..<(index + 12)])
                } else {
                    output.append(contentsOf: "\u{FFFD}".utf8)
                }
            case 0, 0xDC00...0xDFFF: output.append(contentsOf: "\u{FFFD}".utf8)
            default: output.append(contentsOf: input[index..<(index + 6)])
            }
            index += length
        }
        return output
    }

    /// The code unit of the `\uXXXX` that begins there.
    private static func escape(_ input: [UInt8], at index: Int) -> UInt16? {
        guard index + 6 <= input.count, input[index] == UInt8(ascii: "\\"), input[index + 1] == UInt8(ascii: "u"),
            input[(index + 2)..<(index + 6)].allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
        else { return nil }
        return UInt16(String(decoding: input[(index + 2)..<(index + 6)], as: UTF8.self), radix: 16)
    }
}
