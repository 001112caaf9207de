import Kit

/// What an upstream can do beyond selling a number and telling what arrived on it.
package struct ProviderCapabilities: OptionSet, Sendable, Hashable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Takes a notice that an order is done with.
    package static let finish = ProviderCapabilities(rawValue: 1 << 0)
    /// Takes back a number that was used before, and pays for it.
    package static let ban = ProviderCapabilities(rawValue: 1 << 1)
    /// Sells another code on a number it sold before.
    package static let another = ProviderCapabilities(rawValue: 1 << 2)
    /// Publishes prices and stock.
    package static let prices = ProviderCapabilities(rawValue: 1 << 3)
    package static let balance = ProviderCapabilities(rawValue: 1 << 4)
    /// Lists orders old and new, which is what an unclear purchase is settled with.
    package static let recentOrders = ProviderCapabilities(rawValue: 1 << 5)
    /// Can be told the highest price to sell at. Says nothing about whether it keeps to it.
    package static let priceCap = ProviderCapabilities(rawValue: 1 << 6)
    /// Sells numbers for hours to months.
    package static let rentals = ProviderCapabilities(rawValue: 1 << 7)
    package static let voice = ProviderCapabilities(rawValue: 1 << 8)
    /// Keeps our own name of a purchase, so that a repeat of it buys nothing.
    package static let callerReference = ProviderCapabilities(rawValue: 1 << 9)
}

/// An upstream that sells phone numbers. Adapters hold no state of orders; every call is one question to the upstream.
///
/// Guarantees: `buy` and `another` ask the upstream at most once, and whatever is not clearly a sale or a documented
/// refusal throws `.ambiguous`. Reads may be repeated once inside. Non-guarantees: an answer may be older than what
/// another call was told a moment ago.
package protocol Provider: Sendable {
    /// A constant word: for the database, metrics and logs.
    var name: String { get }
    var capabilities: ProviderCapabilities { get }
    /// How the breaker before what needs the account stands.
    var breakerState: CircuitBreaker.State { get }

    /// Buys a number. Not idempotent: every call may buy one.
    func buy(_ request: BuyRequest) async throws(ProviderError) -> ProviderOrder
    /// How an order stands, and every message that has come.
    func check(_ ref: String) async throws(ProviderError) -> ProviderOrder
    /// Says that an order is done with. Asking twice does no harm.
    func finish(_ ref: String) async throws(ProviderError) -> ProviderOrder
    /// Gives an order back before anything came. The answer tells what became of it.
    func cancel(_ ref: String) async throws(ProviderError) -> ProviderOrder
    /// Gives an order back because its number was used before.
    func ban(_ ref: String) async throws(ProviderError) -> ProviderOrder
    /// Another code on the number of an earlier order; the answer may be a new order with a price of its own, so this
    /// is a purchase and no more idempotent than `buy`.
    func another(_ request: AnotherRequest) async throws(ProviderError) -> ProviderOrder
    /// Everything sold in a country, in the upstream's own slugs.
    func prices(country: String) async throws(ProviderError) -> [ProviderOffer]
    func balance() async throws(ProviderError) -> ProviderBalance
    /// Orders, newest first.
    func recentOrders(_ kind: OrderKind, limit: Int, offset: Int) async throws(ProviderError) -> ProviderOrderPage
    /// What has arrived on a rented number.
    func rentalMessages(_ ref: String) async throws(ProviderError) -> [ProviderMessage]
    /// What was said in a call, to be heard.
    func recording(of call: ProviderCall) async throws(ProviderError) -> ProviderRecording
}

extension Provider {
    package func finish(_ ref: String) async throws(ProviderError) -> ProviderOrder { throw unsupported("finish") }
    package func ban(_ ref: String) async throws(ProviderError) -> ProviderOrder { throw unsupported("ban") }
    package func another(_ request: AnotherRequest) async throws(ProviderError) -> ProviderOrder {
        throw unsupported("another")
    }
    package func prices(country: String) async throws(ProviderError) -> [ProviderOffer] { throw unsupported("prices") }
    package func balance() async throws(ProviderError) -> ProviderBalance { throw unsupported("balance") }
    package func recentOrders(
        _ kind: OrderKind, limit: Int, offset: Int
    ) async throws(ProviderError) -> ProviderOrderPage { throw unsupported("recent_orders") }
    package func rentalMessages(_ ref: String) async throws(ProviderError) -> [ProviderMessage] {
        throw unsupported("rental_messages")
    }

    package func recording(of call: ProviderCall) async throws(ProviderError) -> ProviderRecording {
        throw unsupported("recording")
    }

    private func unsupported(_ endpoint: String) -> ProviderError {
        ProviderError(.unsupported, endpoint: endpoint, text: "\(name) does not offer this.")
    }
}
