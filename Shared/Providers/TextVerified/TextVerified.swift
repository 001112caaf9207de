import HTTPClient
import JSON
import Kit
import Runtime

/// The adapter for TextVerified (https://www.textverified.com/docs/api/v2): numbers of the United States, for messages
/// and for calls.
///
/// Life: made once at start and shared; holds no connection and no thread; beside the token it holds nothing. Guarantees:
/// every call goes through breaker and budget; what spends or changes is sent on a fresh connection, and once, except
/// that a call answered 401, which was certainly not carried out, is made again with another token; the token never
/// leaves for another host. Never logs, and never puts a number or a code into an error.
package final class TextVerified: Provider {
    package struct Configuration: Sendable {
        /// Without a slash at the end.
        package var baseURL: String
        package var apiKey: String
        /// The account's e-mail address.
        package var email: String
        package var userAgent: String
        package var purchaseDeadline: Duration
        package var readDeadline: Duration
        /// How long it is left alone after it failed five times in a row.
        package var breakerPause = Duration.seconds(55)
        /// How long to wait before a sale is looked at again that is not decided yet.
        package var salePause = Duration.seconds(1)
        /// Between two questions for the price of a service, of which a price list takes hundreds.
        package var pricePause = Duration.milliseconds(250)
        /// Whether a price list tells how many numbers there are, which takes twice as many questions.
        package var countsStock = true
        /// The largest recording of a call that is fetched.
        package var maximumRecording = 8 << 20

        package init(
            apiKey: String, email: String, baseURL: String = "https://www.textverified.com/api/pub/v2",
            userAgent: String = "Namaskah/1.0", purchaseDeadline: Duration = .seconds(30),
            readDeadline: Duration = .seconds(10)
        ) {
            self.apiKey = apiKey
            self.email = email
            self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
            self.userAgent = userAgent
            self.purchaseDeadline = purchaseDeadline
            self.readDeadline = readDeadline
        }
    }

    package let name = "textverified"
    /// Nothing has to be told that it is done with.
    package let capabilities: ProviderCapabilities = [
        .ban, .another, .prices, .balance, .recentOrders, .priceCap, .rentals, .voice,
    ]
    /// The only country it sells.
    package static let country = "usa"

    let configuration: Configuration
    let base: TextVerifiedBase
    let caller: UpstreamCaller
    let gate: ProviderGuard
    /// Before what links lead to at other hosts, whose failures are not TextVerified's.
    let foreignGate: ProviderGuard
    let session: TextVerifiedSession

    /// `purchases` is a client apart for what spends and changes, so that it never waits for a connection behind polls.
    /// TextVerified publishes no limit; `budget` is what this process asks at most, and `shared` what all processes with
    /// the key do.
    package init(
        _ configuration: Configuration, client: HTTPClient, purchases: HTTPClient, metrics: Metrics,
        budget: RequestBudget = RequestBudget(rate: 10, burst: 20), shared: (any SharedBudget)? = nil,
        breakerMoved: ProviderGuard.BreakerMoved? = nil
    ) {
        self.configuration = configuration
        base = TextVerifiedBase(configuration.baseURL)
        caller = UpstreamCaller(
            provider: name, baseURL: configuration.baseURL, client: client, purchases: purchases)
        gate = ProviderGuard(
            provider: name, metrics: metrics, breaker: CircuitBreaker(pause: configuration.breakerPause),
            budget: budget, shared: shared, breakerMoved: breakerMoved)
        foreignGate = ProviderGuard(
            provider: "textverified-elsewhere", metrics: metrics,
            breaker: CircuitBreaker(pause: configuration.breakerPause), budget: budget)
        session = TextVerifiedSession()
    }

    /// How the breaker before the account's calls stands.
    package var breakerState: CircuitBreaker.State { gate.breakerState }

    // MARK: Provider

    package func buy(_ request: BuyRequest) async throws(ProviderError) -> ProviderOrder {
        guard request.country == Self.country else {
            throw mistake(request.kind == .rental ? .rent : .buy, "There are numbers of the United States alone.")
        }
        switch request.kind {
        case .activation: return try await buyVerification(request)
        case .rental: return try await buyRental(request)
        }
    }

    package func balance() async throws(ProviderError) -> ProviderBalance {
        guard let available = TextVerifiedReader.money(try await account()["currentBalance"]) else {
            throw TextVerifiedAnswer.unfit(.account, "The answer has no balance.")
        }
        return ProviderBalance(available: available)
    }

    package func recentOrders(
        _ kind: OrderKind, limit: Int, offset: Int
    ) async throws(ProviderError) -> ProviderOrderPage {
        switch kind {
        case .activation: try await newest(.verifications, [["verifications"]], limit, offset)
        case .rental:
            try await newest(
                .rentals,
                [["reservations", "rental", "renewable"], ["reservations", "rental", "nonrenewable"]], limit, offset)
        }
    }

    /// Who we are to TextVerified.
    func account() async throws(ProviderError) -> JSON {
        try await ask(Question(.account, try url(.account, ["account", "me"]))).json
    }
}
