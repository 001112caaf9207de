import CCrypto
import CSodium

/// The SHA-256 of some bytes.
package func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
    let bytes = Array(bytes)
    crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    return digest
}

/// Message authentication codes of RFC 2104, with keys of any length.
package enum HMAC {
    /// For what others ask to be signed so (Twilio, Mandrill, one-time passwords); nothing of ours chooses it.
    package static func sha1(key: Secret, _ message: some Collection<UInt8>) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 64)
        key.withBytes { key in
            for (index, byte) in (key.count > 64 ? sha1Digest(Array(key)) : Array(key)).enumerated() {
                block[index] = byte
            }
        }
        defer { wipe(&block) }
        var inner = block.map { $0 ^ 0x36 }
        defer { wipe(&inner) }
        let digest = sha1Digest(inner + message)
        var outer = block.map { $0 ^ 0x5C }
        defer { wipe(&outer) }
        return sha1Digest(outer + digest)
    }

    package static func sha256(key: Secret, _ message: some Collection<UInt8>) -> [UInt8] {
        let message = Array(message)
        var code = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha256_BYTES))
        var state = crypto_auth_hmacsha256_state()
        _ = key.withPointer { crypto_auth_hmacsha256_init(&state, $0, key.count) }
        crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
        crypto_auth_hmacsha256_final(&state, &code)
        sodium_memzero(&state, MemoryLayout.size(ofValue: state))
        return code
    }

    package static func sha512(key: Secret, _ message: some Collection<UInt8>) -> [UInt8] {
        let message = Array(message)
        var code = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha512_BYTES))
        var state = crypto_auth_hmacsha512_state()
        _ = key.withPointer { crypto_auth_hmacsha512_init(&state, $0, key.count) }
        crypto_auth_hmacsha512_update(&state, message, UInt64(message.count))
        crypto_auth_hmacsha512_final(&state, &code)
        sodium_memzero(&state, MemoryLayout.size(ofValue: state))
        return code
    }

    private static func sha1Digest(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        let status = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha1(), nil)
        precondition(status == 1, "libcrypto has no SHA-1")
        return digest
    }
}

/// Whether two byte strings are equal, in a time that tells only whether their lengths are.
package func constantTimeEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
}

/// Overwrites bytes that must not stay in memory.
func wipe<Byte: FixedWidthInteger & BitwiseCopyable>(_ bytes: inout [Byte]) {
    sodium_memzero(&bytes, bytes.count * MemoryLayout<Byte>.stride)
}

/// BLAKE2b of several parts, one after another, into a buffer of 16 to 64 bytes.
func blake2b(into target: UnsafeMutableBufferPointer<UInt8>, key: Secret?, _ parts: [any Collection<UInt8>]) {
    var message: [UInt8] = []
    for part in parts { message.append(contentsOf: part) }
    defer { wipe(&message) }
    func hash(_ key: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
        guard let start = target.baseAddress else { return -1 }
        return crypto_generichash(start, target.count, message, UInt64(message.count), key, count)
    }
    let status = key.map { key in key.withPointer { hash($0, key.count) } } ?? hash(nil, 0)
    precondition(status == 0, "BLAKE2b was asked for a length it does not have")
}
