/// A customer's API key: `nk_live_`, 43 characters of base62 (256 random bits) and 6 characters of checksum, so that a
/// typing error is told from an unknown key without asking the database. Shown to its owner once; we keep its `hash`
/// and its `prefix`. Its description is redacted.
package struct APIKey: Hashable, Sendable {
    package static let mark = "nk_live_"
    private static let bodyCount = 43
    private static let checkCount = 6

    /// The whole key: for its owner's eyes.
    package let text: String

    /// A new key nobody can guess.
    package static func new() -> APIKey {
        // Modulo would favour some characters: bytes beyond the last multiple of 62 are drawn again.
        var body: [UInt8] = []
        while body.count < bodyCount {
            body += randomBytes(bodyCount).filter { $0 < 248 }.map { alphabet[Int($0 % 62)] }
        }
        let start = mark + String(decoding: body.prefix(bodyCount), as: UTF8.self)
        return APIKey(whole: start + check(start))
    }

    /// Reads a key; nil when it cannot be one of ours, because its shape or its checksum is wrong.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count == Self.mark.utf8.count + Self.bodyCount + Self.checkCount, text.hasPrefix(Self.mark),
            bytes.dropFirst(Self.mark.utf8.count).allSatisfy({ Self.alphabet.contains($0) })
        else { return nil }
        let start = text.dropLast(Self.checkCount)
        guard constantTimeEqual(Self.check(start).utf8, bytes.suffix(Self.checkCount)) else { return nil }
        self.text = text
    }

    private init(whole: String) { text = whole }

    /// What the owner's list shows: `nk_live_7Gk2Q`.
    package var prefix: String { String(text.prefix(Self.mark.count + 5)) }

    /// What is stored and looked up instead of the key.
    package func hash(_ hashes: LookupHash) -> [UInt8] { hashes.hash(text) }

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Thirty-two bits of SHA-256 in base62.
    private static func check(_ start: some StringProtocol) -> String {
        var value = sha256(Array(start.utf8)).prefix(4).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var digits: [UInt8] = []
        for _ in 0..<checkCount {
            digits.append(alphabet[Int(value % 62)])
            value /= 62
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { prefix + "…" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
