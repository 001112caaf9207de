import Kit
import Testing

@testable import SandboxCore

/// What upstreams other than the first need of the seller.
@Suite("Rentals of any length, second messages, and names of purchases")
struct RentalTests {
    private let span = Duration.seconds(4 * 3600)

    private func rent(_ world: World, hours: Int64 = 4) throws -> Order {
        try world.buy("1day") { $0.lifetime = .seconds(hours * 3600) }
    }

    @Test("a rental lasts as long as was asked, for its share of a day's price")
    func lengths() throws {
        let world = World(mode: .manual)
        let short = try rent(world)
        let quote = try #require(world.seller.rentQuote(place: short.offer.place, for: span))
        #expect(short.expiresAt - short.createdAt == span && quote.price <= short.price && quote.count > 0)
        world.pass(span - .seconds(1))
        #expect(try world.check(short).status == .received)
        world.pass(.seconds(1))
        #expect(try world.check(short).status == .finished)
        #expect(world.isConserved)
    }

    @Test("a rental that is prolonged ends later, once, and is paid for twice")
    func extending() throws {
        let world = World(mode: .manual)
        let order = try rent(world)
        let before = world.account.balance
        let price = try world.seller.extensionQuote(order.id, by: span, account: world.customer)
        let longer = try world.seller.extendRental(order.id, by: span, account: world.customer, at: world.now)
        #expect(longer.id == order.id && longer.expiresAt == order.expiresAt + span)
        #expect(before - world.account.balance == price)
        world.pass(span + .seconds(1))
        #expect(try world.check(order).status == .received)
        world.pass(span)
        #expect(try world.check(order).status == .finished)
        let other = try world.seller.extendRental(order.id, by: span, account: world.customer, at: world.now)
        #expect(other.id != order.id && other.phone == order.phone && other.status == .received)
        #expect(world.isConserved)
    }

    @Test("a rental is given back only where that is possible, and only in time")
    func cancelling() throws {
        let world = World(mode: .manual)
        let first = try rent(world)
        #expect(throws: Refusal.hostingOrder) {
            try world.seller.cancelRental(first.id, account: world.customer, at: world.now)
        }
        world.seller.settings.rentalCancelWithin = .seconds(1_200)
        let before = world.account.balance
        _ = try world.seller.cancelRental(first.id, account: world.customer, at: world.now)
        #expect(world.account.balance == before + first.price && world.isConserved)
        #expect(throws: Refusal.orderExpired) {
            try world.seller.cancelRental(first.id, account: world.customer, at: world.now)
        }
        let late = try rent(world)
        world.pass(.seconds(1_201))
        #expect(throws: Refusal.hostingOrder) {
            try world.seller.cancelRental(late.id, account: world.customer, at: world.now)
        }
        let taken = try rent(world)
        let held = world.account.balance
        #expect(world.end(taken, as: .banned))
        #expect(world.account.balance == held + taken.price && world.isConserved)
    }

    @Test("another message is asked for once there is one, and comes by itself where messages do")
    func again() throws {
        let world = World()
        let order = try world.buy()
        #expect(throws: Refusal.orderNoSMS) {
            try world.seller.askAgain(order.id, account: world.customer, at: world.now)
        }
        world.pass(.seconds(120))
        #expect(try world.check(order).messages.count == 1)
        #expect(try world.seller.askAgain(order.id, account: world.customer, at: world.now).askedAgain == 1)
        world.pass(.seconds(120))
        #expect(try world.check(order).messages.count == 2)
        _ = try world.finish(order)
        #expect(throws: Refusal.orderNotFound) {
            try world.seller.askAgain(order.id, account: world.customer, at: world.now)
        }
        #expect(world.isConserved)
    }

    @Test("a name of a purchase is used once by each customer, and not used up by a refusal")
    func references() throws {
        let world = World(mode: .manual)
        #expect(throws: Refusal.badOperator) {
            try world.buy(pool: "nosuch") { $0.reference = "mine" }
        }
        let order = try world.buy { $0.reference = "mine" }
        #expect(throws: Refusal.referenceTaken) { try world.buy { $0.reference = "mine" } }
        #expect(world.seller.order(reference: "mine", account: world.customer)?.id == order.id)
        let other = world.seller.deposit(token: "other", Money(micro: 10_000_000), at: world.now)
        #expect(world.seller.order(reference: "mine", account: other) == nil)
        var purchase = Purchase(country: "england", pool: "any", product: "telegram")
        purchase.reference = "mine"
        #expect(try world.seller.buy(purchase, account: other, at: world.now).id != order.id)
    }

    @Test("what arrives is noted only for those who are to be told, and once")
    func receipts() throws {
        let world = World(mode: .manual)
        let order = try world.buy()
        world.send(order, "code 1111")
        #expect(world.seller.takeReceipts().isEmpty)
        world.seller.settings.notesReceipts = true
        world.send(order, "code 2222")
        #expect(world.seller.takeReceipts().map(\.message) == [1])
        #expect(world.seller.takeReceipts().isEmpty)
    }

    @Test("open orders are listed by kind, the oldest first")
    func open() throws {
        let world = World(mode: .manual)
        let orders = try [world.buy(), world.buy(), world.buy()]
        let rental = try rent(world)
        _ = try world.cancel(orders[1])
        let activations = world.seller.openOrders(.activation, account: world.customer, at: world.now)
        #expect(activations.map(\.id) == [orders[0].id, orders[2].id])
        #expect(world.seller.openOrders(.hosting, account: world.customer, at: world.now).map(\.id) == [rental.id])
        #expect(throws: Refusal.orderNotFound) {
            try world.seller.look(at: rental.id, .activation, account: world.customer, at: world.now)
        }
    }
}
