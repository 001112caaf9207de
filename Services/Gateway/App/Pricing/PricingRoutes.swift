import Bus
import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Prices

/// `/api/pricing`: what numbers are sold for now and were before; for those who run the platform also what they cost,
/// the alerts, and what can be set by hand.
struct PricingRoutes: Sendable {
    let database: Database
    let offers: OfferCache
    let relay: OutboxRelay

    func add(to router: inout Router) {
        router.on(.get, "/api/pricing/current", current)
        router.on(.get, "/api/pricing/history", history)
        router.group(using: [requireRole(.support)]) { router in
            router.on(.get, "/api/pricing/alerts", alerts)
            router.on(.post, "/api/pricing/alerts/{id}/read", read)
        }
        router.group(using: [requireRole(.admin)]) { router in
            router.on(.post, "/api/pricing/update", update)
        }
    }

    static func country(_ query: QueryReader) throws(Problem) -> Country? {
        guard let text = try query.string("country") else { return nil }
        guard let country = Country.find(text) else {
            throw Problem.invalid("query.country", "is not a country we know; GET /countries lists them")
        }
        return country
    }

    // MARK: - Current

    /// Of countries without what is asked for, so many are looked at for one page.
    private static let mostCountries = 12

    /// A country comes out of this process, as orders do. Without one the countries follow each other by name; a page may
    /// then have few lines, or none, and still be followed by another.
    private func current(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try request.query(allowing: ["provider", "country", "service", "limit", "cursor"])
        let limit = try query.integer("limit", in: 1...200) ?? 50
        let seesCost = try request.identity.role.seesEverybody
        let (provider, service) = (try query.slug("provider"), try query.slug("service"))
        let country = try Self.country(query)
        let after = try query.string("cursor").map { text throws(Problem) in
            guard let cursor = PlaceCursor(text) else {
                throw Problem.invalid("query.cursor", "is not a cursor of ours; take next_cursor as it was given")
            }
            return cursor
        }
        var lines: [CurrentPriceBody] = []
        var seen: [String] = []
        for slug in country.map({ [$0.slug] }) ?? Self.countries where slug >= after?.country ?? "" {
            if seen.count == Self.mostCountries { break }
            seen.append(slug)
            let known = try await offers.country(slug)
            let begin = after?.country == slug ? after?.service ?? "" : ""
            lines += known.offers.values
                .filter { offer in
                    offer.service > begin && service ?? offer.service == offer.service
                        && (provider.map { name in offer.providers?.contains { $0.provider == name } ?? false } ?? true)
                }
                .sorted { $0.service < $1.service }
                .map { Self.body($0, slug, known.changedAt, seesCost: seesCost) }
            if lines.count > limit { break }
        }
        let page = Array(lines.prefix(limit))
        var next: PlaceCursor?
        if lines.count > limit {
            next = page.last.map { PlaceCursor(country: $0.country, service: $0.service) }
        } else if country == nil, let last = seen.last, last != Self.countries.last {
            // After every service there is.
            next = PlaceCursor(country: last, service: "~")
        }
        return .json(200, PageBody(page, nextCursor: next?.description))
    }

    private static let countries = Country.all.map(\.slug).sorted()

    private static func body(
        _ offer: ServiceOffer, _ country: String, _ at: Timestamp, seesCost: Bool
    ) -> CurrentPriceBody {
        var body = CurrentPriceBody()
        body.service = offer.service
        body.country = country
        body.tier = offer.tier
        body.price = offer.price
        body.voicePremium = offer.voicePremium
        body.availableCount = offer.count
        body.successRate = offer.successRate
        body.updatedAt = at
        body.providers = (offer.providers ?? []).map { share in
            var line = CurrentProviderBody()
            line.provider = share.provider
            line.availableCount = share.count
            line.cost = seesCost ? share.cost : nil
            return line
        }
        return body
    }

    // MARK: - History

