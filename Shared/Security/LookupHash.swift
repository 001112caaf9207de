import CSodium

/// Keyed hashes (BLAKE2b) by which a row is found without its personal value standing in clear: phone numbers, e-mail
/// addresses, and tokens of which we keep only the hash. Without the key the values cannot be tried out.
///
/// The caller brings values into one form first (a phone number in E.164, an address in lower case).
package struct LookupHash: Sendable {
    private let keys: Keyring
    private let count: Int

    /// `bytes`: 16 to find by, 32 where a collision would be an attack (tokens).
    package init(_ keys: Keyring, purpose: String, bytes count: Int = 16) {
        precondition((16...32).contains(count), "a look-up hash has 16 to 32 bytes")
        self.keys = keys.derived(for: "lookup hash: \(purpose)")
        self.count = count
    }

    /// The hash to store.
    package func hash(_ text: String) -> [UInt8] { hash(text, keys.current) }

    /// Every hash the value may be stored under, the current key's first: look for any of them while keys change.
    package func candidates(_ text: String) -> [[UInt8]] { keys.all.map { hash(text, $0) } }

    private func hash(_ text: String, _ key: Keyring.Key) -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: count)
        hash.withUnsafeMutableBufferPointer { blake2b(into: $0, key: key.secret, [text.utf8]) }
        return hash
    }
}
