import JSON
import Security

/// 5SIM itself tells nothing of its own accord, as far as is documented. Whoever has a relay that does (one that polls
/// beside us, or forwards what 5SIM's site is said to send) lets it sign what it sends with a secret of ours.
///
/// `{"event_id":"…","order_id":123456}`, other members are ignored. Only a hint.
package enum FiveSimNotice {
    /// The header that a notice is signed in: `HMAC-SHA256=` and the signature of the body in base64.
    package static let signatureHeader = "X-Webhook-Signature"

    /// What a notice is about; nil for one that is not signed with our secret, and for what is no notice. The body must
    /// be exactly what came.
    package static func read(_ body: [UInt8], signature: String?, secret: Secret) -> ProviderNotice? {
        let prefix = "HMAC-SHA256="
        guard let signature, signature.lowercased().hasPrefix(prefix.lowercased()),
            let told = Base64.bytes(signature.dropFirst(prefix.count)),
            constantTimeEqual(told, HMAC.sha256(key: secret, body)),
            let json = LenientJSON.parse(body), let id = FiveSimNotice.word(json["event_id"]),
            let ref = word(json["order_id"]), ref.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return ProviderNotice(eventID: id, ref: ref)
    }

    private static func word(_ json: JSON?) -> String? {
        switch json {
        case .string(let text): text.isEmpty || text.utf8.count > 128 ? nil : text
        case .integer(let number): String(number)
        default: nil
        }
    }
}
