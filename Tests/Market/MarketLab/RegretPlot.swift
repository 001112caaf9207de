import Glibc

/// The curves as one SVG file that needs nothing else: regret above, cost of a code below.
package enum RegretPlot {
    private static let width = 960.0
    private static let left = 90.0
    private static let right = 150.0
    private static let panel = 300.0

    /// One line: the mean over the markets, between the least and the most.
    private struct Curve {
        let name: String
        let colour: String
        let points: [(x: Double, low: Double, middle: Double, high: Double)]
    }

    package static func svg(_ comparisons: [Comparison]) -> String {
        let kind = comparisons.first?.setting.kind.rawValue ?? ""
        let orders = comparisons.first?.setting.orders ?? 0
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) 860" width="\(Int(width))" height="860" \
            font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="13" fill="#222">
            <rect width="100%" height="100%" fill="#fff"/>
            <text x="\(left)" y="34" font-size="19" font-weight="bold">What learning which offers deliver costs</text>
            <text x="\(left)" y="56" fill="#555">\(comparisons.count) markets of the Sandbox (\(kind)), \
            3 providers × 30 operators with hidden rates, \(orders) orders each; bands: least to most</text>

            """
        // The oracle has none, but for what was sold out a moment ago.
        let regrets = Array(curves(comparisons) { $0.points.map { (Double($0.orders), $0.regret / 1e6) } }.prefix(3))
        let costs = curves(comparisons) { $0.points.map { (Double($0.orders), $0.cost / 10_000) } }
        text += draw(
            regrets, top: 110, title: "Regret so far, US dollars (logarithmic)",
            note: "by how much the offers taken were truly dearer, per code, than the best one at the time",
            isLogarithmic: true)
        text += draw(
            costs, top: 500, title: "A received code, US cents (money and waiting)",
            note: "over each hundredth of the orders",
            isLogarithmic: true)
        return text + "</svg>\n"
    }

    private static func curves(_ comparisons: [Comparison], _ values: (MarketRun) -> [(Double, Double)]) -> [Curve] {
        let colours = ["#0b6e4f", "#c8553d", "#b88a00", "#5b7db1"]
        return (0..<4).compactMap { index in
            let runs = comparisons.map { values($0.runs[index]) }
            guard let first = runs.first, let run = comparisons.first?.runs[index] else { return nil }
            let points = first.indices.map { at in
                let column = runs.map { at < $0.count ? $0[at].1 : 0 }
                return (
                    x: first[at].0, low: column.min() ?? 0, middle: column.reduce(0, +) / Double(column.count),
                    high: column.max() ?? 0
                )
            }
            return Curve(name: run.strategy.name, colour: colours[index], points: points)
        }
    }

    private static func draw(
        _ curves: [Curve], top: Double, title: String, note: String, isLogarithmic: Bool
    ) -> String {
        let floor = isLogarithmic ? least(curves) : 0
        let shown = curves.filter { $0.points.contains { $0.middle > 0 } }
        let ceiling = shown.flatMap { $0.points.map(\.high) }.max() ?? 1
        let last = shown.first?.points.last?.x ?? 1
        let bottom = top + panel
        func x(_ orders: Double) -> Double { left + (width - left - right) * orders / last }
        func y(_ value: Double) -> Double {
            let value = min(max(value, floor), ceiling)
            let share = isLogarithmic ? log(value / floor) / log(ceiling / floor) : value / ceiling
            return bottom - panel * share
        }
        func at(_ orders: Double, _ value: Double) -> String {
            MarketReport.fixed(x(orders), 1) + "," + MarketReport.fixed(y(value), 1)
        }
        var text = """
            <text x="\(left)" y="\(top - 24)" font-weight="bold">\(title)</text>
            <text x="\(left)" y="\(top - 8)" fill="#777" font-size="11">\(note)</text>

            """
        for tick in ticks(floor, ceiling, isLogarithmic) {
            let height = MarketReport.fixed(y(tick), 1)
            text += """
                <line x1="\(left)" x2="\(width - right)" y1="\(height)" y2="\(height)" stroke="#ddd"/>
                <text x="\(left - 8)" y="\(MarketReport.fixed(y(tick) + 4, 1))" text-anchor="end">\(label(tick))</text>

                """
        }
        for step in 0...4 {
            let orders = last * Double(step) / 4
            text += """
                <text x="\(MarketReport.fixed(x(orders), 1))" y="\(bottom + 20)" text-anchor="middle">\
                \(Int(orders)) orders</text>

                """
        }
        for curve in shown {
            let above = curve.points.map { at($0.x, $0.high) }
            let below = curve.points.reversed().map { at($0.x, $0.low) }
            text += """
                <polygon points="\((above + below).joined(separator: " "))" fill="\(curve.colour)" opacity="0.13"/>
                <polyline points="\(curve.points.map { at($0.x, $0.middle) }.joined(separator: " "))" fill="none" \
                stroke="\(curve.colour)" stroke-width="2.2"/>

                """
        }
        // Names stand at the ends of their lines, a line of text apart.
        var free = Double.infinity
        for curve in shown.sorted(by: { ($0.points.last?.middle ?? 0) < ($1.points.last?.middle ?? 0) }) {
            free = min(y(curve.points.last?.middle ?? 0) + 4, free - 16)
            text += """
                <text x="\(width - right + 8)" y="\(MarketReport.fixed(free, 1))" fill="\(curve.colour)" \
                font-weight="bold">\(curve.name)</text>

                """
        }
        return text
    }

    /// Where a logarithmic axis begins.
    private static func least(_ curves: [Curve]) -> Double {
        let smallest = curves.flatMap { $0.points.dropFirst().map(\.low) }.filter { $0 > 0 }.min() ?? 1
        return max(smallest, 0.001)
    }

    private static func ticks(_ floor: Double, _ ceiling: Double, _ isLogarithmic: Bool) -> [Double] {
        guard isLogarithmic else { return (0...5).map { ceiling * Double($0) / 5 } }
        let ladder = (-3...5).flatMap { power in [1.0, 2, 5].map { $0 * pow(10, Double(power)) } }
        let within = ladder.filter { $0 >= floor && $0 <= ceiling }
        return within.count > 9 ? within.filter { log10($0).rounded() == log10($0) } : within
    }

    private static func label(_ value: Double) -> String {
        value >= 10 || value == value.rounded()
            ? MarketReport.fixed(value, 0) : MarketReport.fixed(value, value < 0.1 ? 3 : 1)
    }
}
