import JSON
import Kit
import Testing

@testable import SandboxCore

@Suite("The provider's habits that clients trip over")
struct ChecklistTests {
    private func json(_ order: Order, _ world: World, isRow: Bool = false) throws -> JSON {
        var writer = JSONWriter()
        FiveSimWriter.order(order, in: world.seller, isRow: isRow, to: &writer)
        return try JSON(parsing: writer.bytes)
    }

    @Test("out of stock and unknown country are told with the same words and status 200")
    func noFreePhones() {
        let world = World()
        var script = MarketScript(place: world.seller.market.place("england")?.index)
        script.count = 0
        world.seller.market.script(script)
        #expect(throws: Refusal.noFreePhones) { try world.buy() }
        #expect(throws: Refusal.noFreePhones) { try world.buy(country: "atlantis") }
        #expect(Refusal.noFreePhones.status == 200)
        #expect(world.account.balance == world.account.deposited)
    }

    @Test("the first look at a new order says RECEIVED although nothing has come")
    func receivedWithoutMessage() throws {
        let world = World(mode: .manual)
        let order = try world.check(world.buy())
        #expect(order.status == .received)
        #expect(try json(order, world)["sms"] == .array([]))
    }

    @Test("sms is null in the answer to buy, an array from the first look on")
    func smsIsNullAtFirst() throws {
        let world = World(mode: .manual)
        let order = try world.buy()
        #expect(try json(order, world)["sms"] == .null)
        #expect(try json(world.check(order), world)["sms"] == .array([]))
    }

    @Test("times have nine digits after the point and can be read back")
    func nineDigits() throws {
        let world = World(mode: .manual)
        let text = try #require(try json(world.buy(), world)["expires"]?.stringValue)
        let fraction = text.drop { $0 != "." }.dropFirst().prefix { $0.isNumber }
        #expect(fraction.count == 9)
        #expect(Timestamp(text) == world.now + .seconds(900))
        #expect(FiveSimWriter.time(Timestamp(microseconds: 1_000_000), salt: 7) == "1970-01-01T00:00:01.000000007Z")
    }

    @Test("an order that expires with a message ends FINISHED and shows the code in the same answer")
    func terminalStatusWithCode() throws {
        let world = World(mode: .manual)
        let order = try world.buy()
        world.send(order, "Your code is 12345")
        world.pass(.seconds(901))
        let after = try world.check(order)
        #expect(after.status == .finished)
        #expect(after.messages.map(\.code) == ["12345"])
        #expect(world.account.frozen == .zero && world.account.spent == order.price)
    }

    @Test("several messages are all kept, the newest last, and one may have no code")
    func severalMessages() throws {
        let world = World(mode: .manual)
        let order = try world.buy()
        world.send(order, "Your code is 12345")
        world.pass(.seconds(3))
        world.send(order, "Your code is 67890", code: .none)
        let messages = try world.check(order).messages
        #expect(messages.map(\.text) == ["Your code is 12345", "Your code is 67890"])
        #expect(messages.map(\.code) == ["12345", nil])
        #expect(messages[0].createdAt < messages[1].createdAt)
        #expect(try json(world.check(order), world)["sms"]?[1]?["code"] == .null)
    }

