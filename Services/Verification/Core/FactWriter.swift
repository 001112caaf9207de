import Contracts
import JSON
import Kit

/// Makes the facts that others read out of an order.
package enum FactWriter {
    /// `messages` and `steps` are those that no fact before has told.
    package static func fact(
        of order: Order, messages: [ObservedMessage], steps: [TimelineStep], now: Timestamp
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
        fact.steps = steps
        return fact
    }
}
