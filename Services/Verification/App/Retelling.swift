import Bus
import Contracts
import Database
import JSON
import Kit
import VerificationCore

/// Tells again what was told before and has not arrived, to whoever asks after an order: a fact with everything known of
/// it, and Billing's words about its money by asking Billing again. Says nothing to who knows as much, so that a
/// question too many costs one look.
enum Retelling {
    private struct MessageRow: Row {
        let orderID: ID
        let message: ReceivedMessage
        init(_ columns: inout Columns) throws(DatabaseError) {
            orderID = try columns.next()
            var message = ReceivedMessage()
            message.id = try columns.next()
            message.sealed = try columns.next()
            message.hasCode = try columns.next()
            message.receivedAt = try columns.next()
            self.message = message
        }
    }

    /// The answers. The orders stay locked until the end of the transaction, so that a fact is of one moment.
    static func answers(
        _ inquiries: [VerificationInquiry], now: Timestamp, in transaction: Transaction
    ) async throws -> [OutgoingMessage] {
        let ids = Array(Set(inquiries.map(\.verificationID)))
        let rows = try await transaction.rows(OrderRow.self, OrderQueries.lock(ids))
        let orders = Dictionary(rows.map { ($0.order.id, $0.order) }, uniquingKeysWith: { first, _ in first })
        var behind: [ID: Order] = [:]
        var penniless: [ID: Order] = [:]
        for inquiry in inquiries {
            guard let order = orders[inquiry.verificationID], order.accountID == inquiry.accountID else { continue }
            if order.version > inquiry.version || order.toldStepCount > inquiry.stepCount { behind[order.id] = order }
            if inquiry.lacksMovement { penniless[order.id] = order }
        }
        guard !behind.isEmpty || !penniless.isEmpty else { return [] }
        let (steps, messages, calls, refunded) = try await transaction.rows(
            behind.isEmpty ? nil : Query(StepRow.self, OrderQueries.steps(Array(behind.keys))),
            behind.isEmpty ? nil : Query(MessageRow.self, OrderQueries.messages(Array(behind.keys))),
            behind.isEmpty ? nil : Query(CallRow.self, CallRow.of(Array(behind.keys))),
            penniless.isEmpty ? nil : Query(ID.self, OrderQueries.refunded(Array(penniless.keys))))
        let stepsOf = Dictionary(grouping: steps, by: \.orderID)
        let messagesOf = Dictionary(grouping: messages, by: \.orderID)
        let callsOf = Dictionary(grouping: calls, by: \.orderID)
        let isRefunded = Set(refunded.map(\.value))
        let facts = behind.values.map { order in
            let kind = FactWriter.kind(of: order)
            var fact = FactWriter.fact(
                of: order, messages: [], calls: callsOf[order.id]?.map(\.call) ?? [],
                steps: stepsOf[order.id]?.map(\.step) ?? [], now: now)
            fact.messages = messagesOf[order.id]?.map(\.message) ?? []
            return OutgoingMessage(
                exchange: Channel.events.rawValue, routingKey: kind.rawValue, type: kind.rawValue, body: fact.json,
                correlationID: order.id.description, aggregate: order.id, version: order.version,
                tenant: order.accountID, traceparent: order.traceparent)
        }
        let letters = penniless.values.flatMap { order in
            OrderWrites.repetitions(about: order, isRefunded: isRefunded.contains(order.id))
                .map { OrderWrites.command($0, about: order, under: order.traceparent) }
        }
        return facts + letters
    }
}
