import Contracts
import Database
import HTTPServer
import JSON
import Kit

/// `POST /quotes`: a price that holds for five minutes.
struct QuoteRoutes: Sendable {
    let database: Database
    let pricer: Pricer

    func add(to router: inout Router) { router.on(.post, "/quotes", create) }

    private struct Moment: Row {
        let createdAt: Timestamp
        let expiresAt: Timestamp
        init(_ columns: inout Columns) throws(DatabaseError) {
            createdAt = try columns.next()
            expiresAt = try columns.next()
        }
    }

    private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let account = try request.identity.userID
        let key = try IdempotencyKey(request, account: account)
        if let key, let stored = try await StoredAnswer.find(key, in: database),
            let response = try stored.replay(key)
        {
            return response
        }
        let wish = try request.record(CreateQuote.self)
        guard let country = Country.find(wish.country) else {
            throw Problem.invalid(
                "country", "is not a country we know; GET /countries lists them by slug and by ISO code")
        }
        let capability = wish.capability ?? .sms
        let price = try await pricer.listed(
            wish.service, in: country, capability, operator: wish.operator, for: account)
        var body = QuoteBody()
        body.quoteID = .new()
        body.service = wish.service
        body.country = country.slug
        body.capability = Open(capability)
        body.operator = wish.operator
        body.price = price.price
        body.discountPercent = price.discount
        let quote = body
        let lifetime = Quote.lifetime.inSeconds
        let response: HTTPResponse? = try await database.transaction { transaction in
            if let key {
                let inserted = try await transaction.execute(
                    """
                    INSERT INTO idempotency (account_id, key, request_hash, resource)
                    VALUES (\(key.account), \(key.key), \(key.hash), \(quote.quoteID)) ON CONFLICT DO NOTHING
                    """)
                if inserted == 0 { return nil }
            }
            // By the clock that the acceptance compares it with.
            let moment = try await transaction.first(
                Moment.self,
                """
                INSERT INTO quotes (id, account_id, service, country, capability, operator, price, created_at, expires_at)
                VALUES (\(quote.quoteID), \(account), \(quote.service), \(quote.country), \(capability.rawValue),
                    \(quote.operator), \(quote.price), now(), now() + make_interval(secs => \(lifetime)))
                RETURNING created_at, expires_at
                """)
            var told = quote
            if let moment { (told.createdAt, told.expiresAt) = (moment.createdAt, moment.expiresAt) }
            let response = HTTPResponse.json(201, told)
            if let key {
                try await transaction.execute(
                    """
                    UPDATE idempotency SET status = 201, body = \(told.json)
                    WHERE account_id = \(key.account) AND key = \(key.key)
                    """)
            }
            return response
        }
        if let response { return response }
        // The same key was first in another request; its answer was committed with it.
        guard let key, let stored = try await StoredAnswer.find(key, in: database),
            let answer = try stored.replay(key)
        else {
            throw Problem(.idempotencyInProgress, "The first request with this key is being answered.", retryAfter: 1)
        }
        return answer
    }
}
