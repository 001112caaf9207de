import Bus
import Contracts
import Database
import JSON
import Kit
import PricingCore
import Prices
import Runtime

/// Takes what administrators and the other services ask of the prices. A batch is one transaction; each message takes
/// effect once. What has to be told or fetched is marked here, and done by those whose work it is.
struct CommandHandler: Sendable {
    static let consumer = "pricing.commands"
    static let types = [PricingUpdate.type, OffersRequest.type, ProviderPricesRequest.type]

    let database: Database
    /// The providers of this installation.
    let providers: [String]
    let log: Log

    private enum Item: Sendable {
        case update(PricingUpdate)
        case offers
        case prices(ProviderPricesRequest)
    }

    func handle(_ deliveries: [Delivery]) async throws -> [Outcome] {
        var outcomes = [Outcome](repeating: .done, count: deliveries.count)
        var items: [(id: ID, item: Item)] = []
        for (index, delivery) in deliveries.enumerated() {
            do throws(JSONFailure) { items.append(try read(delivery)) } catch {
                outcomes[index] = .park(reason: error.message)
            }
        }
        guard !items.isEmpty else { return outcomes }
        let batch = items
        try await database.transaction { transaction in
            var fresh = try await Inbox.claim(Self.consumer, batch.map(\.id), in: transaction)
            // The first of two equal messages in one batch is the fresh one.
            let statements = batch.filter { fresh.remove($0.id) != nil }.flatMap { self.statements($0.item) }
            if !statements.isEmpty { try await transaction.pipeline(statements) }
        }
        for case (let id, .update(let update)) in batch {
            log.info(
                "the prices were asked for something",
                [
                    "action": .string(update.action.text), "message.id": .string(id.description),
                    "service": .string(update.service ?? ""), "country": .string(update.country ?? ""),
                    "provider": .string(update.provider ?? ""), "user.id": .string(update.userID?.description ?? ""),
                ])
        }
        return outcomes
    }

    // MARK: - Reading

    private func read(_ delivery: Delivery) throws(JSONFailure) -> (id: ID, item: Item) {
        guard let id = delivery.id else { throw Self.failure("message_id", "must be a UUID") }
        switch delivery.type {
        case OffersRequest.type:
            _ = try OffersRequest(json: delivery.body)
            return (id, .offers)
        case ProviderPricesRequest.type: return (id, .prices(try ProviderPricesRequest(json: delivery.body)))
        case PricingUpdate.type:
            let update = try PricingUpdate(json: delivery.body)
            try check(update)
            return (id, .update(update))
        default: throw Self.failure("type", "is not one this version knows")
        }
    }

    private func check(_ update: PricingUpdate) throws(JSONFailure) {
        guard let action = update.action.known else { throw Self.failure("action", "is not one this version knows") }
        if let country = update.country, Country.slug(country) == nil {
            throw Self.failure("country", "is not a country we know")
        }
        switch action {
        case .sync:
            if let provider = update.provider, !providers.contains(provider) {
                throw Self.failure("provider", "is not one of this installation's")
            }
        case .price, .tier:
            guard update.service != nil else { throw Self.failure("service", "is required") }
            if let price = update.price, price <= .zero { throw Self.failure("price", "must be more than 0") }
            if let tier = update.tier, PriceTier(rawValue: tier) == nil {
                throw Self.failure("tier", "is not one this version knows")
            }
        case .read: if update.alertID == nil { throw Self.failure("alert_id", "is required") }
        }
    }

    private static func failure(_ field: String, _ message: String) -> JSONFailure {
        JSONFailure(fields: [FieldProblem(field: field, message: message)])
    }

    // MARK: - Doing

    private func statements(_ item: Item) -> [SQL] {
        switch item {
        case .offers: return ["UPDATE countries SET is_told = false WHERE is_told"]
        case .prices(let request):
            let provider: SQL = request.provider.map { "AND provider = \($0)" } ?? ""
            let country: SQL = request.country.map { "AND country = \($0)" } ?? ""
            return ["UPDATE price_lists SET is_wanted = true WHERE NOT is_wanted \(provider) \(country)"]
        case .update(let update): return statements(update)
        }
    }

    private func statements(_ update: PricingUpdate) -> [SQL] {
        let service = update.service ?? ""
        let country = update.country ?? ""
        let told: SQL =
            country.isEmpty
            ? "UPDATE countries SET is_told = false WHERE is_told"
            : "UPDATE countries SET is_told = false WHERE is_told AND country = \(country)"
        // A row that says nothing is none.
        let cleared: SQL =
            """
            DELETE FROM service_pricing
            WHERE service = \(service) AND country = \(country) AND price IS NULL AND tier IS NULL
            """
        switch update.action.known {
        case nil: return []
        case .sync:
            let wanted = update.provider.map { [$0] } ?? providers
            let countries = country.isEmpty ? PriceSync.countries : [country]
            return [
                """
                INSERT INTO price_lists (provider, country, asked_at)
                SELECT p, c, clock_timestamp() FROM unnest(\(wanted.sorted())) AS p, unnest(\(countries.sorted())) AS c
                ORDER BY p, c
                ON CONFLICT (provider, country) DO UPDATE SET asked_at = excluded.asked_at
                """
            ]
        case .price:
            return [
                """
                INSERT INTO service_pricing (service, country, price, updated_by)
                VALUES (\(service), \(country), \(update.price), \(update.userID))
                ON CONFLICT (service, country) DO UPDATE SET price = excluded.price,
                    updated_by = excluded.updated_by, updated_at = now()
                """, cleared, told,
            ]
        case .tier:
            return [
                """
                INSERT INTO service_pricing (service, country, tier, updated_by)
                VALUES (\(service), \(country), \(update.tier), \(update.userID))
                ON CONFLICT (service, country) DO UPDATE SET tier = excluded.tier,
                    updated_by = excluded.updated_by, updated_at = now()
                """, cleared, told,
            ]
        case .read: return ["UPDATE price_alerts SET is_read = true WHERE id = \(update.alertID)"]
        }
    }
}
