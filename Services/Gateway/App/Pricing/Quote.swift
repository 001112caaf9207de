import Contracts
import Database
import Kit

/// A price that was promised to one account, for one order.
struct Quote: Sendable, Row {
    /// For so long.
    static let lifetime = Duration.seconds(300)

    let id: ID
    let service: String
    let country: String
    let capability: Capability
    let `operator`: String?
    let price: Money
    private let isExpired: Bool
    private let isUsed: Bool

    init(_ columns: inout Columns) throws(DatabaseError) {
        id = try columns.next()
        service = try columns.next()
        country = try columns.next()
        let word: String = try columns.next()
        guard let known = Capability(rawValue: word) else {
            throw DatabaseError(.decoding, "a quote has the capability \(word)")
        }
        capability = known
        self.operator = try columns.next()
        price = try columns.next()
        isExpired = try columns.next()
        isUsed = try columns.next()
    }

    /// The quote that an order names, if it may be used for it. That nobody else uses it, the acceptance sees to.
    static func find(
        _ id: ID, for wish: CreateVerification, of account: ID, in database: Database
    ) async throws -> Quote {
        let found = try await database.first(
            Quote.self,
            """
            SELECT id, service, country, capability, operator, price, expires_at <= now(), used_by IS NOT NULL
            FROM quotes WHERE id = \(id) AND account_id = \(account)
            """)
        // Another account's quote answers like one that does not exist.
        guard let quote = found else { throw Problem.invalid("quote_id", "names no quote of yours") }
        guard quote.service == wish.service, quote.country == Country.find(wish.country)?.slug,
            quote.capability == wish.capability ?? .sms, quote.operator == wish.operator
        else {
            let of = quote.operator.map { " of \($0)" } ?? ""
            throw Problem.invalid(
                "quote_id", "is for \(quote.service) in \(quote.country)\(of) by \(quote.capability.rawValue)")
        }
        if quote.isUsed { throw isGone }
        if quote.isExpired {
            throw Problem(
                .priceChanged, "The quote has run out. POST /quotes makes another.",
                details: ["quoted": quote.price.description])
        }
        return quote
    }

    /// A quote is for one order.
    static let isGone = Problem(
        .conflict, "The quote was used for another order, or ran out at this moment. POST /quotes makes another.")
}
