import Contracts
import JSON
import Kit
import Providers
import Security

/// Seals and opens what belongs to people: phone numbers, texts and calls. The purposes are agreed with the gateway, which opens
/// them for their owner; no other service has the key.
struct PersonalData: Sendable {
    private let phones: SealedBox
    private let messages: SealedBox
    private let calls: SealedBox
    private let recordings: SealedBox
    /// Ours alone.
    private let places: SealedBox

    init(_ keys: Keyring) {
        phones = SealedBox(keys, purpose: "verification.phone")
        messages = SealedBox(keys, purpose: "verification.message")
        calls = SealedBox(keys, purpose: "verification.call")
        recordings = SealedBox(keys, purpose: "verification.recording")
        places = SealedBox(keys, purpose: "verification.recording.place")
    }

    func seal(_ phone: PhoneNumber, of order: ID) -> String { phones.sealForJSON(phone.text, in: order) }

    func phone(_ sealed: String, of order: ID) throws -> String { try phones.openFromJSON(sealed, in: order) }

    func seal(_ content: MessageContent, of message: ID) -> String {
        messages.sealForJSON(String(decoding: content.json, as: UTF8.self), in: message)
    }

    func content(_ sealed: String, of message: ID) throws -> MessageContent {
        try MessageContent(json: messages.openFromJSON(sealed, in: message).utf8)
    }

    func seal(_ content: CallContent, of call: ID) -> String {
        calls.sealForJSON(String(decoding: content.json, as: UTF8.self), in: call)
    }

    func callContent(_ sealed: String, of call: ID) throws -> CallContent {
        try CallContent(json: calls.openFromJSON(sealed, in: call).utf8)
    }

    func seal(_ recording: some Collection<UInt8>, part: Int, of call: ID) -> [UInt8] {
        recordings.seal(recording, in: KeepRecording.context(call, part: part))
    }

    func recording(_ sealed: [UInt8], part: Int, of call: ID) throws -> [UInt8] {
        try recordings.open(sealed, in: KeepRecording.context(call, part: part))
    }

    /// Where a provider has a recording, which may be an address that opens by itself.
    func seal(place: String, of call: ID) -> String { places.sealForJSON(place, in: call) }

    func place(_ sealed: String, of call: ID) throws -> String { try places.openFromJSON(sealed, in: call) }
}
