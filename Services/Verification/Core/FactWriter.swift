import Choosing
import Contracts
import JSON
import Kit

/// Makes the facts that others read out of an order.
package enum FactWriter {
    /// The fact that tells where an order stands, to whoever has missed those that brought it there.
    package static func kind(of order: Order) -> VerificationFact.Kind {
        switch order.state {
        case .requested, .funding, .purchasing: order.cancelMode == nil ? .requested : .cancelling
        case .waiting:
            order.messageCount > 0 ? .messageReceived : order.calls.mark > 0 ? .callReceived : .numberAssigned
        case .received: .completed
        case .completed: .finished
        case .declined, .failed: .failed
        case .cancelling: .cancelling
        case .cancelled: .cancelled
        case .expired: .expired
        }
    }

    /// `messages` and `steps` are those that no fact before has told; `calls` are those of which there is news.
    package static func fact(
        of order: Order, messages: [ObservedMessage], calls: [Call] = [], steps: [TimelineStep], now: Timestamp
    ) -> VerificationFact {
        var fact = VerificationFact()
        fact.verificationID = order.id
        fact.accountID = order.accountID
        fact.version = order.version
        fact.status = Open(order.state.status)
        fact.service = order.service
        fact.country = order.country
        fact.capability = Open(order.capability)
        fact.operator = order.assignedOperator ?? order.operator
        fact.provider = order.provider
        fact.requestID = order.requestID
        fact.price = order.price
        fact.phoneSealed = order.phoneSealed
        fact.expiresAt = order.expiresAt
        fact.cancelAfter = order.cancelAfter
        fact.canCancel = order.canCancel(at: max(now, order.cancelAfter ?? now))
        fact.canReport = order.canReport
        fact.canRequestAnother = order.canRequestAnother(at: now)
        fact.errorCode = order.errorCode?.rawValue
        fact.errorMessage = order.errorMessage
        fact.metadata = order.metadata
        fact.createdAt = order.createdAt
        fact.updatedAt = order.updatedAt
        fact.messages = messages.map { message in
            var received = ReceivedMessage()
            received.id = message.id
            received.sealed = message.sealed
            received.hasCode = message.hasCode
            received.receivedAt = message.receivedAt
            return received
        }
        fact.calls = calls.isEmpty ? nil : calls.map(received)
        fact.steps = steps
        return fact
    }

    /// A call as others are told of it: not where the provider has the recording.
    package static func received(_ call: Call) -> ReceivedCall {
        var received = ReceivedCall()
        received.id = call.id
        received.sealed = call.sealed
        received.status = Open(call.status)
        received.hasCode = call.hasCode
        received.receivedAt = call.receivedAt
        received.durationSeconds = call.seconds
        received.audioType = call.audio?.type
        received.audioSize = call.audio?.size
        return received
    }
}
