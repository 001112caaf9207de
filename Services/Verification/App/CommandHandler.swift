import Bus
import Contracts
import Database
import JSON
import Kit
import Runtime
import VerificationCore

/// Takes commands: those of our own gateway, and what other companies' services write to the ingress. A batch is one
/// transaction, whatever it holds.
struct CommandHandler: Sendable {
    static let consumer = "verification.commands"
    let database: Database
    let book: OrderBook
    let ingress: IngressHandler
    let hints: HintDesk
    let log: Log

    /// How often an action waits for its order, which may be on its way: a quarter of an hour by the ladder. The gateway
    /// says it again for as long as the verification is not over, so that what is let go then is not lost.
    private static let patience = 4

    /// What a delivery asks for.
    enum Item: Sendable {
        /// A new order of the gateway's; the message id is the inbox key.
        case order(Order, messageID: ID)
        case action(Change, account: ID, messageID: ID)
        case ingress(IngressItem)
        case setting(ProviderSetting, messageID: ID)
        /// A provider says that there is news of a number.
        case hint(VerificationHint, messageID: ID)
        /// A question after an order, with the order as it is to be made if there is none. The inbox does not take part:
        /// it is answered as often as it comes.
        case inquiry(VerificationInquiry, Order?)
    }

    func handle(_ deliveries: [Delivery]) async throws -> [Outcome] {
        var outcomes = [Outcome](repeating: .done, count: deliveries.count)
        var items: [(index: Int, item: Item)] = []
        for (index, delivery) in deliveries.enumerated() {
            // Where it was first published, also after a retry.
            if delivery.exchange == Channel.ingress.rawValue {
                let (item, outcome) = try await ingress.read(delivery)
                outcomes[index] = outcome
                if let item { items.append((index, .ingress(item))) }
                continue
            }
            switch Self.read(delivery) {
            case .success(let item): items.append((index, item))
            case .failure(let failure): outcomes[index] = .park(reason: failure.message)
            }
        }
        guard !items.isEmpty else { return outcomes }
        let batch = items
        let (stored, missing, hinted) = try await database.transaction { transaction in
            try await self.store(batch.map(\.item), in: transaction)
        }
        crashpoint("commands.after_commit")
        book.committed(stored)
        hints.take(hinted)
        for place in missing {
            let index = batch[place].index
            if deliveries[index].attempt < Self.patience {
                outcomes[index] = .retry(reason: "the order the action names is not known yet")
            } else {
                log.warning(
                    "an action names an order that is not known, and will be said again",
                    ["type": .string(deliveries[index].type), "message.id": .string(deliveries[index].messageID)])
            }
        }
        return outcomes
    }

    private func store(
        _ items: [Item], in transaction: Transaction
    ) async throws -> (Stored, missing: [Int], hinted: HintDesk.Found) {
        let ids = items.compactMap { item -> ID? in
            switch item {
            case .order(_, let id), .action(_, _, let id), .setting(_, let id), .hint(_, let id): id
            case .ingress, .inquiry: nil
            }
        }
        // All new orders of the gateway, whether their messages are new or not: a repeated one finds its order there.
        let orders = items.compactMap { item -> Order? in
            switch item {
            case .order(let order, _), .inquiry(_, let order?): order
            case .action, .ingress, .setting, .hint, .inquiry(_, nil): nil
            }
        }
        let claim = OrderBook.InboxClaim(consumer: Self.consumer, messages: ids)
        let isAll = items.allSatisfy { if case .order = $0 { true } else { false } }
        var (stored, fresh) = try await book.accept(orders, claiming: claim, in: transaction, commits: isAll)
        if isAll { return (stored, [], HintDesk.Found()) }
        var actions: [(place: Int, change: Change, account: ID)] = []
        var fromIngress: [IngressItem] = []
        var inquiries: [VerificationInquiry] = []
        var hinted: [VerificationHint] = []
        for (place, item) in items.enumerated() {
            switch item {
            case .order: break
            case .action(let change, let account, let id):
                if fresh.remove(id) != nil { actions.append((place, change, account)) }
            case .ingress(let item): fromIngress.append(item)
            case .inquiry(let inquiry, _): inquiries.append(inquiry)
            case .setting(let setting, let id):
                if fresh.remove(id) != nil { try await ProviderWatch.take(setting, in: transaction) }
            case .hint(let hint, let id): if fresh.remove(id) != nil { hinted.append(hint) }
            }
        }
        if !actions.isEmpty {
            let changes = actions.map(\.change)
            stored += try await book.apply(changes, in: transaction)
        }
        if !fromIngress.isEmpty { stored += try await ingress.store(fromIngress, in: transaction) }
        if !inquiries.isEmpty {
            let answers = try await Retelling.answers(inquiries, now: book.now, in: transaction)
            stored.posted = stored.posted + (try await Outbox.write(answers, in: transaction))
        }
        let touched = Set(stored.applied.map(\.order.id))
        let missing = actions.filter { !touched.contains($0.change.orderID) }.map(\.place)
        if !missing.isEmpty {
            // Their inbox rows go, so that the redelivery is not taken for a repeat.
            let forgotten = missing.compactMap { place -> ID? in
                if case .action(_, _, let id) = items[place] { id } else { nil }
            }
            try await transaction.execute(
                "DELETE FROM inbox WHERE consumer = \(Self.consumer) AND msg_id = ANY(\(forgotten))")
        }
        return (stored, missing, try await HintDesk.find(hinted, in: transaction))
    }

    private static func read(_ delivery: Delivery) -> Result<Item, JSONFailure> {
        guard let messageID = delivery.id else {
            return .failure(JSONFailure(fields: [FieldProblem(field: "message_id", message: "must be a UUID")]))
        }
        do throws(JSONFailure) {
            if delivery.type == VerificationRequest.type {
                let order = try order(try VerificationRequest(json: delivery.body), delivery.traceparent)
                return .success(.order(order, messageID: messageID))
            }
            if delivery.type == VerificationInquiry.type {
                let inquiry = try VerificationInquiry(json: delivery.body)
                // Only what it asks after is made.
                let request = inquiry.request.flatMap { $0.verificationID == inquiry.verificationID ? $0 : nil }
                guard let request else { return .success(.inquiry(inquiry, nil)) }
                return .success(.inquiry(inquiry, try order(request, delivery.traceparent)))
            }
            if delivery.type == ProviderSetting.type {
                return .success(.setting(try ProviderSetting(json: delivery.body), messageID: messageID))
            }
            if delivery.type == VerificationHint.type {
                return .success(.hint(try VerificationHint(json: delivery.body), messageID: messageID))
            }
            guard let kind = VerificationAction.Kind(rawValue: delivery.type) else {
                throw JSONFailure(fields: [FieldProblem(field: "type", message: "is not one this version knows")])
            }
            let action = try VerificationAction(json: delivery.body)
            return .success(
                .action(
                    Change(orderID: action.verificationID, event: kind.event, traceparent: delivery.traceparent),
                    account: action.accountID,
                    messageID: messageID))
        } catch {
            return .failure(error)
        }
    }

    private static func order(_ request: VerificationRequest, _ trace: String?) throws(JSONFailure) -> Order {
        guard let capability = request.capability.known else {
            throw JSONFailure(fields: [FieldProblem(field: "capability", message: "is not one this version knows")])
        }
        return Order(request, capability: capability, traceparent: trace, holdID: .new())
    }
}
