import Kit
import Testing

@testable import VerificationCore

@Suite("Unclear purchases against the provider's own list")
struct ReconciliationTests {
    private func unclear(
        _ age: Int, service: String = "telegram", ceiling: Int64 = 375_000, misses: Int = 0, lastMiss: Int? = nil,
        isWanted: Bool = true
    ) -> Reconciliation.Unclear {
        Reconciliation.Unclear(
            orderID: ID.new(), attempt: 1, service: service, country: "england", ceiling: Money(micro: ceiling),
            deadline: start + .seconds(age), misses: misses, lastMissAt: lastMiss.map { start + .seconds($0) },
            isWanted: isWanted)
    }

    private func number(_ reference: String, service: String = "telegram", country: String = "england", cost: Int64 = 1)
        -> Reconciliation.Unclaimed
    {
        Reconciliation.Unclaimed(reference: reference, service: service, country: country, cost: Money(micro: cost))
    }

    private func settle(
        _ purchases: [Reconciliation.Unclear], _ numbers: [Reconciliation.Unclaimed], at age: Int,
        isComplete: Bool = true
    )
        -> Reconciliation.Verdict
    {
        Reconciliation.settle(
            purchases, against: numbers, readAt: start + .seconds(age), grace: .seconds(30), isComplete: isComplete)
    }

    @Test("the oldest unclear purchase takes the oldest number that fits it, and none is taken twice")
    func assignment() {
        let (first, second, third) = (unclear(1), unclear(2), unclear(3))
        let verdict = settle([third, first, second], [number("a"), number("b")], at: 10)
        #expect(verdict.adopted == [first: "a", second: "b"])
        #expect(verdict.absent.isEmpty && verdict.missed.isEmpty)
    }

    @Test("a number goes to an order that wants it, before an older one that is over")
    func wanted() {
        let (over, living) = (unclear(1, isWanted: false), unclear(5))
        #expect(settle([over, living], [number("a")], at: 10).adopted == [living: "a"])
        #expect(settle([over, living], [number("a"), number("b")], at: 10).adopted == [living: "a", over: "b"])
    }

    @Test("a list is read from as much earlier as the provider's clock is behind, and never from later")
    func horizon() {
        func since(_ behind: Int?) -> Timestamp {
            Reconciliation.horizon(
                sentAt: start, grace: .seconds(30), readAt: start + .seconds(100),
                servedAt: behind.map { start + .seconds(100 - $0) })
        }
        #expect(since(nil) == start - .seconds(30))
        #expect(since(0) == start - .seconds(30))
        #expect(since(-3600) == start - .seconds(30))
        #expect(since(3600) == start - .seconds(3630))
    }

    @Test("a number of another service, another country or above the ceiling is nobody's")
    func mismatch() {
        let purchase = unclear(1)
        for other in [
            number("a", service: "whatsapp"), number("a", country: "france"), number("a", cost: 375_001),
        ] {
            #expect(settle([purchase], [other], at: 10).adopted.isEmpty)
        }
        #expect(settle([purchase], [number("a", cost: 375_000)], at: 10).adopted == [purchase: "a"])
    }

    @Test("absence needs two readings, ten seconds apart, both begun after the deadline and its grace")
    func absence() {
        #expect(settle([unclear(0)], [], at: 30) == Reconciliation.Verdict())
        let fresh = unclear(0)
        #expect(settle([fresh], [], at: 31).missed == [fresh])
        let again = unclear(0, misses: 1, lastMiss: 31)
        #expect(settle([again], [], at: 40) == Reconciliation.Verdict())
        let proved = settle([again], [], at: 41)
        #expect(proved.absent == [again] && proved.missed.isEmpty)
        // A list that was not read far enough back proves nothing.
        #expect(settle([again], [], at: 41, isComplete: false) == Reconciliation.Verdict())
        #expect(settle([again], [number("a")], at: 41, isComplete: false).adopted == [again: "a"])
    }

    @Test("a list that has none of what was certainly sold proves nothing")
    func plausibility() {
        #expect(Reconciliation.isPlausible([], sold: []))
        #expect(Reconciliation.isPlausible(["a"], sold: []))
        #expect(!Reconciliation.isPlausible([], sold: ["a"]))
        #expect(!Reconciliation.isPlausible(["b"], sold: ["a"]))
        // What was sold before the list begins is not in it.
        #expect(Reconciliation.isPlausible(["b", "c"], sold: ["a", "b"]))
    }

    @Test("a number that turns up in the last moment is still taken")
    func lastMoment() {
        let purchase = unclear(0, misses: 1, lastMiss: 31)
        #expect(settle([purchase], [number("a")], at: 1000).adopted == [purchase: "a"])
    }
}
