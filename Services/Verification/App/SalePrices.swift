import Choosing
import Contracts
import Database
import Demand
import JSON
import Kit
import Prices
import VerificationCore

/// What customers pay for the goods of some orders, as Pricing told it.
struct SalePrices: Sendable {
    private struct Entry: Row {
        let goods: Goods
        let offer: ServiceOffer
        init(_ columns: inout Columns) throws(DatabaseError) {
            goods = Goods(country: try columns.next(), service: try columns.next())
            do { offer = try ServiceOffer(try columns.next(JSON.self)) } catch {
                throw DatabaseError(.decoding, "a sale price of \(goods.service) in \(goods.country): \(error)")
            }
        }
    }

    private let offers: [Goods: ServiceOffer]

    static func read(
        _ pairs: [(country: String, service: String)], in transaction: Transaction
    ) async throws -> SalePrices {
        let rows = try await transaction.rows(
            Entry.self,
            """
            SELECT country, service, offer FROM sale_prices
            JOIN (SELECT DISTINCT * FROM unnest(\(pairs.map(\.country)), \(pairs.map(\.service))))
                AS wanted (country, service) USING (country, service)
            """)
        return SalePrices(
            offers: Dictionary(rows.map { ($0.goods, $0.offer) }, uniquingKeysWith: { first, _ in first }))
    }

    /// What the request costs an account that has paid for `volume` verifications this month; or why it cannot be had.
    func price(
        _ request: IngressRequest, country: Country, capability: Capability, volume: Int
    ) throws(Problem) -> Money {
        let offer = offers[Goods(country: country.slug, service: request.service)]
        guard let listed = offer?.price(capability, operator: request.operator, provider: request.provider) else {
            throw Problem(.noOffer, "No provider sells \(request.service) in \(country.slug) on these terms.")
        }
        let price = BulkDiscount.price(listed.price, volume: volume, floor: listed.floor)
        if let limit = request.maxPrice, price > limit {
            throw Problem(
                .noOffer, "\(request.service) in \(country.slug) costs \(price) USD, more than max_price.",
                details: ["price": price.description])
        }
        return price
    }
}
