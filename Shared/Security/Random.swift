import CSodium

/// Bytes nobody can guess, from the kernel's generator.
package func randomBytes(_ count: Int) -> [UInt8] {
    Sodium.start()
    var bytes = [UInt8](repeating: 0, count: count)
    randombytes_buf(&bytes, count)
    return bytes
}

/// A token nobody can guess, in base64url: 32 bytes are 43 characters.
package func randomToken(bytes count: Int = 32) -> String { Base64.urlText(randomBytes(count)) }
