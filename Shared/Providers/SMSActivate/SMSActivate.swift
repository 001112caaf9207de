import HTTPClient
import JSON
import Kit
import Runtime

/// The adapter for every upstream that speaks the SMS-Activate protocol, `handler_api.php`; a dialect says which one.
///
/// Life: made once at start and shared; holds no connection, thread or task of its own. Guarantees: every call goes
/// through breaker and budget; what spends, or must not arrive twice, is sent on a fresh connection, exactly once; only
/// reads are asked a second time; a refund is told only when it is certain. Never logs, and never puts a number or a code
/// into an error. Non-guarantees: the protocol tells no end of an activation, and times without a zone, which are left
/// out unless the dialect knows the clock.
package final class SMSActivate: Provider {
    package struct Configuration: Sendable {
        package var dialect: SMSActivateDialect
        package var apiKey: String
        package var userAgent: String
        /// The partner's key that goes with purchases, if any.
        package var referral: String?
        package var purchaseDeadline: Duration
        package var readDeadline: Duration
        /// How long it is left alone after it failed five times in a row.
        package var breakerPause = Duration.seconds(55)

        /// `baseURL` puts the dialect's own aside: another clone, or a sandbox.
        package init(
            _ dialect: SMSActivateDialect, apiKey: String, baseURL: String? = nil,
            userAgent: String = "Namaskah/1.0", referral: String? = nil, purchaseDeadline: Duration = .seconds(30),
            readDeadline: Duration = .seconds(10)
        ) {
            self.dialect = dialect
            self.dialect.baseURL = baseURL ?? dialect.baseURL
            self.apiKey = apiKey
            self.userAgent = userAgent
            self.referral = referral
            self.purchaseDeadline = purchaseDeadline
            self.readDeadline = readDeadline
        }
    }

    package let name: String
    package let capabilities: ProviderCapabilities

    let configuration: Configuration
    let reader: SMSActivateReader
    private let caller: UpstreamCaller
    private let gate: ProviderGuard

    var dialect: SMSActivateDialect { configuration.dialect }

    /// `purchases` is a client apart for what spends and changes, so that it never waits for a connection behind polls.
    /// `budget` is what this process may use of what the key is allowed, and `shared` what all processes may.
    package init(
        _ configuration: Configuration, client: HTTPClient, purchases: HTTPClient, metrics: Metrics,
        budget: RequestBudget = RequestBudget(rate: 10, burst: 20), shared: (any SharedBudget)? = nil,
        breakerMoved: ProviderGuard.BreakerMoved? = nil
    ) {
        let dialect = configuration.dialect
        self.configuration = configuration
        name = dialect.name
        reader = SMSActivateReader(dialect, secret: configuration.apiKey)
        caller = UpstreamCaller(
            provider: dialect.name, baseURL: dialect.baseURL, client: client, purchases: purchases)
        gate = ProviderGuard(
            provider: dialect.name, metrics: metrics, breaker: CircuitBreaker(pause: configuration.breakerPause),
            budget: budget, shared: shared, breakerMoved: breakerMoved)
        var capabilities: ProviderCapabilities = [.finish, .another, .prices, .balance, .priceCap, .voice]
        if dialect.hasActive { capabilities.insert(.recentOrders) }
        if dialect.hasRentals { capabilities.insert(.rentals) }
        if dialect.hasBuyV2, dialect.reference == .kept { capabilities.insert(.callerReference) }
        self.capabilities = capabilities
    }

    /// How the breaker stands.
    package var breakerState: CircuitBreaker.State { gate.breakerState }

    // MARK: - Provider

    package func buy(_ request: BuyRequest) async throws(ProviderError) -> ProviderOrder {
        switch request.kind {
        case .activation: try await buyActivation(request)
        case .rental: try await buyRental(request)
        }
    }

    package func check(_ ref: String) async throws(ProviderError) -> ProviderOrder {
        if let rental = Self.rental(ref) { return try await checkRental(rental) }
        return try await checkActivation(ref)
    }

    package func finish(_ ref: String) async throws(ProviderError) -> ProviderOrder {
        if let rental = Self.rental(ref) { return try await endRental(rental, .finishRental) }
        return try await finishActivation(ref)
    }

    package func cancel(_ ref: String) async throws(ProviderError) -> ProviderOrder {
        if let rental = Self.rental(ref) { return try await endRental(rental, .cancelRental) }
        return try await cancelActivation(ref)
    }

    package func balance() async throws(ProviderError) -> ProviderBalance {
        let told = try await ask(.balance)
        guard case .word(_, let rest) = told.content, let rest,
            let balance = reader.money(.string(String(rest.prefix { $0 != ":" })))
        else { throw SMSActivateAnswer.unfit(.balance, "The answer has no balance.") }
        return ProviderBalance(available: balance)
    }

    package func recentOrders(
        _ kind: OrderKind, limit: Int, offset: Int
    ) async throws(ProviderError) -> ProviderOrderPage {
        switch kind {
        case .activation: try await recentActivations(limit: limit, offset: offset)
        case .rental: try await recentRentals(limit: limit, offset: offset)
        }
    }

    package func rentalMessages(_ ref: String) async throws(ProviderError) -> [ProviderMessage] {
        guard let rental = Self.rental(ref) else { throw mistake(.rentalStatus, "This is the ref of no rental.") }
        return try await checkRental(rental).messages
    }

    // MARK: - Asking

    /// An answer, with the moment it was made by the upstream's clock, where it tells that.
    struct Told: Sendable {
        let content: SMSActivateAnswer.Content
        let servedAt: Timestamp?

        var json: JSON? { if case .json(let json) = content { json } else { nil } }
    }

    func ask(
        _ action: SMSActivateAction, _ parameters: [(name: String, value: String?)] = [], deadline: Duration? = nil,
        maximumBody: Int = 2 << 20
    ) async throws(ProviderError) -> Told {
        var query: [(name: String, value: String?)] = []
        if dialect.keyPlace == .query { query.append(("api_key", configuration.apiKey)) }
        query.append(("action", dialect.lowercasesActions ? action.word.lowercased() : action.word))
        let usual = action.group == .purchase ? configuration.purchaseDeadline : configuration.readDeadline
        var call = UpstreamCall(
            action.rawValue, action.effect, isUrgent: action.isUrgent,
            url: dialect.baseURL + UpstreamCall.query(query + parameters), deadline: deadline ?? usual)
        call.headers = [("User-Agent", configuration.userAgent)]
        if case .header(let name, let prefix) = dialect.keyPlace {
            call.headers.append((name, prefix + configuration.apiKey))
        }
        call.maximumBody = maximumBody
        return try await caller.ask(call, gate) { [dialect] response in
            SMSActivateAnswer.read(
                status: response.status, body: response.body, action: action, dialect: dialect,
                retryAfter: response.header("Retry-After").flatMap { Int($0) }
            ).map { Told(content: $0, servedAt: response.servedAt) }
        }
    }

    /// The JSON of an answer that must be JSON.
    func json(
        _ action: SMSActivateAction, _ parameters: [(name: String, value: String?)] = [], maximumBody: Int = 2 << 20
    ) async throws(ProviderError) -> JSON {
        let told = try await ask(action, parameters, maximumBody: maximumBody)
        guard let json = told.json else { throw SMSActivateAnswer.unfit(action, "The answer is not JSON.") }
        return json
    }

    func mistake(_ action: SMSActivateAction, _ text: String) -> ProviderError {
        ProviderError(.ourMistake, endpoint: action.rawValue, text: text)
    }
}
