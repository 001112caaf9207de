/// The part of something that a client asks for with `Range` (RFC 9110 § 14).
package enum ByteRange {
    /// The bytes of a header with one range; nil for everything that is to be answered with the whole: none, several,
    /// another unit, or a range that lies outside.
    package static func parse(_ header: String?, size: Int) -> Range<Int>? {
        guard let header, size > 0, header.lowercased().hasPrefix("bytes=") else { return nil }
        let parts = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        if parts[0].isEmpty {
            guard let count = number(parts[1]), count > 0 else { return nil }
            return max(0, size - count)..<size
        }
        guard let first = number(parts[0]), first < size else { return nil }
        if parts[1].isEmpty { return first..<size }
        guard let last = number(parts[1]), last >= first else { return nil }
        return first..<min(last, size - 1) + 1
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
