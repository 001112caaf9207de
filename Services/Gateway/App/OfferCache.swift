import Bus
import Contracts
import Database
import JSON
import Kit
import Synchronization

/// What can be bought, out of the read model, a country at a time; kept in memory until it changes. Other gateways learn
/// of a change by the age limit, five seconds.
final class OfferCache: Sendable {
    struct Offer: Sendable, Row {
        let service: String
        let tier: String
        let price: Money
        let voicePremium: Money
        let count: Int
        let successRate: Double?
        let operators: [OperatorOffer]

        init(_ columns: inout Columns) throws(DatabaseError) {
            service = try columns.next()
            tier = try columns.next()
            price = try columns.next()
            voicePremium = try columns.next()
            count = try columns.next()
            successRate = try columns.next()
            let json: JSON = try columns.next()
            do { operators = try (json.arrayValue ?? []).map { try OperatorOffer($0) } } catch {
                throw DatabaseError(.decoding, "an offer's operators: \(error)")
            }
        }

        /// The sale price, nil when that operator is not on offer.
        func price(_ capability: Capability, operator name: String?) -> Money? {
            let base: Money
            if let name, name != "any" {
                guard let found = operators.first(where: { $0.name == name }) else { return nil }
                base = found.price
            } else {
                base = price
            }
            return capability == .sms ? base : base + voicePremium
        }
    }

    private struct Presence: Row {
        init(_ columns: inout Columns) throws(DatabaseError) { _ = try columns.next(Int32.self) }
    }

    private struct Country: Sendable {
        let offers: [String: Offer]
        let readAt: ContinuousClock.Instant
    }

    private static let lifetime = Duration.seconds(5)
    /// A country is a few hundred kilobytes; the busiest stay.
    private static let limit = 24

    private let database: Database
    private let countries = Mutex<[String: Country]>([:])

    init(_ database: Database) { self.database = database }

    /// Every service on offer in a country.
    func offers(in country: String) async throws -> [String: Offer] {
        if let known = countries.withLock({ $0[country] }), known.readAt.duration(to: .now) < Self.lifetime {
            return known.offers
        }
        let rows = try await database.rows(
            Offer.self,
            """
            SELECT service, tier, price, voice_premium, count, success_rate, operators FROM offers
            WHERE country = \(country)
            """)
        let read = Country(
            offers: Dictionary(rows.map { ($0.service, $0) }, uniquingKeysWith: { first, _ in first }), readAt: .now)
        countries.withLock { countries in
            countries[country] = read
            if countries.count > Self.limit, let oldest = countries.min(by: { $0.value.readAt < $1.value.readAt }) {
                countries[oldest.key] = nil
            }
        }
        return read.offers
    }

    /// Asks Verification for everything on offer when there is nothing: a new gateway need not wait for prices to move.
    func requestIfEmpty() async throws {
        guard try await database.first(Presence.self, "SELECT 1 FROM offers LIMIT 1") == nil else { return }
        var request = OffersRequest()
        request.requestedAt = .now
        let message = OutgoingMessage(
            exchange: OffersRequest.channel.rawValue, routingKey: OffersRequest.type, type: OffersRequest.type,
            body: request.json)
        try await database.transaction { try await Outbox.write([message], in: $0) }
    }

    func forget(_ changed: [String]) {
        countries.withLock { countries in for country in changed { countries[country] = nil } }
    }
}