    private struct Move: Row {
        let number: Int64
        var body: PriceHistoryBody
        init(_ columns: inout Columns) throws(DatabaseError) {
            number = try columns.next()
            var body = PriceHistoryBody()
            body.provider = try columns.next()
            body.country = try columns.next()
            body.service = try columns.next()
            body.oldCost = try columns.next()
            body.cost = try columns.next()
            body.oldPrice = try columns.next()
            body.price = try columns.next()
            body.costChangePercent = try columns.next()
            body.at = try columns.next()
            if let old = body.oldPrice, let new = body.price, old > .zero {
                body.changePercent = Double(new.micro - old.micro) / Double(old.micro) * 100
            }
            self.body = body
        }
    }

    private func history(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try request.query(
            allowing: ["provider", "country", "service", "from", "to", "limit", "cursor"])
        let limit = try query.integer("limit", in: 1...200) ?? 50
        let seesCost = try request.identity.role.seesEverybody
        // What a move of the cost did not change for customers is not theirs to see.
        var filter: SQL = seesCost ? "true" : "old_price IS DISTINCT FROM price"
        if let provider = try query.slug("provider") { filter = "\(filter) AND provider = \(provider)" }
        if let country = try Self.country(query) { filter = "\(filter) AND country = \(country.slug)" }
        if let service = try query.slug("service") { filter = "\(filter) AND service = \(service)" }
        if let from = try query.timestamp("from") { filter = "\(filter) AND at >= \(from)" }
        if let to = try query.timestamp("to") { filter = "\(filter) AND at < \(to)" }
        if let text = try query.string("cursor") {
            guard text.first == "h", let number = Int64(text.dropFirst()) else {
                throw Problem.invalid("query.cursor", "is not a cursor of ours; take next_cursor as it was given")
            }
            filter = "\(filter) AND number < \(number)"
        }
        let rows = try await database.rows(
            Move.self,
            """
            SELECT number, provider, country, service, old_cost, cost, old_price, price, change, at FROM price_changes
            WHERE \(filter) ORDER BY number DESC LIMIT \(limit + 1)
            """)
        let page = rows.prefix(limit)
        let next = rows.count > limit ? page.last.map { "h\($0.number)" } : nil
        return .json(
            200,
            PageBody(
                page.map { row in
                    var body = row.body
                    if !seesCost { (body.oldCost, body.cost, body.costChangePercent) = (nil, nil, nil) }
                    return body
                }, nextCursor: next))
    }

    // MARK: - Alerts

    private struct Alert: Row {
        let body: PriceAlertBody
        init(_ columns: inout Columns) throws(DatabaseError) {
            var body = PriceAlertBody()
            body.id = try columns.next()
            let kind: String = try columns.next()
            body.kind = PriceAlert.Kind(rawValue: kind).map { .known($0) } ?? .unknown(kind)
            body.provider = try columns.next()
            body.country = try columns.next()
            body.service = try columns.next()
            body.oldCost = try columns.next()
            body.cost = try columns.next()
            body.changePercent = try columns.next()
            body.isRead = try columns.next()
            body.at = try columns.next()
            self.body = body
        }

        static let columns: SQL = "id, kind, provider, country, service, old_cost, cost, change, is_read, at"
    }

    private func alerts(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try request.query(allowing: ["unread", "provider", "country", "service", "limit", "cursor"])
        let limit = try query.integer("limit", in: 1...200) ?? 50
        var filter: SQL = "true"
        if let unread = try query.boolean("unread") { filter = "\(filter) AND is_read = \(!unread)" }
        if let provider = try query.slug("provider") { filter = "\(filter) AND provider = \(provider)" }
        if let country = try Self.country(query) { filter = "\(filter) AND country = \(country.slug)" }
        if let service = try query.slug("service") { filter = "\(filter) AND service = \(service)" }
        if let text = try query.string("cursor") {
            guard let cursor = Cursor(text) else {
                throw Problem.invalid("query.cursor", "is not a cursor of ours; take next_cursor as it was given")
            }
            filter = "\(filter) AND id < \(cursor.id)"
        }
        let rows = try await database.rows(
            Alert.self,
            "SELECT \(Alert.columns) FROM price_alerts WHERE \(filter) ORDER BY id DESC LIMIT \(limit + 1)")
        let page = rows.prefix(limit)
        let next = rows.count > limit ? page.last.map { Cursor(id: $0.body.id).description } : nil
        return .json(200, PageBody(page.map(\.body), nextCursor: next))
    }

