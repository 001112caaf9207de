import Contracts
import JSON
import Kit
import Security

/// Opens for their owner what Verification has sealed: phone numbers and texts.
struct PersonalData: Sendable {
    private let phones: SealedBox
    private let messages: SealedBox

    init(_ keys: Keyring) {
        phones = SealedBox(keys, purpose: "verification.phone")
        messages = SealedBox(keys, purpose: "verification.message")
    }

    func phone(_ sealed: String, of verification: ID) throws -> String {
        try phones.openFromJSON(sealed, in: verification)
    }

    func message(_ sealed: String, id: ID, receivedAt: Timestamp) throws -> MessageBody {
        let content = try MessageContent(json: messages.openFromJSON(sealed, in: id).utf8)
        var body = MessageBody()
        body.id = id
        body.from = content.from
        body.text = content.text
        body.code = content.code
        body.receivedAt = receivedAt
        return body
    }
}
