import Providers
import Testing

@Suite struct CircuitBreakerTests {
    let start = ContinuousClock.now

    private func pass(_ breaker: inout CircuitBreaker, at now: ContinuousClock.Instant) throws -> CircuitBreaker.Pass {
        guard case .go(let pass) = breaker.ask(at: now) else { throw Held() }
        return pass
    }
    private struct Held: Error {}

    /// A breaker that has just opened.
    private func opened() throws -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.report(try pass(&breaker, at: start), .failure, at: start) }
        return breaker
    }

    @Test("Four failures in a row leave it closed, the fifth opens it")
    func opens() throws {
        var breaker = CircuitBreaker()
        for count in 1...4 {
            #expect(breaker.report(try pass(&breaker, at: start), .failure, at: start) == false)
            #expect(breaker.state == .closed(failures: count))
        }
        #expect(breaker.report(try pass(&breaker, at: start), .failure, at: start))
        #expect(breaker.state == .open(until: start + .seconds(60)))
    }

    @Test("A success in between begins the count anew, a neutral ending leaves it")
    func counts() throws {
        var breaker = CircuitBreaker()
        for _ in 0..<4 { breaker.report(try pass(&breaker, at: start), .failure, at: start) }
        breaker.report(try pass(&breaker, at: start), .neutral, at: start)
        #expect(breaker.state == .closed(failures: 4))
        breaker.report(try pass(&breaker, at: start), .success, at: start)
        #expect(breaker.state == .closed(failures: 0))
    }

    @Test("Open, it lets nothing through for a minute and says how long that still is")
    func holds() throws {
        var breaker = try opened()
        #expect(breaker.ask(at: start) == .wait(.seconds(60)))
        #expect(breaker.ask(at: start + .seconds(59)) == .wait(.seconds(1)))
        #expect(breaker.state == .open(until: start + .seconds(60)))
    }

    @Test("After the minute one request may try, and only one")
    func trial() throws {
        var breaker = try opened()
        let now = start + .seconds(60)
        _ = try pass(&breaker, at: now)
        #expect(breaker.state == .halfOpen)
        #expect(breaker.ask(at: now) == .wait(.seconds(1)))
        #expect(breaker.ask(at: now + .seconds(3600)) == .wait(.seconds(1)))
    }

    @Test(
        "The trial's success closes it, its failure opens it for another minute, its silence passes the trial on"
    )
    func trialEnds() throws {
        let now = start + .seconds(60)
        var breaker = try opened()
        #expect(breaker.report(try pass(&breaker, at: now), .success, at: now))
        #expect(breaker.state == .closed(failures: 0))

        breaker = try opened()
        #expect(breaker.report(try pass(&breaker, at: now), .failure, at: now + .seconds(2)))
        #expect(breaker.state == .open(until: now + .seconds(62)))

        breaker = try opened()
        #expect(breaker.report(try pass(&breaker, at: now), .neutral, at: now))
        _ = try pass(&breaker, at: now)
        #expect(breaker.state == .halfOpen)
    }

    @Test(
        "Reports of requests that began before the last change count for nothing",
        arguments: [
            CircuitBreaker.Outcome.success, .failure, .neutral,
        ])
    func late(outcome: CircuitBreaker.Outcome) throws {
        var breaker = CircuitBreaker()
        let early = try pass(&breaker, at: start)
        for _ in 0..<5 { breaker.report(try pass(&breaker, at: start), .failure, at: start) }
        #expect(breaker.report(early, outcome, at: start) == false)
        #expect(breaker.state == .open(until: start + .seconds(60)))

        let now = start + .seconds(60)
        let trial = try pass(&breaker, at: now)
        #expect(breaker.report(early, outcome, at: now) == false)
        #expect(breaker.state == .halfOpen)
        breaker.report(trial, .success, at: now)
        #expect(breaker.report(early, outcome, at: now) == false)
        #expect(breaker.report(trial, outcome, at: now) == false)
        #expect(breaker.state == .closed(failures: 0))
    }

    @Test("No sequence of six events, whatever their order, lets two trials run at once or skips the pause")
    func allSequences() {
        // Each digit of the number is an event: ask, succeed, fail, end neutrally, let a minute pass.
        for number in 0..<15_625 {
            var breaker = CircuitBreaker(threshold: 1)
            var now = start
            var passes: [CircuitBreaker.Pass] = []
            var rest = number
            for _ in 0..<6 {
                let before = breaker.state
                switch rest % 5 {
                case 0:
                    switch breaker.ask(at: now) {
                    case .go(let pass):
                        passes.append(pass)
                        if case .open(let until) = before { #expect(until <= now && breaker.state == .halfOpen) }
                        #expect(before != .halfOpen)
                    case .wait(let pause): #expect(pause > .zero)
                    }
                case 1: if let pass = passes.popLast() { breaker.report(pass, .success, at: now) }
                case 2: if let pass = passes.popLast() { breaker.report(pass, .failure, at: now) }
                case 3: if let pass = passes.popLast() { breaker.report(pass, .neutral, at: now) }
                default: now += .seconds(60)
                }
                if case .open = before, case .closed = breaker.state { Issue.record("closed without a trial") }
                rest /= 5
            }
        }
    }
}
