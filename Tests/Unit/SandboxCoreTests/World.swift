import Kit

@testable import SandboxCore

/// A provider with one rich customer and a clock in the test's hand.
final class World {
    var seller: Seller
    var now: Timestamp
    let customer: Int

    static let start = Timestamp(seconds: 1_770_000_000)

    init(seed: UInt64 = 7, mode: Arrival.Mode = .auto) {
        seller = Seller(seed: seed, now: Self.start)
        now = Self.start
        seller.arrivals.usual.mode = mode
        seller.arrivals.usual.chance = 1
        seller.arrivals.usual.second = 0
        customer = seller.deposit(token: "token", Money(micro: 100_000_000), at: now)
    }

    var account: Account { seller.accounts[customer] }
    var isConserved: Bool { seller.books.prove(account, index: customer) }

    func pass(_ duration: Duration) {
        now = now + duration
        seller.advance(to: now)
    }

    /// Buys where there is stock: any pool of England.
    func buy(
        _ product: String = "telegram", country: String = "england", pool: String = "any",
        _ change: (inout Purchase) -> Void = { _ in }
    ) throws(Refusal) -> Order {
        let category = Product.slug(product)?.category ?? .activation
        var purchase = Purchase(category, country: country, pool: pool, product: product)
        change(&purchase)
        return try seller.buy(purchase, account: customer, at: now)
    }

    func check(_ order: Order) throws(Refusal) -> Order {
        try seller.check(order.id, account: customer, at: now)
    }
    func finish(_ order: Order) throws(Refusal) -> Order {
        try seller.finish(order.id, account: customer, at: now)
    }
    func cancel(_ order: Order) throws(Refusal) -> Order {
        try seller.cancel(order.id, account: customer, at: now)
    }
    func ban(_ order: Order) throws(Refusal) -> Order {
        try seller.ban(order.id, account: customer, at: now)
    }

    func end(_ order: Order, as status: Order.Status) -> Bool { seller.end(order.id, as: status, at: now) }
    func reuse(_ product: String, _ number: String) throws(Refusal) -> Order {
        try seller.reuse(product: product, number: number, account: customer, at: now)
    }
    func history(_ query: HistoryQuery) -> HistoryPage { seller.history(query, account: customer, at: now) }

    @discardableResult
    func send(
        _ order: Order, _ text: String? = nil, code: Seller.ScriptedCode = .parsed, after delay: Duration = .zero
    ) -> Bool {
        seller.script(order.id, text: text, sender: nil, code: code, after: delay, at: now)
    }
}
