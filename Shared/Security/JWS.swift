import JSON

/// The compact form of RFC 7515 with HS256, and nothing else: the algorithm is ours to know, not the token's to say.
enum JWS {
    /// A token of ours has some 350 bytes; what is longer is not looked at.
    static let longest = 4096

    static func sign(_ payload: [UInt8], key: Keyring.Key) -> String {
        let header: JSON = ["alg": "HS256", "typ": "JWT", "kid": .string(name(key.id))]
        let signed = Base64.urlText(header.bytes) + "." + Base64.urlText(payload)
        return signed + "." + Base64.urlText(HMAC.sha256(key: key.secret, signed.utf8))
    }

    /// The payload, if a key the caller trusts has signed it. `find` gets the header's key id.
    static func payload(_ token: String, key find: (String?) -> Secret?) throws(SecurityError) -> [UInt8] {
        guard token.utf8.count <= longest else { throw SecurityError(.invalid, "The token is too long") }
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64.urlBytes(Substring(parts[0])),
            let payload = Base64.urlBytes(Substring(parts[1])), let signature = Base64.urlBytes(Substring(parts[2]))
        else { throw SecurityError(.invalid, "The token is not of the form of a signed token") }
        let header: JSON
        do { header = try JSON(parsing: head) } catch {
            throw SecurityError(.invalid, "The token's header is not JSON")
        }
        // RFC 7515 § 4.1.11: extensions named critical must be understood, and we understand none.
        guard header["alg"] == "HS256", header["crit"] == nil, header["b64"] == nil else {
            throw SecurityError(.invalid, "The token is not signed the way ours are")
        }
        guard let key = find(header["kid"]?.stringValue) else {
            throw SecurityError(.unknownKey, "The token was signed with a key that is not in the ring")
        }
        let signed = token.utf8[..<parts[1].endIndex]
        guard constantTimeEqual(HMAC.sha256(key: key, signed), signature) else {
            throw SecurityError(.invalid, "The token's signature is wrong")
        }
        return payload
    }

    static func name(_ id: UInt32) -> String {
        let text = String(id, radix: 16)
        return String(repeating: "0", count: 8 - text.utf8.count) + text
    }

    static func id(_ name: String?) -> UInt32? {
        guard let name, name.utf8.count == 8, name.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }) else { return nil }
        return UInt32(name, radix: 16)
    }
}
