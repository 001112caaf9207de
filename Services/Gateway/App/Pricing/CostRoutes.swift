import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Prices

/// `/api/cost`: what verifications have cost, how they could have cost less, and what was saved against the default
/// provider. Everybody sees his own figures; those who run the platform can see those of all.
struct CostRoutes: Sendable {
    let database: Database
    let offers: OfferCache
    let volumes: VolumeGlance
    let defaultProvider: String

    /// The longest range, since every row in it is looked at.
    private static let longest = Duration.seconds(92 * 86_400)
    private static let usual = Duration.seconds(30 * 86_400)

    func add(to router: inout Router) {
        router.on(.get, "/api/cost/analysis", analysis)
        router.on(.get, "/api/cost/recommendations", recommendations)
        router.on(.get, "/api/cost/savings", savings)
    }

    /// The range and whose verifications are meant.
    private struct Scope {
        let from: Timestamp
        let to: Timestamp
        let filter: SQL

        init(_ request: HTTPRequest) throws(Problem) {
            let query = try request.query(allowing: ["from", "to", "scope"])
            let identity = try request.identity
            let to = try query.timestamp("to") ?? .now
            let from = try query.timestamp("from") ?? to - CostRoutes.usual
            guard from < to else { throw Problem.invalid("query.from", "must be before to") }
            guard to - from <= CostRoutes.longest else {
                throw Problem.invalid("query.from", "must be at most 92 days before to")
            }
            let isAll = try query.oneOf(Whose.self, "scope") == .all
            guard !isAll || identity.role.seesEverybody else {
                throw Problem(.forbidden, "Only those who run the platform see the figures of all.")
            }
            let range: SQL = "v.created_at >= \(from) AND v.created_at < \(to)"
            filter = isAll ? range : "v.account_id = \(identity.userID) AND \(range)"
            (self.from, self.to) = (from, to)
        }
    }

    private enum Whose: String, CaseIterable {
        case own
        case all
    }

    // MARK: - Analysis

    private struct Share: Row {
        let kind: String
        let isFinal: Int
        var body: CostShareBody
        init(_ columns: inout Columns) throws(DatabaseError) {
            kind = try columns.next()
            var body = CostShareBody()
            body.name = try columns.next()
            body.orders = try columns.next()
            body.completed = try columns.next()
            isFinal = try columns.next()
            body.spent = try columns.next()
            if body.completed > 0 { body.meanPrice = Money(micro: body.spent.micro / Int64(body.completed)) }
            if isFinal > 0 { body.successRate = Double(body.completed) / Double(isFinal) }
            self.body = body
        }
    }

    private func analysis(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try Scope(request)
        let rows = try await database.rows(
            Share.self,
            """
            SELECT k.kind, k.name, count(*), count(*) FILTER (WHERE v.status = 'completed'),
                count(*) FILTER (WHERE v.status NOT IN ('pending', 'waiting_sms')),
                coalesce(sum(v.price) FILTER (WHERE v.status = 'completed'), 0)::bigint
            FROM verifications v, LATERAL (VALUES ('all', ''), ('service', v.service), ('country', v.country),
                ('provider', v.provider),
                ('hour', to_char(v.created_at AT TIME ZONE 'UTC', 'HH24'))) AS k (kind, name)
            WHERE \(scope.filter) AND k.name IS NOT NULL
            GROUP BY k.kind, k.name ORDER BY 6 DESC, 3 DESC, 2
            """)
        func shares(_ kind: String) -> [CostShareBody] { rows.filter { $0.kind == kind }.map(\.body) }
        var body = CostAnalysisBody()
        body.from = scope.from
        body.to = scope.to
        if let all = shares("all").first {
            body.orders = all.orders
            body.completed = all.completed
            body.spent = all.spent
            body.meanPrice = all.meanPrice
            body.successRate = all.successRate
        }
        body.byService = Array(shares("service").prefix(100))
        body.byCountry = Array(shares("country").prefix(200))
        body.byProvider = shares("provider")
        body.byHour = shares("hour").sorted { $0.name < $1.name }
        return .json(200, body)
    }

    // MARK: - Savings

    private struct Savings: Row {
        let compared: Int
        let notCompared: Int
        let paid: Money
        let other: Money
        init(_ columns: inout Columns) throws(DatabaseError) {
            compared = try columns.next()
            notCompared = try columns.next()
            paid = try columns.next()
            other = try columns.next()
        }
    }

    /// Of each verification, with the price at which the default provider's cheapest number would have been sold when it
    /// was ordered.
    private func savings(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try Scope(request)
        let found = try await database.first(
            Savings.self,
            """
            SELECT count(d.price), count(*) - count(d.price),
                coalesce(sum(v.price) FILTER (WHERE d.price IS NOT NULL), 0)::bigint,
                coalesce(sum(d.price), 0)::bigint
            FROM verifications v LEFT JOIN LATERAL (
                SELECT p.price FROM price_changes p
                WHERE p.service = v.service AND p.country = v.country AND p.provider = \(defaultProvider)
                    AND p.at <= v.created_at AND v.capability = 'sms' AND coalesce(v.asked_operator, 'any') = 'any'
                ORDER BY p.version DESC LIMIT 1) d ON true
            WHERE \(scope.filter) AND v.status = 'completed'
            """)
        var body = SavingsBody()
        body.from = scope.from
        body.to = scope.to
        body.defaultProvider = defaultProvider
        body.basis =
            "Completed verifications by SMS, at the price paid, against the list price that \(defaultProvider) alone would have made at the time of the order. What it did not sell then, calls, and orders that name an operator are not compared."
        body.compared = found?.compared ?? 0
        body.notCompared = found?.notCompared ?? 0
        body.paid = found?.paid ?? .zero
        body.wouldHaveCost = found?.other ?? .zero
        body.saved = body.wouldHaveCost - body.paid
        return .json(200, body)
    }

