import TestSupport

/// What a run of the laboratory came to.
package struct Report: Sendable {
    package let options: Laboratory.Options
    /// What is not as it must be; nothing when all went well.
    package let faults: [String]
    package let injected: [FaultKind: Int]
    package let missed: [String]
    package let orders: [String: Int]
    package let accepted: Int
    package let refused: Int
    package let unknown: Int
    package let exits: [String]
    /// The longest from the end of a fault until an order was completed again, with that fault.
    package let recovery: (longest: Duration, after: FaultKind)?
    package let events: Int
    package let repeats: Int
    package let duration: Duration
    /// Where the logs are, if they were kept.
    package let logs: String

    /// Faults of the provider that were set up and that no request has met: they do not count.
    package let unmet: Int
    /// What the stack held, if that was looked at.
    let trends: [Wear.Trend]

    package var total: Int { injected.values.reduce(0, +) - unmet }
    package var kills: Int { injected.filter(\.key.isKill).values.reduce(0, +) }

    private func rounded(_ value: Double) -> String {
        let tenths = Int64((abs(value) * 10).rounded())
        return "\(value < 0 && tenths > 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
    }

    /// For the one who reads it.
    package var text: String {
        var lines = [
            "seed \(options.seed): \(total) faults in \(duration.components.seconds) s, \(kills) of them kills"
        ]
        for kind in FaultKind.allCases {
            guard let count = injected[kind], count > 0 else { continue }
            lines.append("  \(kind.rawValue.padded(to: 22))\(String(count).leading(to: 6))")
        }
        if unmet > 0 { lines.append("  not met at the end: \(unmet)") }
        if !missed.isEmpty { lines.append("  not done: \(missed.count)") }
        lines.append("requests: \(accepted) accepted, \(refused) refused, \(unknown) without an answer")
        lines.append(
            "orders: " + orders.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
        lines.append("told: \(events) events, \(repeats) of them more than once")
        if let recovery {
            let milliseconds =
                recovery.longest.components.seconds * 1000 + recovery.longest.components.attoseconds
                / 1_000_000_000_000_000
            lines.append(
                "longest until an order was completed again: \(milliseconds) ms, after \(recovery.after.rawValue)")
        }
        func count(_ word: String) -> Int { faults.count { $0.hasPrefix(word) } }
        for trend in trends {
            lines.append(
                "  \(trend.name.padded(to: 44))\(rounded(trend.mean).leading(to: 12)), an hour later "
                    + "\(rounded(trend.perHour)) more")
        }
        let kinds = ["LOST", "DOUBLE", "DRIFT"]
        let others = faults.count { fault in !kinds.contains { fault.hasPrefix($0) } }
        lines.append(
            kinds.map { "\($0.lowercased()) \(count($0))" }.joined(separator: ", ")
                + (others > 0 ? ", otherwise wrong \(others)" : ""))
        guard !faults.isEmpty else { return lines.joined(separator: "\n") + "\nall holds" }
        lines.append("\(faults.count) things are not as they must be:")
        lines += faults.prefix(60).map { "  \($0)" }
        lines += missed.prefix(20).map { "  not done: \($0)" }
        lines += ["the logs are in \(logs)", "again: \(options.command)"]
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    fileprivate func leading(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
