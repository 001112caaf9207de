import Kit
import Providers
import Testing

@Suite struct RequestBudgetTests {
    let start = ContinuousClock.now

    @Test("A full bucket serves its burst, and then one request per interval")
    func burst() {
        var budget = RequestBudget(rate: 10, burst: 5, reservedShare: 0, at: start)
        for _ in 0..<5 { #expect(budget.take(.urgent, at: start) == nil) }
        let pause = budget.take(.urgent, at: start)
        #expect(pause?.milliseconds == 100)
        #expect(budget.take(.urgent, at: start + .milliseconds(100)) == nil)
        #expect(budget.take(.urgent, at: start + .milliseconds(100)) != nil)
    }

    @Test("Polls stop at the reserve, purchases and cancellations go on to the last token")
    func reserve() {
        var budget = RequestBudget(rate: 1, burst: 10, reservedShare: 0.3, at: start)
        var polls = 0
        while budget.take(.ordinary, at: start) == nil { polls += 1 }
        #expect(polls == 7)
        var purchases = 0
        while budget.take(.urgent, at: start) == nil { purchases += 1 }
        #expect(purchases == 3)
    }

    @Test("Whoever waits as long as told is served", arguments: RequestBudget.Lane.allCases)
    func waiting(lane: RequestBudget.Lane) {
        var budget = RequestBudget(rate: 3, burst: 4, reservedShare: 0.5, at: start)
        var now = start
        for _ in 0..<200 {
            guard let pause = budget.take(lane, at: now) else { continue }
            now += pause
            #expect(budget.take(lane, at: now) == nil)
        }
    }

    @Test("Over a minute no more than rate and burst get through, whatever the rhythm")
    func longRun() {
        for step in [Duration.milliseconds(1), .milliseconds(7), .milliseconds(333), .seconds(2)] {
            var budget = RequestBudget(rate: 5, burst: 8, at: start)
            var now = start
            var served = 0
            while now < start + .seconds(60) {
                while budget.take(.urgent, at: now) == nil { served += 1 }
                now += step
            }
            #expect(served <= 5 * 60 + 8)
        }
    }

    @Test("An idle minute fills the bucket to its burst and no further")
    func ceiling() {
        var budget = RequestBudget(rate: 10, burst: 5, reservedShare: 0, at: start)
        var served = 0
        while budget.take(.urgent, at: start + .seconds(60)) == nil { served += 1 }
        #expect(served == 5)
    }

    @Test(
        "The upstream's refusal stops everything for as long as it said, halves the rate, and is forgotten in a minute")
    func refusal() {
        var budget = RequestBudget(rate: 60, burst: 10, at: start)
        budget.refused(retryAfter: .seconds(2), at: start)
        #expect(budget.take(.urgent, at: start) == .seconds(2))
        #expect(budget.currentRate == 30)
        budget.refused(retryAfter: .seconds(1), at: start)
        #expect(budget.currentRate == 15)
        #expect(budget.take(.urgent, at: start + .seconds(1)) == .seconds(1))
        #expect(budget.take(.urgent, at: start + .seconds(2)) == nil)
        #expect(budget.currentRate > 15 && budget.currentRate < 20)
        _ = budget.take(.urgent, at: start + .seconds(61))
        #expect(budget.currentRate == 60)
        for _ in 0..<20 { budget.refused(retryAfter: .seconds(1), at: start + .seconds(61)) }
        #expect(budget.currentRate == 3)
    }

    @Test("A bucket of one serves polls too: a reserve that left nothing would starve them")
    func tiny() {
        var budget = RequestBudget(rate: 1, burst: 1, reservedShare: 0.9, at: start)
        #expect(budget.take(.ordinary, at: start) == nil)
    }
}
