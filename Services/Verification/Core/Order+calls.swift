import Contracts
import Kit

/// Calls that reached the number. `Order.handle` is the only way in.
extension Order {
    mutating func take(_ told: [ObservedCall], _ around: Surroundings, _ effects: inout [OrderEffect]) {
        for one in told {
            var call = one.known ?? Call(one)
            if one.known != nil { call.learn(one) }
            keep(call, before: one.known, around, &effects)
        }
    }

    /// What was heard may come after the order is over: then it is for the customer to read, and costs nothing.
    mutating func heard(_ heard: HeardCall, _ around: Surroundings, _ effects: inout [OrderEffect]) {
        guard let known = heard.known else { return }
        var call = known
        call.hear(heard)
        keep(call, before: known, around, &effects)
    }

    private mutating func keep(
        _ call: Call, before: Call?, _ around: Surroundings, _ effects: inout [OrderEffect]
    ) {
        guard call != before else { return }
        calls.replace(before, with: call)
        effects.append(.storeCall(call))
        guard let step = Self.step(call, before) else { return }
        effects.append(.step(step, cause: nil, provider: provider, cost: nil))
        if isDelivered(call, before, around), state == .waiting || state == .cancelling {
            receive(around, &effects)
        } else {
            tell(.callReceived, &effects)
        }
    }

    /// A call with a code is what was ordered. Where nobody listens to recordings but the customer, a recording is.
    private func isDelivered(_ call: Call, _ before: Call?, _ around: Surroundings) -> Bool {
        if call.hasCode, before?.hasCode != true { return true }
        return !around.policy.hearsCalls && call.audio != nil && before?.audio == nil
    }

    /// The word of the time-line for what is new; nil for what is nobody's business, such as where a recording lies.
    private static func step(_ call: Call, _ before: Call?) -> String? {
        if call.hasCode, before?.hasCode != true { return "code_received" }
        guard let before else { return "call_received" }
        if call.isRead, !before.isRead { return "call_transcribed" }
        if call.audio != nil, before.audio == nil { return "call_recorded" }
        return before.isOpen && !call.isOpen ? "call_not_understood" : nil
    }

    /// Whether anything has reached the number.
    var hasBeenReached: Bool { messageCount > 0 || calls.mark > 0 }
}
