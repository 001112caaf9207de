import Kit
import Redis
import Runtime
import Synchronization
import Testing

/// Limits without Redis; nothing here needs a server.
@Suite struct RateLimiterTests {
    /// A clock that moves when told.
    private final class Clock: Sendable {
        private let moment = Mutex(Timestamp(seconds: 1_800_000_000))
        var now: Timestamp { moment.withLock { $0 } }
        func advance(_ duration: Duration) { moment.withLock { $0 = $0 + duration } }
    }

    private let clock = Clock()

    private func limiter(_ redis: Redis? = nil) -> RateLimiter {
        let clock = clock
        return RateLimiter(redis: redis, now: { clock.now })
    }

    @Test("A quiet key may send its limit at once, then one each interval")
    func rule() async {
        let limiter = limiter()
        for remaining in stride(from: 9, through: 0, by: -1) {
            let decision = await limiter.take("k", limit: 10, window: .seconds(10))
            #expect(decision.isAllowed && decision.remaining == remaining && decision.retryAfter == nil)
            #expect(decision.resetAfter == .seconds(10 - remaining))
            #expect(!decision.isShared)
        }
        let refused = await limiter.take("k", limit: 10, window: .seconds(10))
        #expect(!refused.isAllowed && refused.remaining == 0 && refused.retryAfter == .seconds(1))
        clock.advance(.milliseconds(999))
        #expect(await limiter.take("k", limit: 10, window: .seconds(10)).isAllowed == false)
        clock.advance(.milliseconds(1))
        #expect(await limiter.take("k", limit: 10, window: .seconds(10)).isAllowed)
        #expect(await limiter.take("k", limit: 10, window: .seconds(10)).isAllowed == false)
        #expect(await limiter.take("other", limit: 10, window: .seconds(10)).isAllowed)
    }

    @Test("Waiting as long as told is enough, and a refusal costs nothing")
    func retryAfter() async {
        let limiter = limiter()
        var allowed = 0
        for _ in 0..<200 {
            let decision = await limiter.take("k", limit: 7, window: .seconds(3), cost: 2)
            if let pause = decision.retryAfter { clock.advance(pause) } else { allowed += 1 }
        }
        #expect(allowed == 101)
    }

    @Test("Without Redis in reach the limit holds in this process, and nobody waits")
    func away() async throws {
        // Port 1 is nobody's on the machines we run on.
        let redis = try Redis(url: "redis://127.0.0.1:1", log: .silent)
        let limiter = limiter(redis)
        var allowed = 0
        for _ in 0..<50 where await limiter.take("k", limit: 5, window: .seconds(60)).isAllowed { allowed += 1 }
        #expect(allowed == 5)
        #expect(!redis.isThere)
    }

    @Test(
        "Addresses that cannot be meant are refused at once",
        arguments: [
            "", "http://127.0.0.1", "redis://", "redis://:6379", "redis://host:0", "redis://host:x", "redis://host/x",
            "redis://:%zz@host", "redis://host/-1",
        ])
    func addresses(url: String) throws {
        #expect(throws: RedisError.self) { () throws in _ = try Redis(url: url, log: .silent) }
    }

    @Test("A client that was shut down refuses commands")
    func closed() async throws {
        let redis = try Redis(url: "redis://127.0.0.1:1", log: .silent)
        redis.shutdown()
        do {
            _ = try await redis.send("PING")
            Issue.record("a command was taken")
        } catch {
            #expect(error.code == .closed)
        }
    }
}
