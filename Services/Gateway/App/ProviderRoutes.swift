import Bus
import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit

/// How providers stand and are used: `/api/providers`, `/api/{provider}/balance`. Shown as Verification told it last; what
/// is changed here is a command to it.
struct ProviderRoutes: Sendable {
    let database: Database
    let relay: OutboxRelay

    func add(to router: inout Router) {
        router.group(using: [requireRole(.support)]) { router in
            router.on(.get, "/api/{provider}/balance", balance)
            router.on(.get, "/api/providers", list)
            router.on(.get, "/api/providers/failovers", failovers)
        }
        router.group(using: [requireRole(.admin)]) { router in
            router.on(.put, "/api/providers/{provider}", change)
            router.on(.post, "/api/providers/{provider}/probe", probe)
        }
    }

    // MARK: - Reading

    private struct Status: Row {
        let json: JSON
        init(_ columns: inout Columns) throws(DatabaseError) { json = try columns.next() }
    }

    private func status(of name: String) async throws -> ProviderStatus {
        guard
            let row = try await database.first(Status.self, "SELECT status FROM providers WHERE name = \(name)")
        else { throw Problem(.notFound, "There is no provider of this name, or it has not been asked yet.") }
        return try ProviderStatus(row.json)
    }

    private func balance(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let status = try await status(of: request.parameter("provider"))
        var body = ProviderBalanceBody()
        body.provider = status.provider
        body.balance = status.balance
        body.frozen = status.frozen
        body.rating = status.rating
        body.breaker = status.breaker
        body.error = status.error
        body.checkedAt = status.checkedAt
        return .json(200, body)
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let rows = try await database.rows(Status.self, "SELECT status FROM providers ORDER BY name")
        return .json(200, ListBody(try rows.map { Self.body(try ProviderStatus($0.json)) }))
    }

    private static func body(_ status: ProviderStatus) -> ProviderBody {
        var body = ProviderBody()
        body.provider = status.provider
        body.isEnabled = status.isEnabled ?? true
        body.isPinned = status.isPinned ?? false
        body.weight = status.weight ?? 1
        body.breaker = status.breaker
        body.balance = status.balance
        body.frozen = status.frozen
        body.rating = status.rating
        body.successRate = status.successRate
        body.slowShare = status.slowShare
        body.medianSeconds = status.medianSeconds
        body.trials = status.trials
        body.error = status.error
        body.checkedAt = status.checkedAt
        return body
    }

    private struct Failover: Row {
        let number: Int64
        let body: FailoverBody

        init(_ columns: inout Columns) throws(DatabaseError) {
            number = try columns.next()
            var body = FailoverBody()
            body.id = try columns.next()
            body.at = try columns.next()
            body.kind = try columns.next()
            body.provider = try columns.next()
            body.before = try columns.next()
            body.after = try columns.next()
            body.cause = try columns.next()
            body.verificationID = try columns.next()
            self.body = body
        }
    }

    private func failovers(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try request.query(allowing: ["provider", "kind", "limit", "cursor"])
        let page = try Page(query, by: NumberCursor.self)
        var filter: SQL = "true"
        if let provider = try query.slug("provider") { filter += " AND provider = \(provider)" }
        if let kind = try query.oneOf(ProviderFailover.Kind.self, "kind") {
            filter += " AND kind = \(kind.rawValue)"
        }
        if let last = page.after { filter += " AND number < \(last.number)" }
        let rows = try await database.rows(
            Failover.self,
            """
            SELECT number, id, at, kind, provider, before, after, cause, verification_id FROM failovers
            WHERE \(filter) ORDER BY number DESC LIMIT \(page.reading)
            """)
        return .json(200, page.body(rows, cursor: { NumberCursor(number: $0.number) }, \.body))
    }

    // MARK: - Changing

    private func change(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let wish = try request.record(ChangeProvider.self)
        guard wish.isEnabled != nil || wish.isPinned != nil || wish.weight != nil else {
            throw Problem.invalid("body", "must say at least one of enabled, pinned and weight")
        }
        if let weight = wish.weight, !(0.01...100).contains(weight) {
            throw Problem.invalid("weight", "must be from 0.01 to 100")
        }
        var status = try await status(of: request.parameter("provider"))
        var setting = ProviderSetting()
        setting.provider = status.provider
        setting.isEnabled = wish.isEnabled
        setting.isPinned = wish.isPinned
        setting.weight = wish.weight
        try await send(setting)
        status.isEnabled = wish.isEnabled ?? status.isEnabled
        status.isPinned = wish.isPinned ?? status.isPinned
        status.weight = wish.weight ?? status.weight
        return .json(202, Self.body(status))
    }

    private func probe(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        var setting = ProviderSetting()
        setting.provider = try await status(of: request.parameter("provider")).provider
        setting.isProbeWanted = true
        try await send(setting)
        return HTTPResponse(202)
    }

    private func send(_ setting: ProviderSetting) async throws {
        let message = OutgoingMessage(
            exchange: ProviderSetting.channel.rawValue, routingKey: ProviderSetting.type, type: ProviderSetting.type,
            body: setting.json)
        relay.send(try await database.transaction { try await Outbox.write([message], in: $0) })
    }
}
