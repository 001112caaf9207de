import CSodium
import Kit

/// Authenticated encryption (XChaCha20-Poly1305) of personal columns and message fields.
///
/// What is sealed opens only with a key of the ring, for the same purpose, in the same context (the row it stands in),
/// and with every bit as it was; so a value can neither be changed nor moved to another row or column. Equal texts
/// seal differently. Does not hide the length.
///
///     version 1 | key id, 4 bytes | nonce, 24 bytes | ciphertext | tag, 16 bytes
package struct SealedBox: Sendable {
    private static let version: UInt8 = 1
    private static let nonceCount = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
    private static let tagCount = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)
    private static let headCount = 5 + nonceCount
    /// How many bytes sealing adds.
    package static let overhead = headCount + tagCount

    private let keys: Keyring
    private let purpose: [UInt8]

    /// `purpose` names what is sealed, for instance `verification.phone`; it is part of the key and of the proof.
    package init(_ keys: Keyring, purpose: String) {
        self.keys = keys.derived(for: "sealed box: \(purpose)")
        self.purpose = Array(purpose.utf8)
    }

    /// Seals bytes into the context they will stand in.
    package func seal(_ bytes: some Collection<UInt8>, in context: [UInt8]) -> [UInt8] {
        seal(bytes, in: context, nonce: randomBytes(Self.nonceCount))
    }

    /// The same with a given nonce; a nonce must never serve twice, so only a test gives one.
    func seal(_ bytes: some Collection<UInt8>, in context: [UInt8], nonce: [UInt8]) -> [UInt8] {
        precondition(nonce.count == Self.nonceCount, "a nonce has 24 bytes")
        var plain = Array(bytes)
        defer { wipe(&plain) }
        let key = keys.current
        let head = [Self.version] + (0..<4).map { UInt8(truncatingIfNeeded: key.id >> (24 - 8 * $0)) } + nonce
        return head
            + Self.encrypt(plain, proving: proof(head, context), nonce: nonce, key: key.secret)
    }

    /// Opens what `seal` made, in the same context.
    package func open(_ sealed: some Collection<UInt8>, in context: [UInt8]) throws(SecurityError) -> [UInt8] {
        let sealed = Array(sealed)
        guard sealed.count >= Self.overhead, sealed[0] == Self.version else {
            throw SecurityError(.invalid, "The sealed value is not of a form we make")
        }
        let id = sealed[1...4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard let key = keys.key(id) else {
            throw SecurityError(.unknownKey, "The value was sealed with a key that is not in the ring")
        }
        let head = Array(sealed[..<Self.headCount])
        guard
            let plain = Self.decrypt(
                Array(sealed[Self.headCount...]), proving: proof(head, context), nonce: Array(head[5...]),
                key: key.secret)
        else { throw SecurityError(.invalid, "The sealed value was changed or moved") }
        return plain
    }

    /// What is authenticated without being hidden. The purpose's length keeps it apart from the context.
    private func proof(_ head: [UInt8], _ context: [UInt8]) -> [UInt8] {
        head + [UInt8(truncatingIfNeeded: purpose.count)] + purpose + context
    }

    static func encrypt(_ plain: [UInt8], proving associated: [UInt8], nonce: [UInt8], key: Secret) -> [UInt8] {
        var cipher = [UInt8](repeating: 0, count: plain.count + tagCount)
        var count: UInt64 = 0
        _ = key.withPointer {
            crypto_aead_xchacha20poly1305_ietf_encrypt(
                &cipher, &count, plain, UInt64(plain.count), associated, UInt64(associated.count), nil, nonce,
                $0)
        }
        return cipher
    }

    static func decrypt(_ cipher: [UInt8], proving associated: [UInt8], nonce: [UInt8], key: Secret) -> [UInt8]? {
        guard cipher.count >= tagCount else { return nil }
        var plain = [UInt8](repeating: 0, count: cipher.count - tagCount)
        var count: UInt64 = 0
        let status = key.withPointer {
            crypto_aead_xchacha20poly1305_ietf_decrypt(
                &plain, &count, nil, cipher, UInt64(cipher.count), associated, UInt64(associated.count), nonce,
                $0)
        }
        return status == 0 ? plain : nil
    }
}

extension SealedBox {
    /// Seals a text into the row it will stand in.
    package func seal(_ text: String, in row: ID) -> [UInt8] { seal(text.utf8, in: row.bytes) }

    /// Opens a sealed text out of the row it stands in.
    package func openText(_ sealed: some Collection<UInt8>, in row: ID) throws(SecurityError) -> String {
        let bytes = try open(sealed, in: row.bytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SecurityError(.invalid, "The sealed value is not text")
        }
        return text
    }

    /// A sealed text as a member of JSON carries it, in base64url.
    package func sealForJSON(_ text: String, in row: ID) -> String { Base64.urlText(seal(text, in: row)) }

    /// Opens what `sealForJSON` made.
    package func openFromJSON(_ sealed: String, in row: ID) throws(SecurityError) -> String {
        guard let bytes = Base64.urlBytes(sealed) else {
            throw SecurityError(.invalid, "The sealed value is not base64url")
        }
        return try openText(bytes, in: row)
    }
}
