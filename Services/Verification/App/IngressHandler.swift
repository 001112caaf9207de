import Bus
import Choosing
import Contracts
import Database
import JSON
import Kit
import Prices
import Runtime
import VerificationCore

/// What a service of another company asks for, after its message was understood.
struct IngressItem: Sendable {
    enum Wish: Sendable {
        case order(IngressRequest, country: Country, capability: Capability)
        case action(VerificationAction.Kind, IngressAction)
        /// It could not be understood; the refusal is what it gets to read.
        case refusal(Problem, requestID: String?)
    }

    let account: ID
    let traceparent: String?
    /// How many verifications the account has paid for this month; 0 where no discounts are given.
    let volume: Int
    let wish: Wish
}

/// Takes messages of other companies' services. What is wrong with one is told to its sender in its result queue, and
/// never stands in the way of the next.
struct IngressHandler: Sendable {
    let tenants: TenantResults
    let book: OrderBook
    /// Nil where no discounts are given.
    let volumes: VolumeGlance?
    /// Says whether the account may send one more request now.
    let admit: @Sendable (ID) async -> Bool

    // MARK: - Reading

    /// The wish of a delivery, and what becomes of the delivery itself: malformed ones are parked beside the refusal.
    func read(_ delivery: Delivery) async throws -> (IngressItem?, Outcome) {
        guard let account = Self.account(of: delivery) else {
            return (nil, .park(reason: "the sender cannot be told from the routing key and user_id"))
        }
        let volume = try await volumes?.volume(account) ?? 0
        func item(_ wish: IngressItem.Wish) -> IngressItem {
            IngressItem(account: account, traceparent: delivery.traceparent, volume: volume, wish: wish)
        }
        guard await admit(account) else {
            let problem = Problem(.rateLimited, "The account sends faster than its limit. Slow down and send it again.")
            return (item(.refusal(problem, requestID: Self.requestID(in: delivery.body))), .done)
        }
        do {
            if delivery.type == IngressRequest.type || delivery.type.isEmpty {
                return (item(try Self.order(delivery.body)), .done)
            }
            guard let kind = VerificationAction.Kind(rawValue: delivery.type) else {
                throw Problem.invalid(
                    "type",
                    "is not known; use \(IngressRequest.type), \(VerificationAction.Kind.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            let action = try IngressAction(json: delivery.body)
            guard action.requestID != nil || action.verificationID != nil else {
                throw Problem.invalid("request_id", "or verification_id is required")
            }
            return (item(.action(kind, action)), .done)
        } catch {
            let problem =
                (error as? JSONFailure)?.problem ?? (error as? Problem)
                ?? Problem(.internalError, "The message could not be read.")
            return (
                item(.refusal(problem, requestID: Self.requestID(in: delivery.body))),
                .park(reason: problem.message)
            )
        }
    }

    private static func order(_ body: [UInt8]) throws -> IngressItem.Wish {
        let request = try IngressRequest(json: body)
        guard let country = Country.find(request.country) else {
            throw Problem.invalid(
                "country", "is not a country we know; use a slug such as england or a code such as GB")
        }
        guard request.service.utf8.allSatisfy({ $0 < 0x80 }), !request.service.contains(" ") else {
            throw Problem.invalid("service", "must be a service's slug, such as telegram")
        }
        return .order(request, country: country, capability: request.capability ?? .sms)
    }

    /// `req.<account>.verification.v1`. The broker lets a user write only its own key, and checks `user_id`; a message
    /// without `user_id` is nobody's.
    private static func account(of delivery: Delivery) -> ID? {
        let parts = delivery.routingKey.split(separator: ".")
        guard parts.count == 4, parts[0] == "req", let account = ID(String(parts[1])),
            delivery.userID == BusNames.tenantUser(account)
        else { return nil }
        return account
    }

    /// As much of a malformed message as lets its sender recognise it.
    private static func requestID(in body: [UInt8]) -> String? {
        // What is not JSON has no id.
        guard let json = try? JSON(parsing: body), let text = json["request_id"]?.stringValue else { return nil }
        return text.unicodeScalars.count <= 128 ? text : nil
    }

    // MARK: - Storing

    func store(_ items: [IngressItem], in transaction: Transaction) async throws -> Stored {
        var outgoing: [OutgoingMessage] = []
        var stored = Stored()
        try await order(items, in: transaction, &stored, &outgoing)
        try await act(items, in: transaction, &stored, &outgoing)
        for item in items {
            if case .refusal(let problem, let requestID) = item.wish {
                outgoing.append(refusal(problem, requestID, item))
            }
        }
        stored += Stored(posted: try await Outbox.write(outgoing, in: transaction))
        return stored
    }

    private func refusal(_ problem: Problem, _ requestID: String?, _ item: IngressItem) -> OutgoingMessage {
        tenants.refusal(
            problem, requestID: requestID, account: item.account, traceparent: item.traceparent, now: book.now)
    }

    private struct Key: Hashable {
        let account: ID
        let request: String
    }

    private func order(
        _ items: [IngressItem], in transaction: Transaction, _ stored: inout Stored,
        _ outgoing: inout [OutgoingMessage]
    ) async throws {
        var wishes: [(item: IngressItem, request: IngressRequest, country: Country, capability: Capability)] = []
        for item in items {
            if case .order(let request, let country, let capability) = item.wish {
                wishes.append((item, request, country, capability))
            }
        }
        guard !wishes.isEmpty else { return }
        var known = try await existing(
            wishes.map { Key(account: $0.item.account, request: $0.request.requestID) }, in: transaction)
        let list = try await SalePrices.read(wishes.map { ($0.country.slug, $0.request.service) }, in: transaction)
        var drafts: [Order] = []
        var repeats: [(item: IngressItem, request: IngressRequest, key: Key)] = []
        for (item, request, country, capability) in wishes {
            let key = Key(account: item.account, request: request.requestID)
            if known[key] != nil {
                repeats.append((item, request, key))
                continue
            }
            do {
                let price = try list.price(
                    request, country: country, capability: capability, volume: item.volume)
                let order = Order(
                    id: .new(), accountID: item.account, origin: .amqp, requestID: request.requestID,
                    service: request.service, country: country.slug, capability: capability,
                    operator: request.operator, areaCode: request.areaCode, pinnedProvider: request.provider,
                    price: price, metadata: request.metadata, createdAt: book.now,
                    traceparent: item.traceparent ?? TraceContext.root().traceparent, holdID: .new())
                drafts.append(order)
                known[key] = order
            } catch {
                outgoing.append(refusal(error, request.requestID, item))
            }
        }
        let new = try await book.accept(drafts, in: transaction).stored
        stored += new
        // Another worker may have taken the same request between our look and our insert.
        let made = Set(new.applied.map(\.order.id))
        let lost = drafts.filter { !made.contains($0.id) }
        if !lost.isEmpty {
            let winners = try await existing(
                lost.map { Key(account: $0.accountID, request: $0.requestID ?? "") }, in: transaction)
            known.merge(winners) { _, winner in winner }
        }
        for (item, request, key) in repeats {
            guard let order = known[key] else { continue }
            outgoing.append(try answer(toRepeat: request, of: order, item))
        }
    }

    /// A repeat is answered with how the order stands; the same id for something else is a mistake of the caller's.
    private func answer(
        toRepeat request: IngressRequest, of order: Order, _ item: IngressItem
    ) throws -> OutgoingMessage {
        guard request.service == order.service, Country.find(request.country)?.slug == order.country else {
            let problem = Problem(
                .idempotencyMismatch, "The request_id was used for \(order.service) in \(order.country) before.")
            return refusal(problem, request.requestID, item)
        }
        let now = book.now
        let fact = FactWriter.fact(of: order, messages: [], steps: [], now: now)
        return try tenants.result(.requested, fact, eventID: .new(), order, [], now: now)
    }

    private func existing(_ keys: [Key], in transaction: Transaction) async throws -> [Key: Order] {
        let rows = try await transaction.rows(
            OrderRow.self, OrderQueries.byRequest(keys.map(\.account), keys.map(\.request)))
        return Dictionary(
            rows.compactMap { row in
                row.order.requestID.map { (Key(account: row.order.accountID, request: $0), row.order) }
            }, uniquingKeysWith: { first, _ in first })
    }

    private func act(
        _ items: [IngressItem], in transaction: Transaction, _ stored: inout Stored,
        _ outgoing: inout [OutgoingMessage]
    ) async throws {
        for item in items {
            guard case .action(let kind, let action) = item.wish else { continue }
            let byID: SQL = action.verificationID.map { "o.id = \($0)" } ?? "false"
            let byRequest: SQL = action.requestID.map { "o.request_id = \($0)" } ?? "false"
            let found = try await transaction.first(
                OrderRow.self,
                """
                SELECT \(OrderQueries.columns) FROM orders o WHERE o.account_id = \(item.account)
                    AND (\(byID) OR \(byRequest)) LIMIT 1
                """)
            guard let order = found?.order else {
                let problem = Problem(.notFound, "The account has no verification of that id.")
                outgoing.append(refusal(problem, action.requestID, item))
                continue
            }
            stored += try await book.apply([Change(orderID: order.id, event: kind.event)], in: transaction)
        }
    }
}
