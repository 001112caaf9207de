import JSON
import Kit
import Testing

@testable import SandboxCore

@Suite("Orders of the simulated provider")
struct LifecycleTests {
    @Test("a message comes by itself, and its code is in its text")
    func arrival() throws {
        let world = World()
        let order = try world.buy("whatsapp")
        world.pass(.seconds(120))
        let message = try #require(try world.check(order).messages.first)
        #expect(message.code.map { message.text.filter(\.isNumber).contains($0) } == true)
        #expect(message.date <= message.createdAt && message.date >= order.createdAt)
    }

    @Test("delays are spread about the median, and scale with it down to nothing")
    func delays() throws {
        let world = World()
        world.seller.arrivals.usual.median = .zero
        #expect(try world.check(world.buy()).messages.count == 1)

        let dice = Dice(seed: 3)
        let delays = (0..<4_001).map {
            dice.logNormal(median: .seconds(4), spread: 0.5, .delay, UInt64($0))
        }.sorted()
        #expect(delays[2_000] > .milliseconds(3_700) && delays[2_000] < .milliseconds(4_300))
        #expect(delays[0] > .zero && delays[4_000] > .seconds(12))
    }

    @Test("the same seed and the same calls give the same orders and messages")
    func determinism() throws {
        func story(seed: UInt64) throws -> [String] {
            let world = World(seed: seed)
            let orders = try (0..<20).map { _ in try world.buy(country: "any") }
            world.pass(.seconds(60))
            return try orders.map {
                let order = try world.check($0)
                return "\(order.phone) \(order.price) \(order.messages.map(\.text)) \(order.messages.map(\.createdAt))"
            }
        }
        #expect(try story(seed: 5) == story(seed: 5))
        #expect(try story(seed: 5) != story(seed: 6))
    }

    @Test("a simulation started later gives out other ids and numbers")
    func restarts() throws {
        func first(after pause: Duration) throws -> Order {
            let start = World.start + pause
            var seller = Seller(seed: 7, now: start)
            let customer = seller.deposit(token: "token", Money(micro: 10_000_000), at: start)
            return try seller.buy(
                Purchase(country: "england", pool: "any", product: "telegram"), account: customer, at: start)
        }
        let early = try first(after: .zero)
        let late = try first(after: .seconds(1))
        #expect(late.id >= early.id + 1_000 && late.phone != early.phone)
    }

    @Test("a number that is being prepared is PENDING first")
    func pending() throws {
        let world = World(mode: .manual)
        world.seller.settings.preparation = .seconds(2)
        let order = try world.buy()
        #expect(order.status == .pending)
        world.pass(.seconds(2))
        #expect(try world.check(order).status == .received)
    }

    @Test("what is not there, not anymore or somebody else's is refused by its right words")
    func refusals() throws {
        let world = World(mode: .manual)
        let other = world.seller.deposit(token: "other", Money(micro: 1_000_000), at: world.now)
        let order = try world.buy()
        #expect(throws: Refusal.orderNotFound) { try world.seller.check(order.id, account: other, at: world.now) }
        #expect(throws: Refusal.orderNotFound) { try world.seller.check(1, account: world.customer, at: world.now) }
        #expect(throws: Refusal.orderNoSMS) { try world.finish(order) }
        world.seller.settings.orderErrorStatus = 404
        #expect(throws: Refusal(404, "order no sms")) { try world.finish(order) }
        world.seller.settings.orderErrorStatus = 400
        world.pass(.seconds(900))
        #expect(throws: Refusal.orderExpired) { try world.cancel(order) }
        #expect(throws: Refusal.orderExpired) { try world.finish(order) }
        let second = try world.cancel(world.buy())
        #expect(throws: Refusal.orderNotFound) { try world.cancel(second) }
        #expect(try world.check(second).status == .canceled)
    }

