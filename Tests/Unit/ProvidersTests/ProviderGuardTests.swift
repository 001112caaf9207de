import HTTPClient
import Kit
import Runtime
import Synchronization
import Testing

@testable import Providers

@Suite struct ProviderGuardTests {
    /// A clock that moves when told.
    private final class Clock: Sendable {
        private let offset = Mutex(Duration.zero)
        private let start = ContinuousClock.now
        var now: ContinuousClock.Instant { start + offset.withLock { $0 } }
        func advance(_ duration: Duration) { offset.withLock { $0 += duration } }
    }

    private let clock = Clock()
    private let metrics = Metrics()

    private func make(rate: Double = 1000, burst: Double = 1000) -> ProviderGuard {
        let clock = clock
        return ProviderGuard(
            provider: "p", metrics: metrics, budget: RequestBudget(rate: rate, burst: burst, at: clock.now),
            now: { clock.now })
    }

    private func run(_ guarded: ProviderGuard, _ error: ProviderError?, _ lane: RequestBudget.Lane = .ordinary) async
        -> ProviderError?
    {
        do throws(ProviderError) {
            try await guarded.run("check", lane) { () async throws(ProviderError) in if let error { throw error } }
            return nil
        } catch {
            return error
        }
    }

    private static func error(_ kind: ProviderError.Kind, _ status: Int? = 400) -> ProviderError {
        ProviderError(kind, endpoint: "check", status: status)
    }

    @Test("Five outages hold back the sixth request unsent, a minute later one is let through and closes it")
    func breaker() async {
        let guarded = make()
        for _ in 0..<5 { #expect(await run(guarded, Self.error(.down, 500))?.kind == .down) }
        #expect(await run(guarded, nil)?.kind == .retryLater(after: .seconds(60)))
        #expect(metrics.render().contains("provider_breaker_state{provider=\"p\"} 2"))
        clock.advance(.seconds(60))
        #expect(await run(guarded, nil) == nil)
        #expect(guarded.breakerState == .closed(failures: 0))
        #expect(metrics.render().contains("provider_breaker_state{provider=\"p\"} 0"))
    }

    @Test("No number of business refusals trips the breaker")
    func refusals() async {
        let guarded = make()
        let kinds: [ProviderError.Kind] = [
            .outOfStock, .overPrice, .account(.balance), .ourMistake, .orderFinished(.notFound),
            .tooEarly(retryAfter: .seconds(1)), .unsupported,
        ]
        for _ in 0..<10 { for kind in kinds { _ = await run(guarded, Self.error(kind)) } }
        _ = await run(guarded, Self.error(.ambiguous, 400))
        #expect(guarded.breakerState == .closed(failures: 0))
    }

    @Test("A refusal between failures shows that the upstream is alive; what ended on our side shows nothing")
    func alive() async {
        let guarded = make()
        for _ in 0..<4 { _ = await run(guarded, Self.error(.down, 500)) }
        _ = await run(guarded, ProviderError(.ambiguous, endpoint: "buy", transport: .cancelled))
        #expect(guarded.breakerState == .closed(failures: 4))
        _ = await run(guarded, Self.error(.outOfStock))
        #expect(guarded.breakerState == .closed(failures: 0))
    }

    @Test("Polls over the budget are held back at once, with the time to wait")
    func budget() async {
        let guarded = make(rate: 1, burst: 2)
        #expect(await run(guarded, nil) == nil)
        guard case .retryLater(let pause) = await run(guarded, nil)?.kind else {
            Issue.record("the reserve was not kept")
            return
        }
        #expect(pause > .zero && pause <= .seconds(1))
        #expect(await run(guarded, nil, .urgent) == nil)
    }

    @Test("The upstream's own limit slows everything down, our own refusals do not")
    func limit() async {
        let guarded = make(rate: 100, burst: 100)
        _ = await run(guarded, Self.error(.retryLater(after: .seconds(2)), nil))
        #expect(guarded.currentRate == 100)
        _ = await run(guarded, Self.error(.retryLater(after: .seconds(2)), 429))
        #expect(guarded.currentRate == 50)
        #expect(await run(guarded, nil)?.kind == .retryLater(after: .seconds(2)))
        #expect(guarded.breakerState == .closed(failures: 0))
    }

    @Test("Every request is counted under what came of it")
    func counts() async {
        let guarded = make()
        _ = await run(guarded, nil)
        _ = await run(guarded, nil)
        _ = await run(guarded, Self.error(.outOfStock))
        let text = metrics.render()
        #expect(text.contains("provider_requests_total{provider=\"p\",endpoint=\"check\",outcome=\"ok\"} 2"))
        #expect(text.contains("provider_requests_total{provider=\"p\",endpoint=\"check\",outcome=\"out_of_stock\"} 1"))
        #expect(text.contains("provider_request_seconds_count{provider=\"p\",endpoint=\"check\"} 3"))
    }
}

/// Grants so many requests, ever.
private actor Purse: SharedBudget {
    private var left: Int
    private let isThere: Bool
    private(set) var calls = 0

    init(_ left: Int, isThere: Bool = true) {
        self.left = left
        self.isThere = isThere
    }

    func take(_ wanted: Int, _ lane: RequestBudget.Lane) -> (granted: Int, more: Duration)? {
        calls += 1
        guard isThere else { return nil }
        let granted = min(wanted, left)
        left -= granted
        return (granted, .seconds(10))
    }
}

/// Fills at a rate, as the one in the database does, and keeps a fifth for others.
private actor Bucket: SharedBudget {
    static let rate = 4500.0
    /// The largest slice that is asked for in advance.
    static let slice = Int(rate / 25)
    private var tokens = 0.0
    private var at = ContinuousClock.now
    /// How long after each of the largest slices the next was asked for.
    private(set) var pauses: [Duration] = []
    private var wasLargest = false

    func take(_ wanted: Int, _ lane: RequestBudget.Lane) async -> (granted: Int, more: Duration)? {
        let asked = ContinuousClock.now
        if wasLargest { pauses.append(at.duration(to: asked)) }
        try? await Task.sleep(for: .milliseconds(1))
        let now = ContinuousClock.now
        tokens = min(Self.rate / 20, tokens + at.duration(to: now).inSeconds * Self.rate)
        at = now
        let reserve = Self.rate / 100
        let granted = min(wanted, max(0, Int(tokens - reserve)))
        tokens -= Double(granted)
        wasLargest = wanted > Self.slice
        return (granted, .seconds(max(0, 1 + reserve - tokens) / Self.rate))
    }
}

@Suite struct SharedBudgetTests {
    private func guarded(_ purse: Purse, rate: Double = 4000) -> ProviderGuard {
        ProviderGuard(
            provider: "p", metrics: Metrics(), budget: RequestBudget(rate: rate, burst: rate), shared: purse)
    }

