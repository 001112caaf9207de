import JSON
import Kit
import SandboxCore

/// The notices that are to be sent, and when. A value; `WebhookSender` does the sending.
struct WebhookBook: Sendable {
    struct Target: Sendable {
        let url: String
        let secret: String
    }

    struct Delivery: Sendable {
        let id: String
        let event: String
        let data: JSON
        let occurredAt: Timestamp
        fileprivate(set) var attempt = 0
        fileprivate(set) var dueAt: Timestamp
        fileprivate(set) var isUnderWay = false

        /// What is sent: the same each time, but for the number of the attempt.
        var body: [UInt8] {
            let envelope: JSON = [
                "id": .string(id), "event": .string(event), "occurredAt": .string(TextVerifiedWriter.text(occurredAt)),
                "attempt": .integer(Int64(attempt)), "data": data,
            ]
            return envelope.bytes
        }
    }

    /// The pause after the first failure; each is twice the one before.
    static let firstPause = Duration.seconds(5)
    static let attempts = 8

    private(set) var target: Target?
    private(set) var waiting: [Delivery] = []
    private(set) var delivered = 0
    private(set) var abandoned = 0
    private var count: Int64 = 0

    /// How many are being sent just now.
    var underWay: Int { waiting.count { $0.isUnderWay } }

    /// Whether notices are sent at all; a target that failed for long is not told anything any more.
    var isOn: Bool { target != nil }

    mutating func set(_ target: Target?) {
        self.target = target
        waiting = []
        delivered = 0
        abandoned = 0
    }

    mutating func note(_ event: String, _ data: JSON, at now: Timestamp) {
        guard isOn else { return }
        count += 1
        waiting.append(
            Delivery(id: OpaqueID.text("evt_", count, now), event: event, data: data, occurredAt: now, dueAt: now))
    }

    /// The first notice that is due and not on its way.
    mutating func take(due now: Timestamp) -> (Target, Delivery)? {
        guard let target, let index = waiting.firstIndex(where: { !$0.isUnderWay && $0.dueAt <= now }) else {
            return nil
        }
        waiting[index].isUnderWay = true
        waiting[index].attempt += 1
        return (target, waiting[index])
    }

    /// What came of an attempt.
    mutating func report(_ id: String, isTaken: Bool, at now: Timestamp) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        if isTaken {
            waiting.remove(at: index)
            delivered += 1
        } else if waiting[index].attempt >= Self.attempts {
            abandoned += waiting.count
            waiting = []
            target = nil
        } else {
            waiting[index].isUnderWay = false
            waiting[index].dueAt = now + Self.firstPause * (1 << (waiting[index].attempt - 1))
        }
    }
}