    @Test("a purchase that asks for nonsense is refused by its right words, and costs nothing")
    func badPurchases() throws {
        let world = World(mode: .manual)
        #expect(throws: Refusal.selectCountry) { try world.buy(country: "") }
        #expect(throws: Refusal.selectOperator) { try world.buy(pool: "") }
        #expect(throws: Refusal.badCountry) { try world.buy(country: "Eng-land") }
        #expect(throws: Refusal.badOperator) { try world.buy(pool: "nosuchpool") }
        #expect(throws: Refusal.noProduct) { try world.buy("nosuchproduct") }
        #expect(throws: Refusal.productIsEmpty) { try world.buy("") }
        #expect(throws: Refusal.noProduct) { try world.buy("telegram") { $0.category = .hosting } }
        #expect(throws: Refusal.badForwardingNumber) {
            try world.buy {
                $0.forwarding = true
                $0.forwardingNumber = "447700900123"
            }
        }
        #expect(throws: Refusal.noFreePhones) { try world.buy { $0.maxPrice = Money(micro: 1) } }
        let poor = world.seller.deposit(token: "poor", .zero, at: world.now)
        #expect(throws: Refusal.notEnoughBalance) {
            try world.seller.buy(
                Purchase(country: "england", pool: "any", product: "telegram"), account: poor, at: world.now)
        }
        #expect(world.seller.orders.isEmpty && world.account.balance == world.account.deposited)
    }

    @Test("the ceiling holds for any operator only, and a purchase's own goes before the account's")
    func ceilings() throws {
        let world = World(mode: .manual)
        try world.seller.setMaxPrice(Money(micro: 100), product: "telegram", account: world.customer, at: world.now)
        #expect(throws: Refusal.noFreePhones) { try world.buy() }
        let bought = try world.buy { $0.maxPrice = Money(micro: 50_000_000) }
        let pool = world.seller.pool(of: bought)
        #expect(try world.buy(pool: pool) { $0.maxPrice = Money(micro: 100) }.price > Money(micro: 100))
        try world.seller.removeMaxPrice(product: "telegram", account: world.customer)
        #expect(throws: Refusal.recordNotFound) {
            try world.seller.removeMaxPrice(product: "telegram", account: world.customer)
        }
        _ = try world.buy()
    }

    @Test("a sold number is missing from the stock until the stock is a new one")
    func stock() throws {
        let world = World(mode: .manual)
        let first = try world.buy()
        let pool = world.seller.pool(of: first)
        var script = MarketScript(place: first.offer.place, product: first.offer.product, pool: pool)
        script.count = 2
        world.seller.market.script(script)
        _ = try world.buy(pool: pool)
        #expect(world.seller.market.offer(first.offer, at: world.now)?.count == 1)
        _ = try world.buy(pool: pool)
        #expect(throws: Refusal.noFreePhones) { try world.buy(pool: pool) }
        world.seller.market.script(script)
        _ = try world.buy(pool: pool)
    }

    @Test("a number bought for it can be had again; any other is refused by its right words")
    func reuse() throws {
        let world = World(mode: .manual)
        let order = try world.buy { $0.reuse = true }
        #expect(throws: Refusal.reuseNotPossible) {
            try world.reuse("telegram", order.phone)
        }
        world.send(order)
        _ = try world.finish(order)
        let again = try world.reuse("telegram", "+" + order.phone)
        #expect(again.id != order.id && again.phone == order.phone && again.status == .received)

        let plain = try world.cancel(world.buy())
        #expect(throws: Refusal.reuseFalse) {
            try world.reuse("telegram", plain.phone)
        }
        #expect(throws: Refusal.reuseNotPossible) {
            try world.reuse("google", plain.phone)
        }
        _ = try world.cancel(again)
        world.pass(.seconds(25 * 3600))
        #expect(throws: Refusal.reuseExpired) {
            try world.reuse("telegram", order.phone)
        }
        #expect(world.isConserved)
    }

    @Test("a rental lasts as long as its name says, costs at once, gets messages of many, and cannot be cancelled")
    func rental() throws {
        let world = World()
        let order = try world.buy("1day")
        #expect(order.expiresAt == world.now + .seconds(86_400))
        #expect(world.account.spent == order.price && world.account.frozen == .zero)
        #expect(throws: Refusal.hostingOrder) { try world.cancel(order) }
        #expect(throws: Refusal.hostingOrder) { try world.ban(order) }
        #expect(throws: Refusal.hostingOrder) {
            try world.reuse("telegram", order.phone)
        }
        world.pass(.seconds(86_000))
        let messages = try world.check(order).messages
        #expect(messages.count > 10 && Set(messages.map(\.sender)).count > 3)
        var writer = JSONWriter()
        FiveSimWriter.inbox(try world.check(order), to: &writer)
        let inbox = try JSON(parsing: writer.bytes)
        #expect(inbox["Total"] == .integer(Int64(messages.count)))
        #expect(inbox["Data"]?[0]?["is_wave"] == false)
        world.pass(.seconds(400))
        #expect(try world.check(order).status == .finished)
        #expect(world.isConserved)
    }

    @Test("a call is written down with its digits spoken, a forwarded number says where to")
    func voiceAndForwarding() throws {
        let world = World(mode: .manual)
        let order = try world.buy {
            $0.voice = true
            $0.forwarding = true
            $0.forwardingNumber = "79991112233"
            $0.referral = "ref-1"
        }
        world.send(order)
        let message = try #require(try world.check(order).messages.first)
        #expect(message.sender == "voice" && message.text.hasPrefix("Hello. Your verification code is "))
        #expect(message.code?.utf8.allSatisfy { (0x30...0x39).contains($0) } == true)
        #expect(order.forwardingNumber == "79991112233" && order.referral == "ref-1")
    }

    @Test("a script can be late, can speak on a closed order, and can end an order as the provider would")
    func scripts() throws {
        let world = World(mode: .never)
        let order = try world.buy()
        world.send(order, "VK: 09363 - use it", after: .seconds(5))
        #expect(try world.check(order).messages.isEmpty)
        world.pass(.seconds(5))
        #expect(try world.check(order).messages.map(\.code) == ["09363"])

        let doomed = try world.buy()
        #expect(world.end(doomed, as: .banned))
        #expect(!world.end(doomed, as: .banned), "an order ends once")
        world.send(doomed, "late 4711")
        let after = try world.check(doomed)
        #expect(after.status == .banned && after.messages.map(\.code) == ["4711"])
        let isKnown = world.seller.script(1, text: "x", sender: nil, code: .parsed, after: .zero, at: world.now)
        #expect(!isKnown)
        #expect(world.isConserved)
    }

    @Test("a pool with a poor rate leaves some orders without a message")
    func poorPool() throws {
        let world = World()
        world.seller.arrivals.usual.chance = nil
        var script = MarketScript()
        script.rate = 30_00
        world.seller.market.script(script)
        world.seller.settings.enforcesRating = false
        var delivered = 0
        for _ in 0..<400 {
            let order = try world.buy()
            world.pass(.seconds(1_000))
            if try !world.check(order).messages.isEmpty { delivered += 1 }
        }
        #expect((80...160).contains(delivered), "\(delivered) of 400 at 30 %")
    }
}