    private func read(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let id = try request.parameter("id", as: ID.self)
        let user = try request.identity.userID
        let (alert, posted) = try await database.transaction { transaction in
            let alert = try await transaction.first(
                Alert.self,
                "UPDATE price_alerts SET is_read = true WHERE id = \(id) RETURNING \(Alert.columns)")
            guard alert != nil else { return (alert, Outbox.Posted()) }
            var update = PricingUpdate()
            update.action = Open(.read)
            update.alertID = id
            update.userID = user
            return (alert, try await Outbox.write([update.letter(id: .new())], in: transaction))
        }
        guard let alert else { throw Problem(.notFound, "There is no alert of this id.") }
        relay.send(posted)
        return .json(200, alert.body)
    }

    // MARK: - Update

    private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let identity = try request.identity
        let key = try IdempotencyKey(request, account: identity.userID)
        if let key, let stored = try await StoredAnswer.find(key, in: database),
            let response = try stored.replay(key)
        {
            return response
        }
        let update = try await update(for: try request.record(UpdatePricing.self), by: identity.userID)
        var body = PricingUpdateBody()
        body.id = .new()
        body.action = update.action.text
        body.status = "accepted"
        let told = body
        let posted: Outbox.Posted? = try await database.transaction { transaction in
            if let key {
                let inserted = try await transaction.execute(
                    """
                    INSERT INTO idempotency (account_id, key, request_hash, resource, status, body)
                    VALUES (\(key.account), \(key.key), \(key.hash), \(told.id), 202, \(told.json))
                    ON CONFLICT DO NOTHING
                    """)
                if inserted == 0 { return nil }
            }
            return try await Outbox.write([update.letter(id: told.id)], in: transaction)
        }
        if let posted {
            relay.send(posted)
        } else if let key, let stored = try await StoredAnswer.find(key, in: database),
            let response = try stored.replay(key)
        {
            return response
        }
        return .json(202, told)
    }

    private func update(for wish: UpdatePricing, by user: ID) async throws -> PricingUpdate {
        var update = PricingUpdate()
        update.action =
            switch wish.action {
            case .sync: Open(.sync)
            case .price: Open(.price)
            case .tier: Open(.tier)
            }
        update.provider = wish.provider
        update.service = wish.service
        update.price = wish.price
        update.tier = wish.tier
        update.userID = user
        if let text = wish.country {
            guard let country = Country.find(text) else {
                throw Problem.invalid("country", "is not a country we know; GET /countries lists them")
            }
            update.country = country.slug
        }
        switch wish.action {
        case .sync:
            if let provider = wish.provider {
                let isKnown = try await database.value(
                    Bool.self, "SELECT EXISTS (SELECT FROM providers WHERE name = \(provider))")
                guard isKnown == true else { throw Problem.invalid("provider", "is not one of this installation's") }
            }
        case .price, .tier:
            guard wish.service != nil else { throw Problem.invalid("service", "is required") }
            if let price = wish.price, price <= .zero { throw Problem.invalid("price.amount", "must be more than 0") }
        }
        return update
    }
}

extension PricingUpdate {
    /// As the bus carries it.
    fileprivate func letter(id: ID) -> OutgoingMessage {
        OutgoingMessage(
            id: id, exchange: Self.channel.rawValue, routingKey: Self.type, type: Self.type, body: json,
            correlationID: id.description)
    }
}
