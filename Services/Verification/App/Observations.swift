import Choosing
import Codes
import Contracts
import JSON
import Kit
import Providers
import Security
import VerificationCore

/// Turns what a provider tells into what the rules understand. Every SMS, however it was learned of, goes through here.
struct Observations: Sendable {
    let personalData: PersonalData
    let clock: TableClock
    private let care: [String: ProviderSettings.Care]
    private let textHash: LookupHash

    init(
        personalData: PersonalData, keys: Keyring, clock: TableClock, care: [String: ProviderSettings.Care] = [:]
    ) {
        self.care = care
        self.personalData = personalData
        self.clock = clock
        textHash = LookupHash(keys, purpose: "verification.message.key")
    }

    /// `orderedAt` is the provider's time of the order where it tells one: a message from before that time reached an
    /// earlier customer of the number, and its code is not ours. Calls are only looked at where it is known whose they are.
    func observation(_ told: ProviderOrder, of order: ID? = nil, orderedAt: Timestamp) -> Observation {
        let freshFrom = told.createdAt ?? orderedAt - .seconds(60)
        return Observation(
            status: Self.status(told.status),
            messages: told.messages.map { observed($0, freshFrom: freshFrom) },
            calls: order.map { order in told.calls.map { observed($0, of: order, freshFrom: freshFrom) } } ?? [],
            expiresAt: told.expires, cost: told.price)
    }

    func number(_ told: ProviderOrder, provider: String, order: ID) -> BoughtNumber? {
        guard let phone = told.phone else { return nil }
        return BoughtNumber(
            provider: provider, reference: told.ref, operator: told.operator, cost: told.price ?? .zero,
            phoneSealed: personalData.seal(phone, of: order),
            // Only a provider that tells no end gets one of ours; its own word replaces it with the first check.
            expiresAt: told.expires ?? clock.now + .seconds(15 * 60), cancelAfter: cancelAfter(provider))
    }

    /// When a number that is had from now on may be given back; nil for at once.
    func cancelAfter(_ provider: String) -> Timestamp? {
        guard let pause = care[provider]?.cancelAfter, pause > .zero else { return nil }
        return clock.now + pause
    }

    private func observed(_ message: ProviderMessage, freshFrom: Timestamp) -> ObservedMessage {
        let receivedAt = message.receivedAt ?? message.storedAt ?? clock.now
        let isFresh = receivedAt >= freshFrom
        let code = isFresh ? CodeExtractor.reconcile(provider: message.code, text: message.text) : nil
        let id = ID.new()
        let content = MessageContent(from: message.sender, text: message.text, code: code)
        return ObservedMessage(
            id: id, key: key(of: message, receivedAt: receivedAt), sealed: personalData.seal(content, of: id),
            hasCode: code != nil, receivedAt: receivedAt)
    }

    private func observed(_ call: ProviderCall, of order: ID, freshFrom: Timestamp) -> ObservedCall {
        let receivedAt = call.receivedAt ?? clock.now
        let isFresh = receivedAt >= freshFrom
        let text = call.text ?? ""
        let code = isFresh ? CodeExtractor.reconcile(provider: call.code, text: text, voice: true) : nil
        let key = key(of: call)
        // A call is told of again and again, and what is sealed in its id must open in it whenever it was told.
        let id = ID.derived(from: sha256(order.bytes + Array(key.utf8)), at: order.madeAt)
        let content = CallContent(
            from: call.caller.isEmpty ? nil : call.caller, transcription: text.isEmpty ? nil : text, code: code)
        return ObservedCall(
            id: id, key: key, receivedAt: receivedAt, sealed: personalData.seal(content, of: id), hasCode: code != nil,
            isRead: code != nil || !text.isEmpty,
            placeSealed: call.recording.map { personalData.seal(place: $0, of: id) },
            seconds: call.duration.map { Int($0.inSeconds.rounded(.up)) })
    }

    private func key(of call: ProviderCall) -> String {
        if let id = call.id, !id.isEmpty { return id }
        let time = call.receivedAt.map { String($0.microseconds) } ?? ""
        return Base64.urlText(textHash.hash("call \(time) \(call.caller)"))
    }

    /// The provider's id where there is one. Else time and text: the same text at another time is another message.
    private func key(of message: ProviderMessage, receivedAt: Timestamp) -> String {
        if let id = message.id, !id.isEmpty { return id }
        let stored = message.storedAt ?? receivedAt
        return Base64.urlText(textHash.hash("\(stored.microseconds) \(message.sender) \(message.text)"))
    }

    private static func status(_ status: ProviderOrder.Status) -> Observation.Status {
        switch status {
        case .pending, .received, .unknown: .open
        case .cancelled: .cancelled
        case .timeout: .timedOut
        case .finished: .finished
        case .banned: .banned
        }
    }
}
