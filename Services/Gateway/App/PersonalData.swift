import Contracts
import JSON
import Kit
import Security

/// Opens for their owner what Verification has sealed: phone numbers, texts and calls.
struct PersonalData: Sendable {
    private let phones: SealedBox
    private let messages: SealedBox
    private let calls: SealedBox
    private let recordings: SealedBox

    init(_ keys: Keyring) {
        phones = SealedBox(keys, purpose: "verification.phone")
        messages = SealedBox(keys, purpose: "verification.message")
        calls = SealedBox(keys, purpose: "verification.call")
        recordings = SealedBox(keys, purpose: "verification.recording")
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

    func call(_ sealed: String, id: ID) throws -> CallContent {
        try CallContent(json: calls.openFromJSON(sealed, in: id).utf8)
    }

    /// A part of a recording.
    func recording(_ sealed: [UInt8], part: Int, of call: ID) throws -> [UInt8] {
        try recordings.open(sealed, in: KeepRecording.context(call, part: part))
    }
}
