import JSON
import Kit

/// How a call stands that reached the number.
package enum CallStatus: String, JSONEnum {
    /// It came. What was said is not known yet, and there is nothing to hear.
    case received
    /// There is a recording to hear; what was said in it is not known, or not yet.
    case recorded
    /// It is known what was said, or which code was meant.
    case transcribed
    /// Nothing came to be known of it but that it came.
    case failed
}

/// A call that reached the number, with everything that is known of it.
package struct ReceivedCall: JSONRecord, Hashable {
    package var id = ID.zero
    /// `{"from","transcription","code"}`, sealed for the column `call` of this id.
    package var sealed = ""
    package var status = Open<CallStatus>(.received)
    package var hasCode = false
    package var receivedAt = Timestamp(microseconds: 0)
    package var durationSeconds: Int?
    /// Of the recording, a MIME type; nil while there is none.
    package var audioType: String?
    /// In bytes.
    package var audioSize: Int?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("sealed", &sealed)
        fields.required("status", &status)
        fields.required("has_code", &hasCode)
        fields.required("received_at", &receivedAt)
        fields.optional("duration_seconds", &durationSeconds)
        fields.optional("audio_type", &audioType)
        fields.optional("audio_size", &audioSize)
    }
}

/// What `ReceivedCall.sealed` holds.
package struct CallContent: JSONRecord, Hashable {
    package var from: String?
    package var transcription: String?
    package var code: String?

    package init() {}
    package init(from: String?, transcription: String?, code: String?) {
        self.from = from
        self.transcription = transcription
        self.code = code
    }

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("from", &from)
        fields.optional("transcription", &transcription)
        fields.nullable("code", &code)
    }
}

/// A part of a recording, to be kept for who ordered the number (Verification → Gateway). Every part but the last has
/// `partSize` bytes, so that a range can be served out of the parts that it touches.
///
/// A command and not an event: events are kept for a week in a log that everybody may read again, and a voice is to be
/// forgotten when `keepUntil` says so. May come any number of times.
package struct KeepRecording: Message, Hashable {
    package static let type = "gateway.keep_recording.v1"
    package static let channel = Channel.commands
    /// With base64url and the seal a part stays below what a message may hold.
    package static let partSize = 96 * 1024

    package var callID = ID.zero
    package var verificationID = ID.zero
    package var accountID = ID.zero
    /// From 0.
    package var part = 0
    package var parts = 0
    /// Of the whole recording, in bytes.
    package var size = 0
    /// A MIME type.
    package var audioType = ""
    /// The bytes, sealed for the column `recording` of this call and part, in base64url.
    package var sealed = ""
    package var keepUntil = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("call_id", &callID)
        fields.required("verification_id", &verificationID)
        fields.required("account_id", &accountID)
        fields.required("part", &part, .range(0...9_999))
        fields.required("parts", &parts, .range(1...10_000))
        fields.required("size", &size, .range(1...1_000_000_000))
        fields.required("audio_type", &audioType, .length(1...120))
        fields.required("sealed", &sealed)
        fields.required("keep_until", &keepUntil)
    }

    /// What a part is sealed in: the same bytes of another call, or elsewhere in this one, do not open.
    package static func context(_ call: ID, part: Int) -> [UInt8] {
        call.bytes + (0..<4).map { UInt8(truncatingIfNeeded: part >> (24 - 8 * $0)) }
    }
}