    // MARK: - Recommendations

    private struct UsageRow: Row {
        let usage: CostAdvice.Usage
        init(_ columns: inout Columns) throws(DatabaseError) {
            usage = CostAdvice.Usage(
                service: try columns.next(), country: try columns.next(), operator: try columns.next(),
                completed: try columns.next(), spent: try columns.next())
        }
    }

    private struct Place: Row {
        let service: String
        let country: String
        let price: Money
        init(_ columns: inout Columns) throws(DatabaseError) {
            service = try columns.next()
            country = try columns.next()
            price = try columns.next()
        }
    }

    private struct MoveRow: Row {
        let service: String
        let country: String
        let move: HourlyPrice.Move
        init(_ columns: inout Columns) throws(DatabaseError) {
            service = try columns.next()
            country = try columns.next()
            move = HourlyPrice.Move(
                provider: try columns.next(), at: try columns.next(), price: try columns.next())
        }
    }

    /// What is worth looking at: that an account spends most on.
    private static let mostUsages = 10

    private func recommendations(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let account = try request.identity.userID
        let now = Timestamp.now
        let from = now - Self.usual
        let usages = try await database.rows(
            UsageRow.self,
            """
            SELECT service, country, asked_operator, count(*), sum(price)::bigint FROM verifications
            WHERE account_id = \(account) AND created_at >= \(from) AND status = 'completed'
            GROUP BY service, country, asked_operator ORDER BY sum(price) DESC, service, country LIMIT \(Self.mostUsages)
            """
        ).map(\.usage)
        var found: [RecommendationBody] = []
        let spent = usages.reduce(Money.zero) { $0 + $1.spent }
        if let advice = CostAdvice.bulk(volume: try await volumes.volume(account), spent: spent) {
            found.append(advice)
        }
        let cheapest = try await cheapest(usages.map(\.service))
        let moves = try await moves(usages, from: from)
        for usage in usages {
            guard let offer = try await offers.offers(in: usage.country)[usage.service] else { continue }
            if let own = offer.price(.sms, operator: usage.operator)?.price {
                found += [CostAdvice.anyOperator(usage, price: offer.price, operatorPrice: own)].compactMap { $0 }
            }
            if let place = cheapest[usage.service] {
                found += [
                    CostAdvice.region(usage, price: offer.price, cheapest: (place.country, place.price))
                ].compactMap { $0 }
            }
            let own = moves.filter { $0.service == usage.service && $0.country == usage.country }.map(\.move)
            found += [CostAdvice.hour(usage, means: HourlyPrice.means(own, from: from, to: now))].compactMap { $0 }
        }
        found.sort { $0.monthlySaving > $1.monthlySaving }
        try await note(found, account)
        return .json(200, ListBody(found))
    }

    /// Where each service costs least, of what is in stock.
    private func cheapest(_ services: [String]) async throws -> [String: Place] {
        let rows = try await database.rows(
            Place.self,
            """
            SELECT DISTINCT ON (service) service, country, price FROM offers
            WHERE service = ANY(\(services)) AND count > 0 ORDER BY service, price, country
            """)
        return Dictionary(rows.map { ($0.service, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Every move since, and of each provider the last before.
    private func moves(_ usages: [CostAdvice.Usage], from: Timestamp) async throws -> [MoveRow] {
        try await database.rows(
            MoveRow.self,
            """
            SELECT p.service, p.country, p.provider, p.at, p.price
            FROM (SELECT DISTINCT service, country FROM unnest(\(usages.map(\.service)), \(usages.map(\.country)))
                AS u (service, country)) u
            JOIN price_changes p USING (service, country)
            WHERE p.version >= coalesce((SELECT max(b.version) FROM price_changes b
                WHERE b.service = p.service AND b.country = p.country AND b.provider = p.provider
                    AND b.at < \(from)), 0)
            ORDER BY p.at LIMIT 50000
            """)
    }

    /// As they were made; what is recommended again within a day is the same recommendation.
    private func note(_ found: [RecommendationBody], _ account: ID) async throws {
        guard !found.isEmpty else { return }
        try await database.execute(
            """
            INSERT INTO cost_optimization_logs (account_id, kind, service, country, text, saving)
            SELECT \(account), n.* FROM unnest(\(found.map(\.kind.text)), \(found.map(\.service)),
                \(found.map(\.country)), \(found.map(\.text)), \(found.map(\.monthlySaving)))
                AS n (kind, service, country, text, saving)
            WHERE NOT EXISTS (SELECT FROM cost_optimization_logs l
                WHERE l.account_id = \(account) AND l.at > now() - interval '1 day' AND l.kind = n.kind
                    AND l.service IS NOT DISTINCT FROM n.service AND l.country IS NOT DISTINCT FROM n.country)
            """)
    }
}
