import Choosing
import Kit

/// The four strategies in the same market.
package struct Comparison: Sendable {
    package let setting: MarketSetting
    package let ours: MarketRun
    package let cheapest: MarketRun
    package let defaultProvider: MarketRun
    package let oracle: MarketRun

    package init(_ setting: MarketSetting, policy: RoutingPolicy = RoutingPolicy()) {
        self.setting = setting
        ours = .of(.ours(policy), setting, valuedBy: policy)
        cheapest = .of(.cheapest, setting, valuedBy: policy)
        defaultProvider = .of(.defaultProvider, setting, valuedBy: policy)
        oracle = .of(.oracle, setting, valuedBy: policy)
    }

    package var runs: [MarketRun] { [ours, cheapest, defaultProvider, oracle] }

    /// How much a code costs with us, as a share of what it costs with them, less one: −0.2 is a fifth less.
    package func difference(to other: MarketRun) -> Double { ours.cost / other.cost - 1 }
}

/// What a run says to its reader.
package enum MarketReport {
    /// A table: a line for each market, costs in US cents for each received code.
    package static func table(_ comparisons: [Comparison]) -> String {
        var lines = [
            "seed   per received code, US cents (money alone)                          ours against                    codes   lead",
            "       ours           cheapest       default        oracle           cheapest  default   oracle   ours   oracle  moves/h",
        ]
        for one in comparisons {
            let costs = one.runs.map { right(cents($0.cost), 6) + " " + left("(" + cents($0.money) + ")", 8) }
            let differences = [one.cheapest, one.defaultProvider, one.oracle].map {
                right(percent(one.difference(to: $0)), 9)
            }
            lines.append(
                right(String(one.setting.seed), 4) + "  " + costs.joined() + differences.joined()
                    + right(percent(one.ours.success, signed: false), 7)
                    + right(percent(one.oracle.success, signed: false), 9)
                    + right(fixed(one.ours.leadChangesPerHour, 2), 9))
        }
        func mean(_ run: (Comparison) -> MarketRun) -> String {
            right(percent(comparisons.map { $0.difference(to: run($0)) }.reduce(0, +) / Double(comparisons.count)), 9)
        }
        if !comparisons.isEmpty {
            lines.append(
                left("mean", 66) + mean { $0.cheapest } + mean { $0.defaultProvider } + mean { $0.oracle })
        }
        return lines.joined(separator: "\n")
    }

    /// Every point of every curve.
    package static func csv(_ comparisons: [Comparison]) -> String {
        var lines = ["market,seed,strategy,orders,regret_usd,cost_per_code_usd"]
        for one in comparisons {
            for run in one.runs {
                for point in run.points {
                    lines.append(
                        "\(one.setting.kind.rawValue),\(one.setting.seed),\(run.strategy.name),\(point.orders),"
                            + fixed(point.regret / 1e6, 6) + "," + fixed(point.cost / 1e6, 6))
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func cents(_ micro: Double) -> String { fixed(micro / 10_000, 2) }

    static func percent(_ share: Double, signed: Bool = true) -> String {
        (signed && share >= 0 ? "+" : "") + fixed(share * 100, 1) + "%"
    }

    /// With so many digits after the point.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        var scale: Int64 = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((value * Double(scale)).rounded())
        let fraction = String(scaled.magnitude % scale.magnitude)
        let sign = scaled < 0 ? "-" : ""
        let whole = "\(sign)\(scaled.magnitude / scale.magnitude)"
        return digits == 0 ? whole : whole + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }
}
