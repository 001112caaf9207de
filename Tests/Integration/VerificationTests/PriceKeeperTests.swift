import Bus
import Choosing
import Contracts
import Database
import Kit
import Runtime
import TestSupport
import Testing

@testable import VerificationApp

/// What Pricing tells, in the tables of Verification. The broker is away: what is asked for waits in the outbox.
@Suite("Prices as they are told", .enabled(if: TestEnvironment.databaseURL != nil))
struct PriceKeeperTests {
    private struct Harness: Sendable {
        let keeper: PriceKeeper
        let database: Database

        func offers() async throws -> [String] {
            try await database.values(
                String.self,
                """
                SELECT service || ' ' || operator || ' ' || cost FROM offers
                WHERE provider = 'hero' AND country = 'england' ORDER BY service COLLATE "C", operator COLLATE "C"
                """)
        }

        /// What is to be asked of Pricing.
        func asked() async throws -> [String] {
            try await database.values(String.self, "SELECT type FROM outbox ORDER BY id")
        }
    }

    private static func with(_ body: @Sendable (Harness) async throws -> Void) async throws {
        try await TestPostgres.lend("prices") { url, _ in
            let database = Database(
                url: url, applicationName: "price tests", schema: "verification", log: .silent, metrics: Metrics(),
                health: Health())
            try await database.migrate(VerificationMigrations.all)
            let publisher = Publisher(
                try AMQPAddress("amqp://guest:guest@127.0.0.1:1/"), applicationID: "verification", log: .silent,
                metrics: Metrics())
            let relay = OutboxRelay(database, publisher: publisher, log: .silent, metrics: Metrics())
            try await running([database]) {
                try await body(Harness(keeper: PriceKeeper(database: database, relay: relay), database: database))
            }
        }
    }

    private static func message(
        _ version: Int, base: Int? = nil, _ lines: [(String, String, Int64)], gone: [(String, String)] = [],
        after: String? = nil, through: String? = nil
    ) -> ProviderPrices {
        var message = ProviderPrices()
        message.provider = "hero"
        message.country = "england"
        message.version = version
        message.base = base
        message.fetchedAt = Timestamp(microseconds: Int64(version) * 1_000_000)
        message.after = after
        message.through = through
        message.offers = lines.map { service, name, cost in
            var line = ProviderPrice()
            line.service = service
            line.operator = name
            line.cost = Money(micro: cost)
            line.count = 5
            return line
        }
        message.gone = gone.map { service, name in
            var goods = ProviderGoods()
            goods.service = service
            goods.operator = name
            return goods
        }
        return message
    }

    @Test("a list, and then its changes: what is named moves, what is gone goes, the rest stays; twice is once")
    func changes() async throws {
        try await Self.with { harness in
            let whole = Self.message(1, [("ebay", "any", 10), ("telegram", "o2", 20), ("telegram", "three", 30)])
            let change = Self.message(2, base: 1, [("telegram", "o2", 25)], gone: [("ebay", "any")])
            for _ in 1...2 {
                try await harness.keeper.take([whole, change])
                #expect(try await harness.offers() == ["telegram o2 25", "telegram three 30"])
            }
            try await harness.keeper.take([Self.message(3, [("viber", "any", 7)])])
            #expect(try await harness.offers() == ["viber any 7"])
            #expect(try await harness.asked() == [])
        }
    }

    @Test("a list in parts replaces the old one range by range")
    func parts() async throws {
        try await Self.with { harness in
            try await harness.keeper.take([Self.message(1, [("a", "any", 1), ("m", "any", 2), ("z", "any", 3)])])
            try await harness.keeper.take([Self.message(2, [("b", "any", 4)], through: "k")])
            #expect(try await harness.offers() == ["b any 4", "m any 2", "z any 3"])
            try await harness.keeper.take([Self.message(2, [("n", "any", 5)], after: "k")])
            #expect(try await harness.offers() == ["b any 4", "n any 5"])
        }
    }

    @Test("what was missed is asked for, and changes nothing until it is there")
    func missed() async throws {
        try await Self.with { harness in
            try await harness.keeper.take([Self.message(1, [("a", "any", 1)])])
            try await harness.keeper.take([
                Self.message(3, base: 2, [("a", "any", 3)]), Self.message(4, base: 3, [("a", "any", 4)]),
            ])
            #expect(try await harness.offers() == ["a any 1"])
            #expect(try await harness.asked() == [ProviderPricesRequest.type])
            try await harness.keeper.take([
                Self.message(4, [("a", "any", 4)]), Self.message(5, base: 4, [("a", "any", 5)]),
            ])
            #expect(try await harness.offers() == ["a any 5"])
        }
    }

    @Test("a new service asks for everything, and for nothing more once it is there; then orders have their price")
    func empty() async throws {
        try await Self.with { harness in
            try await harness.keeper.requestIfEmpty()
            #expect(try await harness.asked() == [ProviderPricesRequest.type, OffersRequest.type])
            var sale = OffersChanged()
            sale.country = "england"
            sale.fetchedAt = Timestamp(microseconds: 5)
            var offer = ServiceOffer()
            offer.service = "telegram"
            offer.price = Money(micro: 750_000)
            offer.floor = Money(micro: 650_000)
            sale.services = [offer]
            try await harness.keeper.take([Self.message(1, [("telegram", "any", 1)])], [sale])
            try await harness.keeper.requestIfEmpty()
            #expect(try await harness.asked().count == 2)

            let prices = try await harness.database.transaction {
                try await SalePrices.read([("england", "telegram"), ("england", "telegram")], in: $0)
            }
            let england = try #require(Country.find("england"))
            var request = IngressRequest()
            request.service = "telegram"
            for (volume, price) in [(0, 750_000), (500, 675_000), (10_000, 650_000)] as [(Int, Int64)] {
                #expect(
                    try prices.price(request, country: england, capability: .sms, volume: volume)
                        == Money(micro: price))
            }
            request.maxPrice = Money(micro: 749_999)
            #expect(throws: Problem.self) {
                try prices.price(request, country: england, capability: .sms, volume: 0)
            }
            request.service = "viber"
            #expect(throws: Problem.self) {
                try prices.price(request, country: england, capability: .sms, volume: 0)
            }
        }
    }
}
