import Kit

/// Undoes percent-encoding (RFC 3986 § 2.1), strictly: what is not well-formed is refused, never guessed at.
enum PercentCoding {
    enum Part {
        /// One segment of a path: no control characters, `+` is a plus sign.
        case segment
        /// A name or value of a query or form: no NUL, `+` is a space.
        case query
    }

    /// The decoded text, nil for a broken escape, for bytes that are not UTF-8 and for characters not allowed there.
    static func decode(_ bytes: some Collection<UInt8>, _ part: Part) -> String? {
        if bytes.allSatisfy({ $0 != UInt8(ascii: "%") && ($0 != UInt8(ascii: "+") || part == .segment) && $0 >= 0x20 })
        {
            return String(validating: bytes, as: UTF8.self)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            var byte = bytes[index]
            index = bytes.index(after: index)
            if byte == UInt8(ascii: "%") {
                guard index < bytes.endIndex, let high = nibble(bytes[index]) else { return nil }
                index = bytes.index(after: index)
                guard index < bytes.endIndex, let low = nibble(bytes[index]) else { return nil }
                index = bytes.index(after: index)
                byte = high << 4 | low
            } else if byte == UInt8(ascii: "+"), part == .query {
                byte = 0x20
            }
            guard byte != 0, part == .query || (byte >= 0x20 && byte != 0x7F) else { return nil }
            decoded.append(byte)
        }
        return String(validating: decoded, as: UTF8.self)
    }

    /// `a=1&b=two+words` as pairs, in order; nil when any part is not well-formed.
    static func decodePairs(_ bytes: some Collection<UInt8>) -> [HTTPRequest.Field]? {
        var pairs: [HTTPRequest.Field] = []
        for piece in bytes.split(separator: UInt8(ascii: "&")) {
            let equals = piece.firstIndex(of: UInt8(ascii: "="))
            guard let name = decode(piece[..<(equals ?? piece.endIndex)], .query),
                let value = equals.map({ decode(piece[piece.index(after: $0)...], .query) }) ?? ""
            else { return nil }
            pairs.append(.init(name: name, value: value))
        }
        return pairs
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
