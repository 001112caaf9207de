/// A token that means nothing but what we stored beside its hash: a refresh token, a link to reset a password, a token
/// against forged requests. 256 random bits in base64url, shown once; its description is redacted.
package struct OpaqueToken: Hashable, Sendable {
    /// The token itself: for its bearer.
    package let text: String

    /// A new token nobody can guess.
    package static func new() -> OpaqueToken { OpaqueToken(fresh: randomToken(bytes: 32)) }

    /// Reads what a caller sent; nil when it cannot be a token of ours.
    package init?(_ text: String) {
        guard text.utf8.count == 43, Base64.urlBytes(text) != nil else { return nil }
        self.text = text
    }

    private init(fresh: String) { text = fresh }

    /// What is stored and looked up instead of the token.
    package func hash(_ hashes: LookupHash) -> [UInt8] { hashes.hash(text) }
}

extension OpaqueToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "‹token›" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
