import JSON
import Kit
import Testing

@testable import SandboxCore

@Suite("The simulated market")
struct MarketTests {
    private let market = Market(seed: 11)
    private let now = World.start

    @Test("it has at least 150 countries, 300 products and several pools in each country")
    func size() {
        #expect(market.places.count >= 150)
        #expect(market.places.count == Country.all.count)
        #expect(market.products.count >= 300)
        #expect(Set(market.products.map(\.slug)).count == market.products.count)
        for place in market.places {
            #expect(place.operators.count >= 2, "\(place.country.slug)")
            #expect(Set(place.operators.map(\.name)).count == place.operators.count, "\(place.country.slug)")
        }
    }

    @Test("every offer has a price, some have no rate, and a rate of one span may be missing where another is there")
    func offers() {
        var count = 0
        var unrated = 0
        var gaps = 0
        for place in market.places.prefix(20) {
            for product in market.products {
                for offer in market.offers(place: place.index, product: product.index, at: now) {
                    count += 1
                    #expect(offer.cost > .zero && offer.count >= 0 && offer.cost == offer.fill)
                    #expect((0...100_00).contains(offer.truth))
                    if offer.rate == nil { unrated += 1 }
                    if offer.recent[0] == nil, offer.recent[5] != nil { gaps += 1 }
                }
            }
        }
        #expect(count > 5_000)
        #expect(unrated > count / 50 && unrated < count / 4)
        #expect(gaps > 0)
    }

    @Test("the whole feed is as large as the real one: some nine megabytes")
    func feed() throws {
        var bytes = 0
        // A sixteenth of the countries, evenly taken, stands for all of them.
        let sample = stride(from: 0, to: market.places.count, by: 16).map { market.places[$0] }
        for place in sample {
            var writer = JSONWriter()
            FiveSimWriter.prices(market, place: place, at: now, to: &writer)
            bytes += writer.bytes.count * market.places.count / sample.count
            let value = try JSON(parsing: writer.bytes)
            #expect(value[place.country.slug]?.objectValue?.count ?? 0 > 50)
        }
        #expect((6_000_000...14_000_000).contains(bytes), "\(bytes) bytes")
    }

    @Test("iso and prefix are objects whose key is the value, pools follow the names")
    func countries() throws {
        var writer = JSONWriter()
        FiveSimWriter.countries(market, to: &writer)
        let value = try JSON(parsing: writer.bytes)
        #expect(value["england"]?["iso"] == ["gb": 1])
        #expect(value["russia"]?["prefix"] == ["+7": 1])
        #expect(value["russia"]?["text_ru"] == "Россия")
        let names = try #require(value["russia"]?.objectValue).map(\.name)
        #expect(names.prefix(4) == ["iso", "prefix", "text_en", "text_ru"])
        #expect(value["russia"]?["beeline"]?["activation"] == 1)
    }

    @Test("the products of any pool sum up those of each")
    func products() throws {
        let place = try #require(market.place("germany"))
        func products(_ pool: String?) throws -> JSON {
            var writer = JSONWriter()
            FiveSimWriter.products(market, place: place, pool: pool, at: now, to: &writer)
            return try JSON(parsing: writer.bytes)
        }
        let each = try place.operators.compactMap { try products($0.name)["telegram"]?["Qty"]?.integerValue }
        #expect(try products(nil)["telegram"]?["Qty"]?.integerValue == each.reduce(0, +))
        #expect(try products(nil)["1day"]?["Category"] == "hosting")
    }

    @Test("numbers are unique and have their country's prefix and length", arguments: Market(seed: 11).places)
    func numbers(place: Place) {
        let dice = Dice(seed: 11)
        let numbers = (0..<UInt64(200)).map { place.number(place.capacity - 100 + $0, dice) }
        let prefix = place.country.prefix.dropFirst()
        let areRight = numbers.allSatisfy { number in
            number.utf8.count == prefix.utf8.count + place.nationalDigits && PhoneNumber(number) != nil
                && place.beginnings.contains { number.hasPrefix(prefix + $0) }
        }
        #expect(areRight, "\(place.country.slug): \(numbers.prefix(5))")
        #expect(Set(numbers).count == numbers.count)
        #expect(place.number(place.capacity, dice) == place.number(0, dice))
        #expect(place.capacity >= 10_000)
    }

    @Test("later scripts win, and join earlier ones of the same scope")
    func scripts() throws {
        var market = market
        let place = try #require(market.place("england")).index
        let product = try #require(Product.slug("telegram")).index
        var all = MarketScript()
        all.cost = Money(micro: 500_000)
        var one = MarketScript(place: place, product: product)
        one.count = 3
        market.script(all)
        market.script(one)
        one.count = nil
        one.rate = 12_34
        market.script(one)
        let offers = market.offers(place: place, product: product, at: now)
        #expect(!offers.isEmpty)
        #expect(offers.allSatisfy { $0.cost == Money(micro: 500_000) && $0.count == 3 && $0.rate == 12_34 })
        market.clearScripts()
        #expect(market.offers(place: place, product: product, at: now).contains { $0.count != 3 })
    }
}
