import CSodium

/// RFC 4648 in constant time. Readers are strict: no white space, no stray bits, padding exactly where it belongs.
package enum Base64 {
    /// The URL-safe alphabet without padding.
    package static func urlText(_ bytes: [UInt8]) -> String { text(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING) }

    /// Reads `urlText`; nil for anything else.
    package static func urlBytes(_ text: some StringProtocol) -> [UInt8]? {
        bytes(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING)
    }

    /// The common alphabet with padding, as HTTP headers carry it.
    package static func text(_ bytes: [UInt8]) -> String { text(bytes, sodium_base64_VARIANT_ORIGINAL) }

    /// Reads `text`; nil for anything else.
    package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        bytes(text, sodium_base64_VARIANT_ORIGINAL)
    }

    private static func text(_ bytes: [UInt8], _ variant: Int32) -> String {
        let length = sodium_base64_encoded_len(bytes.count, variant)
        return String(unsafeUninitializedCapacity: length) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            return start.withMemoryRebound(to: CChar.self, capacity: length) {
                sodium_bin2base64($0, length, bytes, bytes.count, variant)
                // The length counts the closing NUL, which is not part of a Swift string.
                return length - 1
            }
        }
    }

    private static func bytes(_ text: some StringProtocol, _ variant: Int32) -> [UInt8]? {
        let source = text.utf8.map { CChar(bitPattern: $0) }
        var count = 0
        var bytes = [UInt8](repeating: 0, count: source.count / 4 * 3 + 3)
        guard sodium_base642bin(&bytes, bytes.count, source, source.count, nil, &count, nil, variant) == 0
        else { return nil }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
