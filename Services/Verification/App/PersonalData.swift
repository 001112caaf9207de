import Contracts
import JSON
import Kit
import Providers
import Security

/// Seals and opens what belongs to people: phone numbers and texts. The purposes are agreed with the gateway, which opens
/// them for their owner; no other service has the key.
struct PersonalData: Sendable {
    private let phones: SealedBox
    private let messages: SealedBox

    init(_ keys: Keyring) {
        phones = SealedBox(keys, purpose: "verification.phone")
        messages = SealedBox(keys, purpose: "verification.message")
    }

    func seal(_ phone: PhoneNumber, of order: ID) -> String { phones.sealForJSON(phone.text, in: order) }

    func phone(_ sealed: String, of order: ID) throws -> String { try phones.openFromJSON(sealed, in: order) }

    func seal(_ content: MessageContent, of message: ID) -> String {
        messages.sealForJSON(String(decoding: content.json, as: UTF8.self), in: message)
    }

    func content(_ sealed: String, of message: ID) throws -> MessageContent {
        try MessageContent(json: messages.openFromJSON(sealed, in: message).utf8)
    }
}
