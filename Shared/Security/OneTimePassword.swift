import Kit

/// Time-based one-time passwords (RFC 6238: SHA-1, 30 seconds, 6 digits), which every authenticator app makes.
package struct OneTimePassword: Sendable {
    /// How long one password stands, in seconds.
    package static let step: Int64 = 30
    private let secret: Secret

    /// The 20 bytes shared with the app; the caller keeps them sealed.
    package init(_ secret: Secret) { self.secret = secret }

    /// The step of a password that is right within one step of the clock, and later than the last one used, so that a
    /// password seen over a shoulder cannot serve twice. Nil when it is wrong. The caller stores the step.
    package func step(of password: String, after last: Int64?, now: Timestamp = .now) -> Int64? {
        let current = now.microseconds / 1_000_000 / Self.step
        var found: Int64?
        // Every step is compared, so that the time taken tells nothing.
        for step in (current - 1)...(current + 1) where step > last ?? -1 {
            if constantTimeEqual(self.password(step).utf8, password.utf8) { found = step }
        }
        return found
    }

    /// The six digits of a step.
    package func password(_ step: Int64) -> String { Self.digits(code(step), 6) }

    /// RFC 4226 § 5.3: 31 bits of the code, from a place the code itself names.
    func code(_ step: Int64) -> UInt32 {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * $0)) }
        let mac = HMAC.sha1(key: secret, counter)
        let offset = Int(mac[19] & 0xF)
        return mac[offset..<(offset + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
    }

    static func digits(_ code: UInt32, _ count: Int) -> String {
        var modulus: UInt32 = 1
        for _ in 0..<count { modulus *= 10 }
        let text = String(code % modulus)
        return String(repeating: "0", count: count - text.utf8.count) + text
    }

    /// The secret as a person types it into an app: base32 (RFC 4648) without padding.
    package var base32: String {
        secret.withBytes { bytes in
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
            var text: [UInt8] = []
            var (accumulator, bits) = (UInt32(0), 0)
            for byte in bytes {
                accumulator = accumulator << 8 | UInt32(byte)
                bits += 8
                while bits >= 5 {
                    bits -= 5
                    text.append(alphabet[Int(accumulator >> UInt32(bits) & 31)])
                }
            }
            if bits > 0 { text.append(alphabet[Int(accumulator << UInt32(5 - bits) & 31)]) }
            return String(decoding: text, as: UTF8.self)
        }
    }

    /// What the app reads out of a picture. Both words must be plain: they are escaped, byte by byte.
    package func address(issuer: String, account: String) -> String {
        let (issuer, account) = (Self.escape(issuer), Self.escape(account))
        return "otpauth://totp/\(issuer):\(account)?secret=\(base32)&issuer=\(issuer)"
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                escaped += byte < 16 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return escaped
    }
}
