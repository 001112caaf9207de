import Bus
import Contracts
import Database
import JSON
import Kit
import VerificationCore

/// Takes what Billing says about holds, and about providers' money. A batch is one transaction.
struct LedgerHandler: Sendable {
    static let consumer = "verification.events"
    let database: Database
    let book: OrderBook

    func handle(_ deliveries: [Delivery]) async throws -> [Outcome] {
        var outcomes = [Outcome](repeating: .done, count: deliveries.count)
        var changes: [(id: ID, change: Change)] = []
        var settled: [ID] = []
        for (index, delivery) in deliveries.enumerated() {
            switch Self.read(delivery) {
            case .success(.settled(let id)): settled.append(id)
            case .success(.change(let change)):
                guard let id = delivery.id else {
                    outcomes[index] = .park(reason: "the message id is not a UUID")
                    continue
                }
                changes.append((id, change))
            case .success(nil): break
            case .failure(let failure): outcomes[index] = .park(reason: failure.message)
            }
        }
        // Said twice it changes nothing, so that it needs no transaction with the rest.
        if !settled.isEmpty { try await database.execute(Settlements.confirmed(settled)) }
        guard !changes.isEmpty else { return outcomes }
        try await book.apply(
            changes.map(\.change), claiming: OrderBook.InboxClaim(consumer: Self.consumer, messages: changes.map(\.id)))
        return outcomes
    }

    private enum Word {
        case change(Change)
        case settled(ID)
    }

    /// Nil for facts that concern no order.
    private static func read(_ delivery: Delivery) -> Result<Word?, JSONFailure> {
        do {
            if delivery.type == ProviderSettled.type {
                return .success(.settled(try ProviderSettled(json: delivery.body).settlementID))
            }
            guard let kind = LedgerFact.Kind(rawValue: delivery.type) else { return .success(nil) }
            let fact = try LedgerFact(json: delivery.body)
            return .success(Change(kind, fact, traceparent: delivery.traceparent).map { .change($0) })
        } catch { return .failure(error) }
    }
}
