import JSON
import Security

/// Notices that TextVerified sends of its own accord.
extension TextVerified {
    /// The header that a notice is signed in.
    package static let signatureHeader = "X-Webhook-Signature"

    /// What a notice is about; nil for one that is not signed with our secret, and for what is no notice. The body must
    /// be exactly what came. Repeats of a notice have the same `eventID`.
    package static func notice(body: [UInt8], signature: String?, secret: Secret) -> ProviderNotice? {
        let prefix = "HMAC-SHA512="
        guard let signature, signature.lowercased().hasPrefix(prefix.lowercased()),
            let told = Base64.bytes(signature.dropFirst(prefix.count)),
            constantTimeEqual(told, HMAC.sha512(key: secret, body)),
            let json = LenientJSON.parse(body), let id = TextVerifiedReader.text(json["id"]),
            let event = TextVerifiedReader.text(json["event"])
        else { return nil }
        let data = json["data"]
        let ref: JSON? =
            switch event.lowercased() {
            case "v2.sms.received": data?["reservationId"]
            case "v2.reservation.created": data?["id"]
            // About a back-order or a billing cycle, which are no orders.
            default: nil
            }
        return ProviderNotice(eventID: id, ref: TextVerifiedReader.text(ref))
    }
}
