import Kit
import Testing

@testable import SandboxCore

@Suite("The simulated provider's books")
struct BooksTests {
    @Test("whatever happens in whatever order, no money is made or lost", arguments: [1, 2, 3] as [UInt64])
    func conservation(seed: UInt64) throws {
        let world = World(seed: seed)
        world.seller.arrivals.usual.chance = 0.6
        world.seller.arrivals.usual.second = 0.3
        world.seller.settings.enforcesRating = false
        let dice = Dice(seed: seed)
        let countries = ["england", "germany", "any"]
        var orders: [Order] = []
        for step in 0..<UInt64(300) {
            let choice = dice.below(10, .fault, step)
            let target = orders.isEmpty ? nil : orders[dice.below(orders.count, .latency, step)]
            do throws(Refusal) {
                switch (choice, target) {
                case (0...3, _): orders.append(try world.buy(country: countries[Int(step) % 3]))
                case (4, _): orders.append(try world.buy("3hours") { $0.reuse = true })
                case (5, let target?): _ = try world.cancel(target)
                case (6, let target?): _ = try world.finish(target)
                case (7, let target?): _ = try world.ban(target)
                case (8, _): world.seller.deposit(token: "token", Money(micro: 5_000_000), at: world.now)
                default: world.pass(.seconds(Int64(dice.below(400, .delay, step))))
                }
            } catch {
                #expect(error.status == 400 || error == .noFreePhones)
            }
            #expect(world.account.isBalanced)
        }
        #expect(world.isConserved)
        let open = orders.compactMap { world.seller.order($0.id) }
            .filter { $0.status.isOpen && world.seller.product(of: $0).category == .activation }
        #expect(world.account.frozen == open.reduce(.zero) { $0 + $1.price })
        for order in orders where world.seller.product(of: order).category == .activation {
            let movements = world.seller.books.movements.filter { $0.order == order.id }
            #expect(movements.filter { $0.kind == .purchase }.count == 1)
            #expect(movements.filter { $0.kind == .charge || $0.kind == .refund }.count <= 1)
        }
    }

    @Test("each event moves the rating by its own amount, and never above 96")
    func rating() {
        var rating = Rating()
        func allows(_ now: Timestamp) -> Bool { rating.allowsPurchase(at: now) }
        let now = World.start
        rating.note(.finish, at: now)
        #expect(rating.hundredths == 96_00)
        rating.note(.cancel, at: now)
        rating.note(Rating.ban, at: now)
        rating.note(.timeout, at: now)
        #expect(rating.hundredths == 95_65)
        rating.note(.autoComplete, at: now)
        #expect(rating.hundredths == 96_00)
        rating.set(5, at: now)
        rating.note(.cancel, at: now)
        #expect(rating.hundredths == 0)
        #expect(!allows(now))
        rating.note(.topUp, at: now)
        #expect(!allows(now + .seconds(86_399)))
        #expect(allows(now + .seconds(86_400)))
        #expect(rating.hundredths == 96_00)
    }

    @Test("what a service answers is what moves the rating of the account")
    func ratingOfOrders() throws {
        let world = World(mode: .manual)
        world.seller.setRating(50_00, account: world.customer)
        let finished = try world.buy()
        world.send(finished)
        _ = try world.finish(finished)
        #expect(world.account.rating.hundredths == 50_50)
        _ = try world.ban(world.buy())
        #expect(world.account.rating.hundredths == 50_40)
        let completed = try world.buy()
        _ = try world.buy()
        world.send(completed)
        world.pass(.seconds(900))
        #expect(world.account.rating.hundredths == 50_65)
    }
}