    @Test("a caller beyond the limit is refused, and for five breaches shut out ten minutes")
    func rateLimit() {
        var gate = RateGate()
        func admits(_ caller: String, at now: Timestamp) -> Bool { gate.admits(caller, limit: 100, at: now) }
        var now = World.start
        for breach in 1...5 {
            for _ in 0..<100 { #expect(admits("key", at: now)) }
            for _ in 0..<50 { #expect(!admits("key", at: now)) }
            #expect(admits("other", at: now), "breach \(breach) is nobody else's")
            now = now + .seconds(1)
        }
        #expect(!admits("key", at: now + .seconds(590)))
        #expect(admits("key", at: now + .seconds(601)))
    }

    @Test("the top-ups are written in Pascal case")
    func pascalCasePayments() throws {
        let world = World()
        var writer = JSONWriter()
        FiveSimWriter.payments(world.account.payments, total: 1, to: &writer)
        let value = try JSON(parsing: writer.bytes)
        let names = try #require(value["Data"]?[0]?.objectValue).map(\.name)
        #expect(names == ["ID", "TypeName", "ProviderName", "Amount", "Balance", "CreatedAt"])
        #expect(value["PaymentTypes"]?[0]?["Name"] == "charge")
        #expect(value["PaymentStatuses"] == .null)
        #expect(value["Total"] == 1)
    }

    @Test("a cancellation that comes too early is told to wait")
    func waitTime() throws {
        let world = World(mode: .manual)
        world.seller.settings.earlyCancel = .seconds(120)
        let order = try world.buy()
        world.pass(.seconds(119))
        #expect(throws: Refusal.waitTime) { try world.cancel(order) }
        world.pass(.seconds(1))
        #expect(try world.cancel(order).status == .canceled)
    }

    @Test("an order that has a message can be neither cancelled nor reported")
    func hasSMS() throws {
        let world = World(mode: .manual)
        let order = try world.buy()
        world.send(order)
        #expect(throws: Refusal.orderHasSMS) { try world.cancel(order) }
        #expect(throws: Refusal.orderHasSMS) { try world.ban(order) }
        #expect(try world.finish(order).status == .finished)
    }

    @Test("the balance falls with a purchase and returns with CANCELED, BANNED and TIMEOUT")
    func balance() throws {
        let world = World(mode: .manual)
        let full = world.account.balance
        let orders = try (0..<3).map { _ in try world.buy() }
        let held = orders.reduce(Money.zero) { $0 + $1.price }
        #expect(held > .zero && world.account.balance == full - held && world.account.frozen == held)
        _ = try world.cancel(orders[0])
        _ = try world.ban(orders[1])
        #expect(world.account.frozen == orders[2].price)
        world.pass(.seconds(901))
        #expect(try world.check(orders[2]).status == .timeout)
        #expect(world.account.balance == full && world.account.frozen == .zero && world.account.spent == .zero)
        #expect(world.isConserved)
    }

    @Test("the rating falls to zero, stops purchases for a day, and is then full again")
    func ratingToZero() throws {
        let world = World(mode: .manual)
        for _ in 0..<960 { _ = try world.cancel(world.buy()) }
        #expect(world.account.rating.hundredths == 0)
        #expect(throws: Refusal.notEnoughRating) { try world.buy() }
        world.pass(.seconds(24 * 3600 - 1))
        #expect(throws: Refusal.notEnoughRating) { try world.buy() }
        world.pass(.seconds(1))
        _ = try world.buy()
        #expect(world.account.rating.hundredths == 96_00)
    }

    @Test("a price can move between the list and the purchase, and by itself from one ten minutes to the next")
    func movingPrice() throws {
        let world = World(mode: .manual)
        let england = try #require(world.seller.market.place("england"))
        let telegram = try #require(Product.slug("telegram"))
        var script = MarketScript(place: england.index, product: telegram.index)
        script.cost = Money(micro: 100_000)
        script.fill = Money(micro: 130_000)
        world.seller.market.script(script)
        let listed = world.seller.market.offers(place: england.index, product: telegram.index, at: world.now)
        #expect(listed.allSatisfy { $0.cost == Money(micro: 100_000) })
        #expect(try world.buy { $0.maxPrice = Money(micro: 100_000) }.price == Money(micro: 130_000))

        let market = Market(seed: 7)
        let movers = market.products.prefix(60).filter { product in
            market.offers(place: 3, product: product.index, at: World.start).map(\.cost)
                != market.offers(place: 3, product: product.index, at: World.start + .seconds(600)).map(\.cost)
        }
        #expect(!movers.isEmpty)
    }

    @Test("asked for a product alone, the prices name the product before the country; a pair without offers is null")
    func nesting() throws {
        let market = Market(seed: 7)
        let place = try #require(market.place("england"))
        let product = try #require(Product.slug("telegram"))
        func written(_ body: (inout JSONWriter) -> Void) throws -> JSON {
            var writer = JSONWriter()
            body(&writer)
            return try JSON(parsing: writer.bytes)
        }
        let byCountry = try written { FiveSimWriter.prices(market, place: place, at: World.start, to: &$0) }
        let byProduct = try written { FiveSimWriter.prices(market, product: product, at: World.start, to: &$0) }
        let both = try written {
            FiveSimWriter.prices(market, place: place, product: product, at: World.start, to: &$0)
        }
        let pools = try #require(byCountry["england"]?["telegram"])
        #expect(byProduct["telegram"]?["england"] == pools)
        #expect(both["england"]?["telegram"] == pools)
        let missing = try #require(
            market.products.first { market.offers(place: place.index, product: $0.index, at: World.start).isEmpty })
        #expect(
            try written { FiveSimWriter.prices(market, place: place, product: missing, at: World.start, to: &$0) }
                == .null)
    }
}
