import Testing

@testable import Demand

@Suite("What is expected to be ordered and bought")
struct DemandForecastTests {
    private static let first = Goods(country: "england", service: "telegram")
    private static let second = Goods(country: "usa", service: "whatsapp")
    private static let start = 480_000

    @Test("purchases are expected where lately those for the same goods were made, repeats among them")
    func purchases() {
        var forecast = DemandForecast()
        #expect(forecast.purchases(hour: Self.start).isEmpty && forecast.lastHour == nil)
        for hour in 0..<400 {
            forecast.note(
                [
                    .init(Self.first, provider: "5sim", orders: 30, purchases: 30),
                    .init(Self.first, provider: "hero", orders: 10, purchases: 20),
                    .init(Self.second, provider: "hero", orders: 4, purchases: 4),
                ], hour: Self.start + hour)
        }
        let next = Self.start + 400
        #expect(forecast.lastHour == next - 1 && Set(forecast.goods) == [Self.first, Self.second])
        let orders = forecast.orders(of: Self.first, hour: next)?.mean ?? 0
        #expect(abs(orders - 40) < 2, "\(orders)")
        let purchases = forecast.purchases(hour: next)
        #expect(abs((purchases["5sim"]?.mean ?? 0) - 30) < 2, "\(purchases)")
        #expect(abs((purchases["hero"]?.mean ?? 0) - 24) < 2, "\(purchases)")
        // They come as evenly as can be.
        #expect(purchases.values.allSatisfy { $0.dispersion < 0.01 })
    }

    @Test("a provider that is left is expected less from hour to hour, and then not at all")
    func moved() {
        var forecast = DemandForecast()
        func note(_ hours: Range<Int>, _ provider: String) {
            for hour in hours {
                forecast.note(
                    [.init(Self.first, provider: provider, orders: 20, purchases: 20)], hour: Self.start + hour)
            }
        }
        note(0..<200, "5sim")
        note(200..<224, "hero")
        let day = forecast.purchases(hour: Self.start + 224)
        #expect((6...8.5).contains(day["5sim"]?.mean ?? 0), "\(day)")
        note(224..<500, "hero")
        let later = forecast.purchases(hour: Self.start + 500)
        #expect(later["5sim"] == nil && abs((later["hero"]?.mean ?? 0) - 20) < 2, "\(later)")
    }

    @Test("an hour counts once, and in its order")
    func once() {
        var forecast = DemandForecast()
        forecast.note([.init(Self.first, provider: "5sim", orders: 7, purchases: 7)], hour: Self.start)
        let one = forecast.orders(of: Self.first, hour: Self.start + 1)
        for hour in [Self.start, Self.start - 1] {
            forecast.note([.init(Self.first, provider: "5sim", orders: 900, purchases: 900)], hour: hour)
        }
        #expect(forecast.orders(of: Self.first, hour: Self.start + 1) == one && forecast.lastHour == Self.start)
    }
}
