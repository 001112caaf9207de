import Bus
import Contracts
import JSON
import Kit
import VerificationCore

/// Makes the results that other companies' services read from their own queue. There, and only there, the number and
/// the code travel in clear: nobody else may read the queue.
struct TenantResults: Sendable {
    let personalData: PersonalData

    func result(
        _ kind: VerificationFact.Kind, _ fact: VerificationFact, eventID: ID, _ order: Order,
        _ messages: [ObservedMessage], now: Timestamp
    ) throws -> OutgoingMessage {
        var result = TenantResult()
        result.eventID = eventID
        result.event = kind.rawValue
        result.requestID = order.requestID
        result.verificationID = order.id
        result.status = fact.status
        result.service = order.service
        result.country = order.country
        result.price = order.price
        result.phoneNumber = try order.phoneSealed.map { try personalData.phone($0, of: order.id) }
        if let message = messages.last(where: \.hasCode) ?? messages.last {
            let content = try personalData.content(message.sealed, of: message.id)
            result.code = content.code
            result.text = content.text
            result.from = content.from
        } else if let calls = fact.calls, let call = calls.last(where: \.hasCode) ?? calls.last {
            let content = try personalData.callContent(call.sealed, of: call.id)
            result.code = content.code
            result.text = content.transcription
            result.from = content.from
        }
        result.expiresAt = order.expiresAt
        result.errorCode = fact.errorCode
        result.message = fact.errorMessage
        result.metadata = order.metadata
        result.occurredAt = now
        return outgoing(
            result, isError: fact.errorCode != nil, account: order.accountID, correlationID: order.requestID,
            traceparent: order.traceparent)
    }

    /// Tells a service that its request cannot be taken.
    func refusal(
        _ problem: Problem, requestID: String?, account: ID, traceparent: String?, now: Timestamp
    ) -> OutgoingMessage {
        var result = TenantResult()
        result.eventID = .new()
        result.event = "verification.rejected.v1"
        result.requestID = requestID
        result.errorCode = problem.code.rawValue
        result.message = problem.message
        result.fields =
            problem.fields.isEmpty
            ? nil : problem.fields.map { TenantFieldProblem(field: $0.field, message: $0.message) }
        result.occurredAt = now
        return outgoing(result, isError: true, account: account, correlationID: requestID, traceparent: traceparent)
    }

    private func outgoing(
        _ result: TenantResult, isError: Bool, account: ID, correlationID: String?, traceparent: String?
    ) -> OutgoingMessage {
        OutgoingMessage(
            id: result.eventID, exchange: Channel.tenant.rawValue, routingKey: "tenant.\(account).result",
            type: isError ? TenantResult.errorType : TenantResult.resultType, body: result.json,
            correlationID: correlationID, aggregate: result.verificationID ?? account, tenant: account,
            traceparent: traceparent)
    }
}
