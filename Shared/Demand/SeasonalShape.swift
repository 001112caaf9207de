/// How a week goes: by how much more or less is ordered than in the mean, by the hour of the day and the day of the week,
/// and, where there is enough to tell, by the hour of the week.
///
/// Each factor is what was seen through what was expected without it, both fading, and with some orders added to both
/// that say "as always", so that a factor moves from 1 only as far as there are orders to move it.
package struct SeasonalShape: Hashable, Sendable {
    private struct Factor: Hashable, Sendable {
        var seen: Float = 0
        var expected: Float = 0

        func value(_ prior: Float) -> Double { Double((seen + prior) / (expected + prior)) }

        mutating func note(_ count: Double, expected much: Double, keep: Float) {
            seen = seen * keep + Float(count)
            expected = expected * keep + Float(much)
        }
    }

    package static let week = 168
    private static let hourPrior: Float = 8
    private static let dayPrior: Float = 24
    private static let cellPrior: Float = 12

    private var hours = [Factor](repeating: Factor(), count: 24)
    private var days = [Factor](repeating: Factor(), count: 7)
    private var cells: [Factor]

    /// With an own factor for each hour of the week, or without.
    package init(byHourOfWeek: Bool) {
        cells = byHourOfWeek ? Array(repeating: Factor(), count: Self.week) : []
    }

    /// The hour of the week of an hour since 1970, which began on a Thursday; 0 is the first of Monday.
    package static func hourOfWeek(_ hour: Int) -> Int { ((hour + 72) % week + week) % week }

    /// By how much more than in the mean is ordered in that hour since 1970.
    package func factor(_ hour: Int) -> Double {
        let place = Self.hourOfWeek(hour)
        return hours[place % 24].value(Self.hourPrior) * days[place / 24].value(Self.dayPrior)
            * (cells.isEmpty ? 1 : cells[place].value(Self.cellPrior))
    }

    /// Takes in an hour of which so much was expected but for the shape. Days are remembered for some two months, hours
    /// of the day for one, hours of the week for six weeks.
    package mutating func note(_ count: Int, expected: Double, weight: Double = 1, hour: Int) {
        let count = Double(count) * weight
        let expected = expected * weight
        let place = Self.hourOfWeek(hour)
        let ofDay = hours[place % 24].value(Self.hourPrior)
        let day = days[place / 24].value(Self.dayPrior)
        let cell = cells.isEmpty ? 1 : cells[place].value(Self.cellPrior)
        hours[place % 24].note(count, expected: expected * day * cell, keep: 0.97)
        days[place / 24].note(count, expected: expected * ofDay * cell, keep: 0.995)
        if !cells.isEmpty { cells[place].note(count, expected: expected * ofDay * day, keep: 0.85) }
    }
}
