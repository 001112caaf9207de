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
        let page = try Page(query, by: PlaceCursor.self)
        let seesCost = try request.identity.role.seesEverybody
        let (provider, service) = (try query.slug("provider"), try query.slug("service"))
        let country = try Self.country(query)
        var lines: [CurrentPriceBody] = []
        var seen: [String] = []
        for slug in country.map({ [$0.slug] }) ?? Self.countries where slug >= page.after?.country ?? "" {
            if seen.count == Self.mostCountries { break }
            seen.append(slug)
            let known = try await offers.country(slug)
            let begin = page.after?.country == slug ? page.after?.service ?? "" : ""
            lines += known.offers.values
                .filter { offer in
                    offer.service > begin && service ?? offer.service == offer.service
                        && (provider.map { name in offer.providers?.contains { $0.provider == name } ?? false } ?? true)
                }
                .sorted { $0.service < $1.service }
                .map { Self.body($0, slug, known.changedAt, seesCost: seesCost) }
            if lines.count > page.limit { break }
        }
        var body = page.body(lines, cursor: { PlaceCursor(country: $0.country, service: $0.service) }, { $0 })
        if body.nextCursor == nil, country == nil, let last = seen.last, last != Self.countries.last {
            // After every service there is.
            body.nextCursor = PlaceCursor(country: last, service: "~").description
        }
        return .json(200, body)
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
        let page = try Page(query, by: NumberCursor.self)
        let seesCost = try request.identity.role.seesEverybody
        // What a move of the cost did not change for customers is not theirs to see.
        var filter: SQL = seesCost ? "true" : "old_price IS DISTINCT FROM price"
        if let provider = try query.slug("provider") { filter += " AND provider = \(provider)" }
        if let country = try Self.country(query) { filter += " AND country = \(country.slug)" }
        if let service = try query.slug("service") { filter += " AND service = \(service)" }
        if let from = try query.timestamp("from") { filter += " AND at >= \(from)" }
        if let to = try query.timestamp("to") { filter += " AND at < \(to)" }
        if let last = page.after { filter += " AND number < \(last.number)" }
        let rows = try await database.rows(
            Move.self,
            """
            SELECT number, provider, country, service, old_cost, cost, old_price, price, change, at FROM price_changes
            WHERE \(filter) ORDER BY number DESC LIMIT \(page.reading)
            """)
        return .json(
            200,
            page.body(rows, cursor: { NumberCursor(number: $0.number) }) { row in
                var body = row.body
                if !seesCost { (body.oldCost, body.cost, body.costChangePercent) = (nil, nil, nil) }
                return body
            })
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
        let page = try Page(query, by: Cursor.self)
        var filter: SQL = "true"
        if let unread = try query.boolean("unread") { filter += " AND is_read = \(!unread)" }
        if let provider = try query.slug("provider") { filter += " AND provider = \(provider)" }
        if let country = try Self.country(query) { filter += " AND country = \(country.slug)" }
        if let service = try query.slug("service") { filter += " AND service = \(service)" }
        if let last = page.after { filter += " AND id < \(last.id)" }
        let rows = try await database.rows(
            Alert.self,
            "SELECT \(Alert.columns) FROM price_alerts WHERE \(filter) ORDER BY id DESC LIMIT \(page.reading)")
        return .json(200, page.body(rows, cursor: { Cursor(id: $0.body.id) }, \.body))
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
