import Kit

/// How often we may ask an upstream: a token bucket of which a share is kept for what cannot wait. When the upstream
/// says that we ask too often, the rate is halved and comes back by a sixtieth of itself a second. A pure value.
package struct RequestBudget: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package enum Lane: String, Hashable, Sendable, CaseIterable {
        /// Purchases and cancellations: may use the last token.
        case urgent
        /// Polls and lists: leave the reserved share alone.
        case ordinary
    }

    /// Requests a second when nothing is wrong.
    package let rate: Double
    /// Requests a second at present.
    package private(set) var currentRate: Double
    private let burst: Double
    private let reserved: Double
    private var tokens: Double
    private var updated: Instant
    private var blockedUntil: Instant

    /// `reservedShare` of `burst` is for urgent requests alone.
    package init(rate: Double, burst: Double, reservedShare: Double = 0.2, at now: Instant = .now) {
        precondition(rate > 0 && burst >= 1 && (0..<1).contains(reservedShare), "a budget must let something through")
        self.rate = rate
        self.burst = burst
        // An ordinary request must fit beside the reserve, or it would wait for ever.
        reserved = min(burst * reservedShare, burst - 1)
        currentRate = rate
        tokens = burst
        updated = now
        blockedUntil = now
    }

    /// Takes a token; nil when there was one, else how long it is until there may be one.
    package mutating func take(_ lane: Lane, at now: Instant) -> Duration? {
        refill(now)
        if now < blockedUntil { return now.duration(to: blockedUntil) }
        let needed = 1 + (lane == .urgent ? 0 : reserved)
        // The tolerance is for rounding: whoever waits for exactly as long as told must be served.
        guard tokens + 1e-6 >= needed else { return .seconds((needed - tokens) / currentRate) }
        tokens -= 1
        return nil
    }

    /// The upstream said that we ask too often.
    package mutating func refused(retryAfter: Duration, at now: Instant) {
        refill(now)
        currentRate = max(rate * 0.05, currentRate / 2)
        blockedUntil = max(blockedUntil, now + retryAfter)
        tokens = min(tokens, 1)
    }

    private mutating func refill(_ now: Instant) {
        let elapsed = updated.duration(to: now).inSeconds
        guard elapsed > 0 else { return }
        updated = now
        tokens = min(burst, tokens + elapsed * currentRate)
        currentRate = min(rate, currentRate + elapsed * rate / 60)
    }
}
