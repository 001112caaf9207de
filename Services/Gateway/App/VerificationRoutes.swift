import Bus
import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Runtime

/// `/verify` and its aliases.
struct VerificationRoutes: Sendable {
    static let prefixes = ["/verify", "/api/verification", "/v1/verifications"]

    let database: Database
    let pricer: Pricer
    let credit: CreditGlance
    let queue: AcceptQueue
    let relay: OutboxRelay
    let hub: Hub
    let personalData: PersonalData

    func add(to router: inout Router) {
        router.group(Self.prefixes) { router in
            router.on(.post, "/create", bodyLimit: 32 * 1024, deadline: .seconds(75), create)
            router.on(.get, "", list)
            router.on(.get, "/{id}", one)
            router.on(.get, "/{id}/number", number)
            router.on(.get, "/{id}/messages", deadline: .seconds(75), messages)
            router.on(.get, "/{id}/voice", deadline: .seconds(75), voice)
            router.on(.get, "/{id}/voice/audio", audio)
            router.on(.get, "/{id}/timeline", timeline)
            router.on(.post, "/{id}/complete", deadline: .seconds(30), complete)
            router.on(.post, "/{id}/report", deadline: .seconds(30)) { request in
                try await act(.report, request) { view in
                    view.canReport
                        ? nil : Problem(.notReportable, "Only a number that has received nothing yet can be reported.")
                }
            }
            router.on(.post, "/{id}/another", deadline: .seconds(30)) { request in
                try await act(.another, request) { view in
                    view.canRequestAnother
                        ? nil
                        : Problem(
                            .notRepeatable,
                            "Another code can be asked for once, after the first and before the number ends.")
                }
            }
            router.on(.delete, "/{id}", deadline: .seconds(30)) { request in
                try await act(.cancel, request, Self.cancelRefusal)
            }
        }
    }

    // MARK: - Create

    private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let identity = try request.identity
        let wait = try Preference.wait(request.headers["Prefer"])
        let key = try IdempotencyKey(request, account: identity.userID)
        if let key, let stored = try await StoredAnswer.find(key, in: database) {
            return try await replay(stored, key)
        }
        let wish = try request.record(CreateVerification.self)
        var quote: Quote?
        if let id = wish.quoteID {
            quote = try await Quote.find(id, for: wish, of: identity.userID, in: database)
        }
        let command = try await command(for: wish, quote: quote, identity: identity)
        let location = "/verify/\(command.verificationID)"
        var answer: (Int, String, [UInt8])?
        if wait == nil { answer = (202, location, Self.pending(command).json) }

