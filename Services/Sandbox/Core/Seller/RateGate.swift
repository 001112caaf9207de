import Kit

/// Counts requests in windows of a second, for each key and for each address, and shuts out for ten minutes whoever
/// goes over the limit in five windows within ten minutes.
package struct RateGate: Sendable {
    fileprivate struct Window: Sendable {
        var second: Int64 = .min
        var count = 0
        var breaches: [Timestamp] = []
        var shutUntil: Timestamp?
    }

    /// How long a breach is remembered, and how long the penalty lasts.
    fileprivate static let memory = Duration.seconds(600)
    fileprivate static let breachesUntilPenalty = 5
    /// Beyond so many callers those of earlier seconds without breaches are forgotten.
    private static let callers = 10_000

    private var windows: [String: Window] = [:]

    package init() {}

    /// Whether a request of that caller may pass.
    package mutating func admits(_ caller: String, limit: Int, at now: Timestamp) -> Bool {
        let second = now.microseconds / 1_000_000
        if windows.count > Self.callers {
            windows = windows.filter { $0.value.second >= second || !$0.value.breaches.isEmpty }
        }
        return windows[caller, default: Window()].admits(second: second, limit: limit, at: now)
    }

    /// Lets everybody in again.
    package mutating func reset() { windows = [:] }
}

extension RateGate.Window {
    fileprivate mutating func admits(second: Int64, limit: Int, at now: Timestamp) -> Bool {
        if let until = shutUntil {
            guard until <= now else { return false }
            shutUntil = nil
            breaches = []
        }
        if self.second != second {
            self.second = second
            count = 0
        }
        count += 1
        guard count > limit else { return true }
        // However much too much came in this second, it is one breach.
        if count == limit + 1 {
            breaches.removeAll { $0 + RateGate.memory <= now }
            breaches.append(now)
            if breaches.count >= RateGate.breachesUntilPenalty { shutUntil = now + RateGate.memory }
        }
        return false
    }
}
