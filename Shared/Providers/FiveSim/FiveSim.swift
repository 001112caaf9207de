import HTTPClient
import JSON
import Kit
import Runtime

/// The adapter for 5SIM (https://5sim.net/docs).
///
/// Life: made once at start and shared; holds no connection, thread or task of its own. Guarantees: every call goes
/// through breaker and budget; what spends, or must not arrive twice, is sent on a fresh connection, exactly once; only
/// reads are asked a second time. Never logs, and never puts a number or a code into an error.
package final class FiveSim: Provider {
    package struct Configuration: Sendable {
        /// Without a slash at the end.
        package var baseURL: String
        package var apiKey: String
        /// The edge refuses some names; an honest one must be tried out against it.
        package var userAgent: String
        /// US dollars for one unit of the account's currency: 1 for an account kept in dollars.
        package var dollarsPerUnit: Double
        /// The partner's key that goes with purchases of activations, if any.
        package var referral: String?
        package var purchaseDeadline: Duration
        package var readDeadline: Duration
        /// How long it is left alone after it failed five times in a row: with the first try after that, it is back in use
        /// within a minute.
        package var breakerPause = Duration.seconds(55)

        package init(
            apiKey: String, baseURL: String = "https://5sim.net/v1", userAgent: String = "Namaskah/1.0",
            dollarsPerUnit: Double = 1, referral: String? = nil, purchaseDeadline: Duration = .seconds(30),
            readDeadline: Duration = .seconds(10)
        ) {
            self.apiKey = apiKey
            self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
            self.userAgent = userAgent
            self.dollarsPerUnit = dollarsPerUnit
            self.referral = referral
            self.purchaseDeadline = purchaseDeadline
            self.readDeadline = readDeadline
        }
    }

    package let name = "5sim"
    package let capabilities: ProviderCapabilities = [
        .finish, .ban, .another, .prices, .balance, .recentOrders, .priceCap, .rentals, .voice,
    ]

    let configuration: Configuration
    let reader: FiveSimReader
    let caller: UpstreamCaller
    let userGuard: ProviderGuard
    let guestGuard: ProviderGuard

    /// `purchases` is a client apart for what spends and changes, so that it never waits for a connection behind polls.
    /// `userBudget` is what this process may use of the key's 100 requests a second, and `shared` what all processes
    /// with the key may; the price lists, which need no key, stand fewer than two.
    package init(
        _ configuration: Configuration, client: HTTPClient, purchases: HTTPClient, metrics: Metrics,
        userBudget: RequestBudget = RequestBudget(rate: 50, burst: 50),
        guestBudget: RequestBudget = RequestBudget(rate: 1, burst: 5), shared: (any SharedBudget)? = nil,
        breakerMoved: ProviderGuard.BreakerMoved? = nil
    ) {
        self.configuration = configuration
        caller = UpstreamCaller(
            provider: name, baseURL: configuration.baseURL, client: client, purchases: purchases)
        reader = FiveSimReader(dollarsPerUnit: configuration.dollarsPerUnit)
        let breaker = CircuitBreaker(pause: configuration.breakerPause)
        userGuard = ProviderGuard(
            provider: name, metrics: metrics, breaker: breaker, budget: userBudget, shared: shared,
            breakerMoved: breakerMoved)
        guestGuard = ProviderGuard(provider: "5sim-guest", metrics: metrics, breaker: breaker, budget: guestBudget)
    }

    /// How the breaker before the account's calls stands.
    package var breakerState: CircuitBreaker.State { userGuard.breakerState }

    // MARK: Provider

    package func buy(_ request: BuyRequest) async throws(ProviderError) -> ProviderOrder {
        switch request.kind {
        case .activation: try await buyActivation(request)
        case .rental: try await buyHosting(request)
        }
    }

    /// 5SIM sells the number again, as a new order.
    package func another(_ request: AnotherRequest) async throws(ProviderError) -> ProviderOrder {
        try await reuse(
            product: request.product, phone: request.phone, ceiling: request.ceiling, deadline: request.deadline)
    }

    package func prices(country: String) async throws(ProviderError) -> [ProviderOffer] {
        // The list has the durations of rentals among the services, and an activation of one is refused.
        try await prices(country: country, product: nil).filter { !Self.rentalProducts.contains($0.product) }
    }

    /// What a rental is bought under: how long it lasts.
    private static let rentalProducts: Set<String> = ["3hours", "1day", "10days", "1month"]

    package func balance() async throws(ProviderError) -> ProviderBalance {
        let profile = try await profile()
        return ProviderBalance(available: profile.balance, frozen: profile.frozen, rating: profile.rating)
    }

    package func recentOrders(
        _ kind: OrderKind, limit: Int, offset: Int
    ) async throws(ProviderError) -> ProviderOrderPage {
        let page = try await orders(FiveSimOrderQuery(kind, limit: limit, offset: offset))
        return ProviderOrderPage(orders: page.orders, total: page.total, servedAt: page.servedAt)
    }

    package func rentalMessages(_ ref: String) async throws(ProviderError) -> [ProviderMessage] {
        try await inbox(ref)
    }
}
