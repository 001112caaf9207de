import Kit

/// Ids that mean nothing to those who get them: a prefix and 26 characters in the form of a ULID, a time and what
/// looks like chance. They lead back to a number without a table.
package enum OpaqueID {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let odd: UInt64 = 0x9E37_79B9_7F4A_7C15
    /// What `odd` is undone by, modulo 2^64.
    private static let inverse: UInt64 = {
        // Newton's way: each round doubles the bits that are right.
        var inverse = odd
        for _ in 0..<6 { inverse = inverse &* (2 &- odd &* inverse) }
        return inverse
    }()

    /// The id of something with that number that came to be at that time.
    package static func text(_ prefix: String, _ number: Int64, _ time: Timestamp) -> String {
        let milliseconds = UInt64(bitPattern: time.microseconds / 1000) & 0xFFFF_FFFF_FFFF
        let hidden = UInt64(bitPattern: number) &* odd
        var high = milliseconds << 16 | (hidden >> 32 ^ hidden ^ milliseconds) & 0xFFFF
        var low = hidden
        var characters: [UInt8] = []
        for _ in 0..<26 {
            characters.append(alphabet[Int(low & 31)])
            low = low >> 5 | high << 59
            high >>= 5
        }
        return prefix + String(decoding: characters.reversed(), as: UTF8.self)
    }

    /// The number that an id was made of; nil for what was never given out under that prefix.
    package static func number(_ prefix: String, _ text: some StringProtocol) -> Int64? {
        guard text.hasPrefix(prefix) else { return nil }
        let body = Array(text.dropFirst(prefix.count).utf8)
        guard body.count == 26 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in body {
            guard let digit = alphabet.firstIndex(of: byte) else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        let milliseconds = high >> 16
        guard high & 0xFFFF == (low >> 32 ^ low ^ milliseconds) & 0xFFFF else { return nil }
        return Int64(bitPattern: low &* inverse)
    }
}
