import Bus
import Contracts
import Database
import JSON
import Kit
import VerificationCore

/// Takes what Billing says about holds. A batch is one transaction.
struct LedgerHandler: Sendable {
    static let consumer = "verification.events"
    let book: OrderBook

    func handle(_ deliveries: [Delivery]) async throws -> [Outcome] {
        var outcomes = [Outcome](repeating: .done, count: deliveries.count)
        var changes: [(id: ID, change: Change)] = []
        for (index, delivery) in deliveries.enumerated() {
            switch Self.read(delivery) {
            case .success(let change?):
                guard let id = delivery.id else {
                    outcomes[index] = .park(reason: "the message id is not a UUID")
                    continue
                }
                changes.append((id, change))
            case .success(nil): break
            case .failure(let failure): outcomes[index] = .park(reason: failure.message)
            }
        }
        guard !changes.isEmpty else { return outcomes }
        try await book.apply(
            changes.map(\.change), claiming: OrderBook.InboxClaim(consumer: Self.consumer, messages: changes.map(\.id)))
        return outcomes
    }

    /// Nil for facts that concern no order.
    private static func read(_ delivery: Delivery) -> Result<Change?, JSONFailure> {
        guard let kind = LedgerFact.Kind(rawValue: delivery.type) else { return .success(nil) }
        let fact: LedgerFact
        do { fact = try LedgerFact(json: delivery.body) } catch { return .failure(error) }
        return .success(Change(kind, fact, traceparent: delivery.traceparent))
    }
}