    /// How many of so many requests at once were let through; the others were held back.
    private func sent(_ count: Int, _ guards: [ProviderGuard], _ lane: RequestBudget.Lane) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<count {
                group.addTask {
                    do throws(ProviderError) {
                        try await guards[number % guards.count].run("check", lane) { () async throws(ProviderError) in }
                        return true
                    } catch {
                        guard case .retryLater = error.kind else { Issue.record("\(error)"); return false }
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    @Test("Guards of several processes let through together what the shared budget grants, and not one more")
    func together() async {
        let purse = Purse(50)
        let guards = (0..<3).map { _ in guarded(purse) }
        let sent = await sent(300, guards, .ordinary)
        // What was granted in advance to one process and not used there is lost, and is little.
        #expect(sent <= 50 && sent > 20)
    }

    @Test("Those who ask at the same time ask together")
    func coalescing() async {
        let purse = Purse(1_000_000)
        #expect(await sent(1000, [guarded(purse)], .ordinary) == 1000)
        #expect(await purse.calls < 500)
    }

    @Test("Who would use up all that comes asks thirty times a second at most, however many requests there are")
    func seldom() async {
        let bucket = Bucket()
        let guarded = ProviderGuard(
            provider: "p", metrics: Metrics(), budget: RequestBudget(rate: Bucket.rate, burst: Bucket.rate),
            shared: bucket)
        let end = ContinuousClock.now + .seconds(60)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    while await bucket.pauses.count < 20, ContinuousClock.now < end {
                        _ = try? await guarded.run("check", .ordinary) { () async throws(ProviderError) in
                            try? await Task.sleep(for: .milliseconds(5))
                        }
                    }
                }
            }
        }
        let pauses = await bucket.pauses
        #expect(pauses.count >= 20 && pauses.allSatisfy { $0 >= .milliseconds(33) }, "\(pauses)")
    }

    @Test("A budget that cannot be reached holds nobody back")
    func away() async {
        #expect(await sent(100, [guarded(Purse(0, isThere: false))], .urgent) == 100)
    }

    @Test("An empty budget holds back in every lane, with the time to wait")
    func empty() async {
        let guarded = guarded(Purse(0))
        for lane in RequestBudget.Lane.allCases {
            await #expect(throws: ProviderError.self) {
                try await guarded.run("check", lane) { () async throws(ProviderError) in }
            }
        }
    }
}
