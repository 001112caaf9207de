import Kit
import Runtime
import Synchronization

/// Whether a request may pass, and what to tell its sender.
package struct RateDecision: Hashable, Sendable {
    package let isAllowed: Bool
    package let limit: Int
    /// How many more would pass right now.
    package let remaining: Int
    /// Until the whole limit is free again.
    package let resetAfter: Duration
    /// Until the request would pass; nil when it did.
    package let retryAfter: Duration?
    /// Decided by Redis, for all processes together.
    package let isShared: Bool
}

/// Rate limits, counted in Redis for all processes together, or in this process when there is no Redis or it is away.
///
/// The rule is the generic cell rate algorithm: one moment per key, the one at which its bucket will be full again. A
/// key that was quiet for a window may send `limit` at once, then one each `window / limit`; refused requests cost
/// nothing. Never fails, and waits for an absent Redis no longer than its client does; counts in memory start anew when
/// Redis comes or goes.
package final class RateLimiter: Sendable {
    private static let start = ContinuousClock.now

    private let redis: Redis?
    private let prefix: String
    private let local = Mutex(LocalCells())
    private let now: @Sendable () -> Timestamp

    /// `now` only has to go forward: by a clock that somebody may set back, everybody would be refused until it is again
    /// as late as it was.
    package init(
        redis: Redis?, prefix: String = "rate:",
        now: @escaping @Sendable () -> Timestamp = {
            Timestamp(microseconds: 0) + RateLimiter.start.duration(to: .now)
        }
    ) {
        self.redis = redis
        self.prefix = prefix
        self.now = now
    }

    /// Takes `cost` out of what `key` may send in a `window`, if it is there.
    package func take(_ key: String, limit: Int, window: Duration, cost: Int = 1) async -> RateDecision {
        let rule = CellRule(limit: limit, window: window, cost: cost)
        if let redis {
            // Whatever went wrong, the limit holds per process.
            if let shared = try? await ask(redis, key, rule) { return shared }
        }
        let now = now().microseconds
        return local.withLock { cells in
            let (fullAt, decision) = rule.decide(fullAt: cells[key], now: now, isShared: false)
            if decision.isAllowed { cells.set(key, fullAt, now: now) }
            return decision
        }
    }

    private func ask(_ redis: Redis, _ key: String, _ rule: CellRule) async throws(RedisError) -> RateDecision {
        let reply = try await redis.evaluate(
            """
            local time = redis.call('TIME')
            local now = time[1] * 1000000 + time[2]
            local window, step = tonumber(ARGV[1]), tonumber(ARGV[2])
            local before = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
            local after = before + step
            if after - now > window then return {0, before - now, after - window - now} end
            if after > now then
              redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
            end
            return {1, after - now, 0}
            """, keys: [prefix + key], arguments: [String(rule.window), String(rule.step)])
        guard let numbers = reply.arrayValue?.compactMap(\.integerValue), numbers.count == 3 else {
            throw RedisError(.unexpectedReply, "The rate script gave no three numbers.")
        }
        return rule.decision(isAllowed: numbers[0] == 1, ahead: numbers[1], wait: numbers[2], isShared: true)
    }
}

/// The arithmetic, in microseconds.
struct CellRule: Hashable, Sendable {
    let limit: Int
    let window: Int64
    /// What one unit takes to come back.
    let interval: Int64
    /// How far the request moves the moment of fullness.
    let step: Int64

    init(limit: Int, window: Duration, cost: Int) {
        precondition(limit > 0 && window > .zero && cost > 0, "a limit lets something through in some time")
        self.limit = limit
        self.window = window.microseconds
        interval = max(1, self.window / Int64(limit))
        step = interval * Int64(cost)
    }

    /// The new moment of fullness, and the decision.
    func decide(fullAt: Int64?, now: Int64, isShared: Bool) -> (Int64, RateDecision) {
        let before = max(fullAt ?? now, now)
        let after = before + step
        guard after - now <= window else {
            return (
                before,
                decision(isAllowed: false, ahead: before - now, wait: after - window - now, isShared: isShared)
            )
        }
        return (after, decision(isAllowed: true, ahead: after - now, wait: 0, isShared: isShared))
    }

    /// `ahead` is how far in the future the bucket will be full.
    func decision(isAllowed: Bool, ahead: Int64, wait: Int64, isShared: Bool) -> RateDecision {
        RateDecision(
            isAllowed: isAllowed, limit: limit, remaining: Int(max(0, window - ahead) / interval),
            resetAfter: .microseconds(ahead), retryAfter: isAllowed ? nil : .microseconds(wait), isShared: isShared)
    }
}

/// The moments of fullness of this process. A key whose moment has passed is as good as absent, and is swept out when
/// there are twice as many as the last sweep left.
struct LocalCells: Sendable {
    private var moments: [String: Int64] = [:]
    private var sweepAt = 1024

    var count: Int { moments.count }

    subscript(key: String) -> Int64? { moments[key] }

    mutating func set(_ key: String, _ moment: Int64, now: Int64) {
        moments[key] = moment
        guard moments.count >= sweepAt else { return }
        moments = moments.filter { $0.value > now }
        sweepAt = max(1024, moments.count * 2)
    }
}
