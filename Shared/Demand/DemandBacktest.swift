/// How well the past would have been foretold: each hour from what was known some hours before, beside two forecasts that
/// cost nothing, namely the same hour of last week and the hour known last.
package enum DemandBacktest {
    /// Series are judged among their like: by their orders per hour.
    package enum Size: String, Hashable, Sendable, CaseIterable {
        case trickle, small, medium, large

        package init(perHour: Double) {
            switch perHour {
            case ..<0.1: self = .trickle
            case ..<1: self = .small
            case ..<10: self = .medium
            default: self = .large
            }
        }
    }

    package struct Score: Hashable, Sendable {
        package fileprivate(set) var series = 0
        package fileprivate(set) var hours = 0
        package fileprivate(set) var orders = 0.0
        fileprivate var errors = 0.0
        fileprivate var weekErrors = 0.0
        fileprivate var hourErrors = 0.0
        fileprivate var covered = 0
        fileprivate var scaled = 0.0
        fileprivate var scales = 0

        /// The sum of errors through the sum of orders (WAPE): of the forecast, and of the two that cost nothing.
        package var error: Double { errors / max(orders, 1) }
        package var lastWeekError: Double { weekErrors / max(orders, 1) }
        package var lastHourError: Double { hourErrors / max(orders, 1) }
        /// The mean error in units of what the same hour of last week erred by before the test (MASE).
        package var scaledError: Double? { scales > 0 ? scaled / Double(scales) : nil }
        /// The share of the hours that lay within the interval, which is meant to be nine of ten or a little more: counts
        /// are whole.
        package var coverage: Double { Double(covered) / Double(max(hours, 1)) }
    }

    /// Lets a model see the series from `start` on and foretell each hour `lead` hours ahead, once `warmUp` hours are
    /// seen. Nil counts are holes; an hour that is a hole in every series is not told, and hours are judged only where
    /// all three forecasts had what they need.
    package static func scores(
        _ series: [Goods: [Int?]], start: Int, warmUp: Int, lead: Int = 1
    ) -> [Size: Score] {
        precondition(warmUp >= SeasonalShape.week && lead >= 1, "last week must be known, and the future is ahead")
        var model = DemandModel()
        var single: [Goods: Score] = [:]
        let length = series.values.map(\.count).max() ?? 0
        func value(_ name: Goods, _ hour: Int) -> Int? {
            guard let counts = series[name], counts.indices.contains(hour) else { return nil }
            return counts[hour]
        }
        for hour in 0..<length {
            var orders: [Goods: Int] = [:]
            var isKnown = false
            for name in series.keys {
                guard let count = value(name, hour) else { continue }
                isKnown = true
                if count > 0 { orders[name] = count }
            }
            guard isKnown else { continue }
            model.note(orders, hour: start + hour)
            let target = hour + lead
            guard target >= warmUp else { continue }
            for name in series.keys {
                guard let actual = value(name, target), let now = value(name, hour),
                    let week = value(name, target - (lead + 167) / 168 * 168)
                else { continue }
                let forecast =
                    model.forecast(name, hour: start + target) ?? CountDistribution(mean: 0)
                var score = single[name] ?? Score()
                score.hours += 1
                score.orders += Double(actual)
                score.errors += abs(Double(actual) - forecast.mean)
                score.weekErrors += abs(Double(actual - week))
                score.hourErrors += abs(Double(actual - now))
                if forecast.quantile(0.05) <= actual, actual <= forecast.quantile(0.95) { score.covered += 1 }
                single[name] = score
            }
        }
        var result: [Size: Score] = [:]
        for (name, score) in single {
            let size = Size(perHour: score.orders / Double(max(score.hours, 1)))
            let scale = naiveError(series[name] ?? [], before: warmUp)
            result[size, default: Score()].add(score, scale: scale)
        }
        return result
    }

    private static func naiveError(_ counts: [Int?], before end: Int) -> Double? {
        var sum = 0
        var hours = 0
        for hour in SeasonalShape.week..<max(SeasonalShape.week, min(end, counts.count)) {
            guard let now = counts[hour], let then = counts[hour - SeasonalShape.week] else { continue }
            sum += abs(now - then)
            hours += 1
        }
        return sum > 0 ? Double(sum) / Double(hours) : nil
    }
}

extension DemandBacktest.Score {
    /// Of the series of both.
    package static func + (one: Self, other: Self) -> Self {
        var sum = one
        sum.series += other.series
        sum.hours += other.hours
        sum.orders += other.orders
        sum.errors += other.errors
        sum.weekErrors += other.weekErrors
        sum.hourErrors += other.hourErrors
        sum.covered += other.covered
        sum.scaled += other.scaled
        sum.scales += other.scales
        return sum
    }

    fileprivate mutating func add(_ other: Self, scale: Double?) {
        self = self + other
        series += 1
        guard let scale, other.hours > 0 else { return }
        scaled += other.errors / Double(other.hours) / scale
        scales += 1
    }
}
