import Kit
import Redis
import Runtime
import TestSupport
import Testing

@Suite(.enabled(if: TestEnvironment.redisURL != nil)) struct RedisTests {
    let redis: Redis
    /// Of this test alone.
    let prefix = "test:\(ID.new()):"

    init() throws {
        redis = try Redis(url: TestEnvironment.redisURL ?? "", log: .silent)
    }

    private func failure(_ body: () async throws(RedisError) -> Void) async -> RedisError? {
        do throws(RedisError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test("Values come back as they were set, any byte, and are gone after delete")
    func values() async throws {
        let key = prefix + "value"
        #expect(try await redis.get(key) == nil)
        for value in [[], [0], Array("text\r\n".utf8), (0...255).map { UInt8($0) }] as [[UInt8]] {
            try await redis.set(key, value, expiresIn: .seconds(60))
            #expect(try await redis.get(key) == value)
        }
        let left = try #require(try await redis.send("PTTL", key).integerValue)
        #expect(left > 0 && left <= 60_000)
        #expect(try await redis.delete([key, prefix + "none"]) == 1)
        #expect(try await redis.get(key) == nil)
        #expect(try await redis.delete([]) == 0)
    }

    @Test("A counter counts, and expires after its first step, not after its last")
    func counter() async throws {
        let key = prefix + "counter"
        #expect(try await redis.increment(key, expiresIn: .seconds(50)) == 1)
        #expect(try await redis.increment(key, by: 4, expiresIn: .seconds(5000)) == 5)
        let left = try #require(try await redis.send("PTTL", key).integerValue)
        #expect(left > 0 && left <= 50_000)
        try await redis.delete([key])
    }

    @Test("A thousand commands at once each get their own answer")
    func pipelining() async throws {
        let redis = redis
        let right = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<1000 {
                group.addTask { (try? await redis.send("ECHO", "\(index)"))?.text == "\(index)" }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(right == 1000)
    }

    @Test("An error of one command is thrown to its sender and to nobody else")
    func refusals() async throws {
        let error = await failure { () async throws(RedisError) in _ = try await redis.send("NOSUCHCOMMAND") }
        #expect(error?.code == .refused)
        #expect(try await redis.send("ECHO", "x").text == "x")
    }

    @Test("A script that Redis has forgotten is given to it again")
    func scripts() async throws {
        func sum() async throws -> Int64? {
            try await redis.evaluate("return ARGV[1] + ARGV[2]", keys: [], arguments: ["2", "3"]).integerValue
        }
        #expect(try await sum() == 5)
        _ = try await redis.send("SCRIPT", "FLUSH")
        #expect(try await sum() == 5)
    }

    @Test("After its connection is cut, one command fails and the next goes over a new one")
    func reconnects() async throws {
        let id = try #require(try await redis.send("CLIENT", "ID").integerValue)
        let other = try Redis(url: TestEnvironment.redisURL ?? "", log: .silent)
        #expect(try await other.send("CLIENT", "KILL", "ID", "\(id)").integerValue == 1)
        let error = await failure { () async throws(RedisError) in _ = try await redis.send("ECHO", "x") }
        #expect(error?.code == .connectionLost)
        #expect(try await redis.send("ECHO", "x").text == "x")
        #expect(redis.isThere)
    }

    @Test("An answer that does not come in time fails its command, and later answers are not mixed up")
    func timeouts() async throws {
        let impatient = try Redis(url: TestEnvironment.redisURL ?? "", timeout: .milliseconds(100), log: .silent)
        let error = await failure { () async throws(RedisError) in
            _ = try await impatient.send("BLPOP", prefix + "nothing", "30")
        }
        #expect(error?.code == .connectionLost)
        #expect(try await impatient.send("ECHO", "x").text == "x")
    }

    @Test("The database of the address is the one that is used")
    func database() async throws {
        let second = try Redis(url: (TestEnvironment.redisURL ?? "") + "/3", log: .silent)
        let key = prefix + "database"
        try await second.set(key, [1], expiresIn: .seconds(60))
        #expect(try await redis.get(key) == nil)
        #expect(try await second.delete([key]) == 1)
    }

    @Test("A shared limit lets exactly its number through, from several processes' clients at once")
    func sharedLimit() async throws {
        let limiters = try (0..<3).map { _ in
            RateLimiter(redis: try Redis(url: TestEnvironment.redisURL ?? "", log: .silent), prefix: prefix)
        }
        let decisions = await withTaskGroup(of: RateDecision.self) { group in
            for index in 0..<90 {
                group.addTask { await limiters[index % 3].take("key", limit: 20, window: .seconds(3600)) }
            }
            return await group.reduce(into: [RateDecision]()) { $0.append($1) }
        }
        #expect(decisions.allSatisfy { $0.isShared })
        #expect(decisions.count { $0.isAllowed } == 20)
        let refused = try #require(decisions.first { !$0.isAllowed })
        #expect(refused.remaining == 0)
        #expect((refused.retryAfter ?? .zero) > .zero && (refused.retryAfter ?? .zero) <= .seconds(180))
        #expect(refused.resetAfter > .seconds(3500) && refused.resetAfter <= .seconds(3600))
        try await redis.delete([prefix + "key"])
    }

    @Test("Redis and memory decide alike")
    func alike() async throws {
        let shared = RateLimiter(redis: redis, prefix: prefix)
        let local = RateLimiter(redis: nil)
        for cost in [1, 1, 3, 2, 4, 1, 1] {
            let left = await shared.take("alike", limit: 10, window: .seconds(3600), cost: cost)
            let right = await local.take("alike", limit: 10, window: .seconds(3600), cost: cost)
            #expect(left.isAllowed == right.isAllowed)
            #expect(left.remaining == right.remaining)
            #expect((left.retryAfter == nil) == (right.retryAfter == nil))
        }
        try await redis.delete([prefix + "alike"])
    }
}
