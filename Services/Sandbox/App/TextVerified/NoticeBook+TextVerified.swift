import JSON
import Kit
import SandboxCore

extension NoticeBook {
    /// Notes an event as TextVerified tells it: the same envelope each time, but for the number of the attempt.
    mutating func note(_ event: String, _ data: JSON, at now: Timestamp) {
        guard isOn else { return }
        let id = OpaqueID.text("evt_", Int64(count) + 1, now)
        note(at: now) { attempt in
            let envelope: JSON = [
                "id": .string(id), "event": .string(event), "occurredAt": .string(TextVerifiedWriter.text(now)),
                "attempt": .integer(Int64(attempt)), "data": data,
            ]
            return envelope.bytes
        }
    }
}
