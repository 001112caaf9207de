import JSON
import Kit

/// What an upstream of this family sends when a message has come: a POST without a signature, again and again until it is
/// answered with 200. Only a hint, therefore: whoever takes it asks for the activation before believing anything, and
/// keeps the address secret.
package enum SMSActivateNotice {
    /// nil for what is no notice. One has no name of its own: what is told of the same message has the same.
    package static func read(_ body: [UInt8]) -> ProviderNotice? {
        guard let json = LenientJSON.parse(body), json.objectValue != nil,
            let ref = word(json["activationId"]), ref != "0", ref.utf8.count <= 64,
            SMSActivateReader.isIdentifier(ref)
        else { return nil }
        return ProviderNotice(
            eventID: "\(ref)+\(word(json["code"]) ?? "")+\(word(json["receivedAt"]) ?? "")", ref: ref)
    }

    private static func word(_ json: JSON?) -> String? {
        switch json {
        case .string(let text): text.isEmpty ? nil : text
        case .integer(let number): String(number)
        default: nil
        }
    }
}
