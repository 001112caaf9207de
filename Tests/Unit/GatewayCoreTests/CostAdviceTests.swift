import Contracts
import JSON
import Kit
import Testing

@testable import GatewayCore

@Suite("How verifications could cost less")
struct CostAdviceTests {
    private func usage(_ name: String? = nil, completed: Int = 100) -> CostAdvice.Usage {
        CostAdvice.Usage(
            service: "telegram", country: "england", operator: name, completed: completed,
            spent: Money(micro: 75_000_000))
    }
    private func money(_ micro: Int64) -> Money { Money(micro: micro) }

    @Test("naming no operator is advised where the named one is dearer, and only there")
    func operators() {
        let advice = CostAdvice.anyOperator(usage("three"), price: money(750_000), operatorPrice: money(800_000))
        #expect(advice?.kind == Open(.provider) && advice?.monthlySaving == money(5_000_000))
        #expect(CostAdvice.anyOperator(usage("three"), price: money(750_000), operatorPrice: money(750_000)) == nil)
        #expect(CostAdvice.anyOperator(usage(), price: money(1), operatorPrice: money(800_000)) == nil)
        #expect(CostAdvice.anyOperator(usage("any"), price: money(1), operatorPrice: money(800_000)) == nil)
    }

    @Test("another country is advised where it costs less")
    func region() {
        let advice = CostAdvice.region(usage(), price: money(900_000), cheapest: ("poland", money(750_000)))
        #expect(advice?.monthlySaving == money(15_000_000) && advice?.text.contains("poland") == true)
        #expect(CostAdvice.region(usage(), price: money(900_000), cheapest: ("england", money(750_000))) == nil)
        #expect(CostAdvice.region(usage(), price: money(750_000), cheapest: ("poland", money(750_000))) == nil)
    }

    @Test("the next step of the discount is advised when it is within reach")
    func bulk() {
        let advice = CostAdvice.bulk(volume: 400, spent: money(100_000_000))
        #expect(advice?.monthlySaving == money(10_000_000) && advice?.text.contains("100 more") == true)
        #expect(CostAdvice.bulk(volume: 1500, spent: money(100_000_000))?.monthlySaving == money(5_000_000))
        #expect(CostAdvice.bulk(volume: 249, spent: money(100_000_000)) == nil)
        #expect(CostAdvice.bulk(volume: 0, spent: money(100_000_000)) == nil)
        #expect(CostAdvice.bulk(volume: 10_000, spent: money(100_000_000)) == nil)
    }

    @Test("an hour is advised when the whole day is known and it lies a twentieth below the mean")
    func hour() {
        var means: [Double?] = Array(repeating: 1_000_000, count: 24)
        #expect(CostAdvice.hour(usage(), means: means) == nil)
        means[3] = 760_000
        let advice = CostAdvice.hour(usage(), means: means)
        #expect(advice?.monthlySaving == money(23_000_000) && advice?.text.contains("3:00") == true)
        means[7] = nil
        #expect(CostAdvice.hour(usage(), means: means) == nil)
    }
}

@Suite("Prices by the hour of the day")
struct HourlyPriceTests {
    private static let midnight = Timestamp(seconds: 1_769_990_400)
    private func move(_ hour: Double, _ price: Int64?, _ provider: String = "a") -> HourlyPrice.Move {
        HourlyPrice.Move(
            provider: provider, at: Self.midnight + .seconds(hour * 3600), price: price.map { Money(micro: $0) })
    }
    private func means(_ moves: [HourlyPrice.Move], days: Int = 4) -> [Double?] {
        HourlyPrice.means(moves, from: Self.midnight, to: Self.midnight + .seconds(days * 86_400))
    }

    @Test("a price counts for as long as it held, from what stood before the range")
    func weights() {
        let moves =
            [move(-5, 100)] + (0..<4).flatMap { [move(Double($0) * 24 + 6, 50), move(Double($0) * 24 + 7.5, 100)] }
        let means = means(moves)
        #expect(means[5] == 100 && means[6] == 50 && means[7] == 75 && means[8] == 100)
        #expect(means.count == 24 && means.allSatisfy { $0 != nil })
    }

    @Test("of several providers the cheapest counts, and one that sells none does not")
    func cheapest() {
        let means = means([move(-1, 100), move(-1, 80, "b"), move(48, nil, "b")])
        #expect(means[0] == 90 && means[23] == 90)
    }

    @Test("what is known for too short a time is not known")
    func short() {
        #expect(means([move(0, 100)], days: 2).allSatisfy { $0 == nil })
        #expect(means([]).allSatisfy { $0 == nil })
        #expect(means([move(24 * 3 + 23.5, 100)]).allSatisfy { $0 == nil })
    }
}

@Suite("Where a page of prices ended")
struct PlaceCursorTests {
    @Test("a cursor is read as it was written, and nothing else is read")
    func roundTrip() {
        let cursor = PlaceCursor(country: "england", service: "telegram")
        #expect(PlaceCursor(cursor.description) == cursor)
        #expect(PlaceCursor("p.england.~")?.service == "~")
        for text in ["", "p", "p.", "p..", "p.a.", "p..b", "c.a.b", "p.a.b.c", "england.telegram"] {
            #expect(PlaceCursor(text) == nil, "\(text)")
        }
    }
}
