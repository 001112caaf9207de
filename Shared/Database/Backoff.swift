/// Pauses with full jitter: anything up to a ceiling that doubles with each failure, so that a thousand clients do not
/// come back in the same instant.
struct Backoff: Sendable {
    private let first: Duration
    private let limit: Duration
    private(set) var failures = 0

    init(first: Duration, limit: Duration) {
        self.first = first
        self.limit = limit
    }

    /// The pause before the next try.
    mutating func next() -> Duration {
        let ceiling = min(limit, first * (1 << min(failures, 20)))
        failures += 1
        return Duration.nanoseconds(
            Int64.random(
                in:
                    0...(ceiling.components.seconds * 1_000_000_000
                    + ceiling.components.attoseconds / 1_000_000_000)))
    }

    mutating func reset() { failures = 0 }
}
