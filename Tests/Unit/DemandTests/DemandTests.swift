import Glibc
import Kit
import Testing

@testable import Demand

@Suite("The forecast of demand")
struct DemandTests {
    /// A Monday at midnight, in hours since 1970.
    static let monday = 1_800_000_000 / 3600 / 168 * 168 + 96

    private struct Chance {
        var state: UInt64

        mutating func unit() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Double(state >> 11) + 0.5) * 0x1p-53
        }

        mutating func poisson(_ mean: Double) -> Int {
            var rest = unit()
            var term = exp(-mean)
            var count = 0
            while rest > term, count < 1000 {
                rest -= term
                count += 1
                term *= mean / Double(count)
            }
            return count
        }
    }

    private static let goods = Goods(country: "england", service: "telegram")

    /// So many orders in the mean, most of them in the evening, fewer on week-ends.
    private static func season(_ hour: Int) -> Double {
        let day = 1 + 0.8 * sin(2 * Double.pi * Double(hour % 24 - 13) / 24)
        return day * (hour / 24 % 7 >= 5 ? 0.6 : 1.16)
    }

    private static func counts(weeks: Int = 9, seed: UInt64 = 1, _ rate: (Int) -> Double) -> [Int?] {
        var chance = Chance(state: seed)
        return (0..<weeks * 168).map { chance.poisson(rate($0)) }
    }

    private static func score(_ counts: [Int?], lead: Int = 1, warmUp: Int = 5 * 168) -> DemandBacktest.Score {
        let scores = DemandBacktest.scores([goods: counts], start: monday, warmUp: warmUp, lead: lead)
        precondition(scores.count == 1, "one series is of one size")
        return scores.values.first ?? DemandBacktest.Score()
    }

    @Test("where there is a season, it errs less than last week and than the hour before, near and far ahead")
    func seasonal() {
        for mean in [40.0, 8, 1] {
            for lead in [1, 6, 24] {
                let score = Self.score(Self.counts { mean * Self.season($0) }, lead: lead)
                #expect(
                    score.error < 0.85 * score.lastWeekError, "\(mean) \(lead): \(score.error) \(score.lastWeekError)")
                #expect(
                    score.error < 0.85 * score.lastHourError, "\(mean) \(lead): \(score.error) \(score.lastHourError)")
                #expect(score.scaledError.map { $0 < 0.92 } == true)
                #expect((0.86...0.995).contains(score.coverage), "\(mean) \(lead): \(score.coverage)")
            }
        }
    }

    @Test("where there is none, it errs less than both, since it remembers more than one hour")
    func flat() {
        for mean in [0.5, 5, 100] {
            let score = Self.score(Self.counts { _ in mean })
            #expect(score.error < 0.9 * min(score.lastWeekError, score.lastHourError), "\(mean): \(score)")
        }
    }

    @Test("in bursts that last some hours it errs little more than the hour before, which nothing beats there")
    func bursty() {
        var chance = Chance(state: 5)
        var left = 0
        let score = Self.score(
            Self.counts { _ in
                left -= 1
                if left < -20, chance.unit() < 0.05 { left = 4 + Int(8 * chance.unit()) }
                return left > 0 ? 40 : 2
            })
        #expect(score.error < 1.2 * score.lastHourError, "\(score)")
        #expect(score.error < 0.9 * score.lastWeekError, "\(score)")
    }

    @Test("a series that begins is followed within hours, and its season as soon as it has one")
    func new() {
        let begun = 5 * 168 + 40
        let score = Self.score(Self.counts { $0 < begun ? 0 : 12 * Self.season($0) })
        #expect(score.error < 0.9 * score.lastHourError, "\(score)")
        #expect(score.error < 0.7 * score.lastWeekError, "\(score)")
    }

    @Test("a series that dies is let go, and forgotten after weeks")
    func dying() {
        let score = Self.score(
            Self.counts { hour in hour < 5 * 168 ? 15 : 15 * exp2(-Double(hour - 5 * 168) / 24) })
        #expect(score.error < 1.05 * score.lastHourError, "\(score)")
        #expect(score.error < 0.7 * score.lastWeekError, "\(score)")
        var model = DemandModel()
        for hour in 0..<(16 * 168) { model.note(hour < 168 ? [Self.goods: 3] : [:], hour: Self.monday + hour) }
        #expect(model.count == 0 && model.forecast(Self.goods, hour: Self.monday + 16 * 168) == nil)
    }

    @Test("a long tail of services that are hardly ordered has the season of its country")
    func tail() {
        var series: [Goods: [Int?]] = [:]
        for number in 0..<60 {
            let mean = 0.03 + 0.012 * Double(number)
            series[Goods(country: "england", service: "s\(number)")] = Self.counts(seed: UInt64(number + 1)) {
                mean * Self.season($0)
            }
        }
        let scores = DemandBacktest.scores(series, start: Self.monday, warmUp: 5 * 168)
        #expect(Set(scores.keys) == [.trickle, .small])
        for (size, score) in scores {
            // Of one order in ten hours nobody can err much less than by twice its share.
            let bar = size == .trickle ? 1.02 : 0.95
            #expect(score.error < bar * min(score.lastWeekError, score.lastHourError), "\(size): \(score)")
        }
        // The evening is told from the night though no service alone has enough orders for that.
        var model = DemandModel()
        for hour in 0..<(5 * 168) {
            model.note(series.compactMapValues { $0[hour] }.filter { $0.value > 0 }, hour: Self.monday + hour)
        }
        let name = Goods(country: "england", service: "s50")
        let next = Self.monday + 5 * 168
        let evening = model.forecast(name, hour: next + 19)?.mean ?? 0
        let night = model.forecast(name, hour: next + 7)?.mean ?? 0
        #expect(evening > 3 * night, "\(evening) \(night)")
    }

    @Test("holes are passed over: hours without an answer are neither zeros nor news")
    func holes() {
        var chance = Chance(state: 11)
        var counts = Self.counts { 20 * Self.season($0) }
        for hour in counts.indices where chance.unit() < 0.15 || (6 * 168..<6 * 168 + 72).contains(hour) {
            counts[hour] = nil
        }
        let score = Self.score(counts)
        #expect(score.error < 0.85 * min(score.lastWeekError, score.lastHourError), "\(score)")
        #expect(score.hours > 300 && score.hours < 600)
    }

    @Test("counts are distributed as the mean and the dispersion say, and its questions agree with each other")
    func distributions() {
        for mean in [0.05, 1, 12, 250, 590, 610] {
            for dispersion in [0, 0.1, 1.5] {
                let counts = CountDistribution(mean: mean, dispersion: dispersion)
                var sum = 0.0
                let end = Int(mean + 25 * counts.variance.squareRoot()) + 5
                let step = max(1, end / 300)
                for count in stride(from: (step + 1) / 2, through: end, by: step) {
                    sum += counts.atLeast(count) * Double(step)
                }
                // The mean of a count is the sum of the chances to reach 1, 2, 3 …
                #expect(abs(sum / mean - 1) < 0.02, "\(mean) \(dispersion): \(sum)")
                for share in [0.05, 0.5, 0.9] where mean < 600 {
                    let quantile = counts.quantile(share)
                    #expect(1 - counts.atLeast(quantile + 1) >= share - 1e-9)
                    #expect(quantile == 0 || 1 - counts.atLeast(quantile) < share)
                }
            }
        }
        #expect(CountDistribution(mean: 0).quantile(0.9) == 0 && CountDistribution(mean: 0).atLeast(1) == 0)
        let whole = CountDistribution(mean: 8, dispersion: 0.5)
        #expect(whole.scaled(by: 0.25) == CountDistribution(mean: 2, dispersion: 0.5))
    }

    @Test("the week begins on Monday, whatever 1970 began on")
    func weeks() {
        #expect(SeasonalShape.hourOfWeek(0) == 72)
        #expect(SeasonalShape.hourOfWeek(Self.monday) == 0)
        #expect(SeasonalShape.hourOfWeek(Self.monday + 167) == 167 && SeasonalShape.hourOfWeek(-73) == 167)
    }
}