        let verdict = try await accept(
            command, key, quote: quote?.id, answer: answer.map { (status: $0.0, location: $0.1, body: $0.2) },
            wait: wait ?? .zero)
        if verdict == .quoteIsGone { throw Quote.isGone }
        if case .repeated = verdict, let key {
            guard let stored = try await StoredAnswer.find(key, in: database) else {
                throw Problem(
                    .idempotencyInProgress, "The first request with this key is being answered.", retryAfter: 1)
            }
            return try await replay(stored, key)
        }
        guard let wait else {
            return HTTPResponse.json(202, bytes: answer?.2 ?? []).with("Location", location)
        }
        let response = try await outcome(of: command.verificationID, account: identity.userID, within: wait)
        guard let key else { return response }
        return try await StoredAnswer.keep(response, for: key, in: database)
    }

    /// Writes an order down, in a transaction that it shares with others.
    private func accept(
        _ command: VerificationRequest, _ key: IdempotencyKey?, quote: ID?,
        answer: (status: Int, location: String, body: [UInt8])?, wait: Duration
    ) async throws -> AcceptQueue.Verdict {
        try await Tracer.process.span(
            "accept", .internal,
            [
                ("namaskah.order.id", .string(command.verificationID.description)),
                ("db.system.name", .string("postgresql")),
            ]
        ) {
            try await queue.accept(
                Acceptance(
                    request: command, key: key, answer: answer, wait: wait,
                    traceparent: TraceContext.current?.traceparent, quote: quote))
        }
    }

    private func replay(_ stored: StoredAnswer, _ key: IdempotencyKey) async throws -> HTTPResponse {
        if let response = try stored.replay(key) { return response }
        let response = try await outcome(of: stored.resource, account: key.account, within: .zero)
        return try await StoredAnswer.keep(response, for: key, in: database).with("Idempotent-Replayed", "true")
    }

    /// What a valid wish becomes: the country's slug, the price, and refusals that need no ledger. A quote's price is
    /// the price, whatever has become of it since, and even if nobody seems to sell it at the moment.
    private func command(
        for wish: CreateVerification, quote: Quote?, identity: Identity
    ) async throws -> VerificationRequest {
        if let metadata = wish.metadata, metadata.bytes.count > 4096 {
            throw Problem.invalid("metadata", "must have at most 4096 bytes as JSON")
        }
        guard let country = Country.find(wish.country) else {
            throw Problem.invalid(
                "country", "is not a country we know; GET /countries lists them by slug and by ISO code")
        }
        let capability = wish.capability ?? .sms
        let price: Money
        if let quote {
            price = quote.price
        } else {
            price = try await pricer.listed(
                wish.service, in: country, capability, operator: wish.operator, provider: wish.provider,
                for: identity.userID
            ).price
        }
        if let limit = wish.maxPrice, price > limit {
            throw Problem(
                .noOffer, "\(wish.service) in \(country.slug) costs \(price) USD, which is more than max_price.",
                details: ["price": price.description])
        }
        try await refuseIfPenniless(identity.userID, price: price)
        var command = VerificationRequest()
        command.verificationID = .new()
        command.accountID = identity.userID
        command.service = wish.service
        command.country = country.slug
        command.capability = Open(capability)
        command.operator = wish.operator
        command.areaCode = wish.areaCode
        command.provider = wish.provider
        command.price = price
        command.ceiling = quote?.price
        command.metadata = wish.metadata
        command.requestedAt = .now
        return command
    }

    /// An account with no credit at all is refused at once; whether there is enough only the ledger decides.
    private func refuseIfPenniless(_ account: ID, price: Money) async throws {
        let available = try await credit.available(account)
        guard available > .zero else {
            throw Problem(
                .insufficientCredit, "The account has no credit; this costs \(price) USD. Top it up, then order again.",
                details: ["price": price.description, "available": available.description])
        }
    }

    private static func pending(_ command: VerificationRequest) -> VerificationBody {
        var body = VerificationBody()
        body.verificationID = command.verificationID
        body.service = command.service
        body.country = command.country
        body.capability = command.capability
        body.operator = command.operator
        body.price = command.price
        body.metadata = command.metadata
        body.canCancel = true
        body.createdAt = command.requestedAt
        body.updatedAt = command.requestedAt
        return body
    }

    private struct Progress: Row {
        let view: VerificationView
        let hasMovement: Bool
        init(_ columns: inout Columns) throws(DatabaseError) {
            view = try VerificationView(&columns)
            hasMovement = try columns.next()
        }
    }

    /// 201 with the number, the refusal, or 202 when neither came in time. The hold must be visible in the balance before
    /// the number is told, so that a caller who looks finds his money held.
    private func outcome(of id: ID, account: ID, within wait: Duration) async throws -> HTTPResponse {
        let look: () async throws -> Progress? = {
            try await self.database.first(
                Progress.self,
                """
                SELECT \(VerificationView.columns), EXISTS (
                    SELECT FROM movements m WHERE m.verification_id = v.id AND m.kind = 'hold')
                FROM verifications v WHERE v.id = \(id) AND v.account_id = \(account)
                """)
        }
        let settled = try await hub.wait(for: id, until: .now + wait) {
            let progress = try await look()
            guard let progress, progress.view.status != Open(.pending) else { return nil as Progress? }
            return progress.hasMovement || progress.view.errorCode != nil ? progress : nil
        }
        let found: Progress?
        if let settled { found = settled } else { found = try await look() }
        guard let view = found?.view else { throw Problem(.notFound, "There is no such verification.") }
        // An answer like the others, which repeats get again: thrown it would be forgotten.
        if view.status == Open(.failed) { return .problem(Self.problem(of: view)) }
        let location = "/verify/\(id)"
        let body = try view.body(personalData)
        return HTTPResponse.json(settled == nil ? 202 : 201, body).with("Location", location)
    }

    /// A refusal as the one who waits for it reads it.
    private static func problem(of view: VerificationView) -> Problem {
        let code = view.errorCode.flatMap { ErrorCode(rawValue: $0) } ?? .providerUnavailable
        return Problem(
            code, view.errorMessage ?? code.title, retryAfter: code == .providerUnavailable ? 60 : nil,
            details: ["verification_id": view.id.description])
    }

    // MARK: - Reading

    func view(_ request: HTTPRequest) async throws -> VerificationView {
        let identity = try request.identity
        let id = try request.parameter("id", as: ID.self)
        let found = try await database.first(
            VerificationView.self, "SELECT \(VerificationView.columns) FROM verifications v WHERE v.id = \(id)")
        // Another account's id answers like one that does not exist.
        guard let found, found.accountID == identity.userID || identity.role.seesEverybody else {
            throw Problem(.notFound, "There is no verification of this id.")
        }
        return found
    }

    private func one(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        return .json(200, try await view(request).body(personalData))
    }

    private func number(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let view = try await view(request)
        var body = NumberBody()
        body.phoneNumber = try view.phoneSealed.map { try personalData.phone($0, of: view.id) }
        body.status = view.status
        return .json(200, body)
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let identity = try request.identity
        let query = try request.query(
            allowing: ["status", "service", "country", "provider", "from", "to", "limit", "cursor"])
        let page = try Page(query, by: Cursor.self)
        var filter: SQL = "v.account_id = \(identity.userID)"
        if let status = try query.oneOf(VerificationStatus.self, "status") {
            filter += " AND v.status = \(status.rawValue)"
        }
        if let service = try query.slug("service") { filter += " AND v.service = \(service)" }
        if let text = try query.string("country") {
            guard (2...64).contains(text.unicodeScalars.count) else {
                throw Problem.invalid("query.country", "must be a slug such as england or a code such as GB")
            }
            filter += " AND v.country = \(Country.find(text)?.slug ?? text)"
        }
        if let provider = try query.slug("provider") { filter += " AND v.provider = \(provider)" }
        if let from = try query.timestamp("from") { filter += " AND v.created_at >= \(from)" }
        if let to = try query.timestamp("to") { filter += " AND v.created_at < \(to)" }
        if let last = page.after { filter += " AND v.id < \(last.id)" }
        let rows = try await database.rows(
            VerificationView.self,
            "SELECT \(VerificationView.columns) FROM verifications v WHERE \(filter) ORDER BY v.id DESC LIMIT \(page.reading)"
        )
        return .json(200, try page.body(rows, cursor: { Cursor(id: $0.id) }, { try $0.body(personalData) }))
    }

    private struct MessageRow: Row {
        let id: ID
        let sealed: String
        let receivedAt: Timestamp
        init(_ columns: inout Columns) throws(DatabaseError) {
            id = try columns.next()
            sealed = try columns.next()
            receivedAt = try columns.next()
        }
    }

    private func messages(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try request.query(allowing: ["wait"])
        let wait = try query.integer("wait", in: 0...60) ?? 0
        let view = try await view(request)
        let look: () async throws -> [MessageRow] = {
            try await self.database.rows(
                MessageRow.self,
                """
                SELECT id, sealed, received_at FROM messages WHERE verification_id = \(view.id) ORDER BY received_at, id
                """)
        }
        // What can bring nothing more is answered at once.
        let isOver = view.status.known?.isFinal ?? false
        let found = try await hub.wait(for: view.id, until: .now + .seconds(isOver ? 0 : wait)) {
            let rows = try await look()
            if !rows.isEmpty { return rows as [MessageRow]? }
            let status = try await self.view(request).status
            return status.known?.isFinal ?? false ? rows : nil
        }
        let rows: [MessageRow]
        if let found { rows = found } else { rows = try await look() }
        return .json(
            200,
            ListBody(try rows.map { try personalData.message($0.sealed, id: $0.id, receivedAt: $0.receivedAt) }))
    }

    private struct StepRow: Row {
        let step: TimelineStep
        init(_ columns: inout Columns) throws(DatabaseError) {
            var step = TimelineStep()
            step.number = try columns.next()
            step.at = try columns.next()
            step.step = try columns.next()
            step.cause = try columns.next()
            step.provider = try columns.next()
            step.cost = try columns.next()
            step.traceID = try columns.next()
            self.step = step
        }
    }

    private func timeline(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let view = try await view(request)
        let rows = try await database.rows(
            StepRow.self,
            """
            SELECT number::bigint, at, step, cause, provider, cost, trace_id FROM steps
            WHERE verification_id = \(view.id) ORDER BY number
            """)
        let seesCost = try request.identity.role.seesEverybody
        return .json(
            200,
            ListBody(
                rows.map { row in
                    var step = row.step
                    // What a number costs us is nobody's business but ours.
                    if !seesCost { step.cost = nil }
                    return step
                }))
    }
}
