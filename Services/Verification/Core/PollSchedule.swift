import Kit

/// When to ask a provider about an order again: often while a code is likely to come at any moment, ever more rarely
/// afterwards. With jitter, so that orders made together are not asked about together for ever.
package struct PollSchedule: Hashable, Sendable {
    /// The interval of an order just made.
    package var base: Duration
    /// The age at which the interval has doubled.
    package var doubling: Duration
    package var longest: Duration

    package init(base: Duration = .seconds(2), doubling: Duration = .seconds(60), longest: Duration = .seconds(10)) {
        self.base = base
        self.doubling = doubling
        self.longest = longest
    }

    /// `jitter` from 0 up to 1 becomes a factor from 0.9 to 1.1.
    package func interval(age: Duration, jitter: Double) -> Duration {
        let grown = base.inSeconds * (1 + max(0, age.inSeconds) / doubling.inSeconds)
        return .microseconds(Int64(min(grown, longest.inSeconds) * (0.9 + 0.2 * jitter) * 1e6))
    }
}
