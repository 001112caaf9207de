import Kit
import Testing

@testable import SandboxCore

@Suite("Parts of the simulation")
struct PartsTests {
    @Test("timers come up in order of time, those of one instant in the order they were set")
    func timers() {
        var heap = TimerHeap<Int>()
        let dice = Dice(seed: 4)
        for index in 0..<500 {
            heap.add(index, at: Timestamp(microseconds: Int64(dice.below(40, .delay, UInt64(index)))))
        }
        var last: (Timestamp, Int) = (Timestamp(microseconds: -1), -1)
        for _ in 0..<500 {
            guard let next = heap.take(due: Timestamp(microseconds: 40)) else { break }
            #expect(last < (next.at, next.event))
            last = (next.at, next.event)
        }
        #expect(heap.count == 0 && last.1 >= 0)
        heap.add(1, at: Timestamp(microseconds: 10))
        let early = heap.take(due: Timestamp(microseconds: 9))
        #expect(early == nil)
        #expect(heap.next == Timestamp(microseconds: 10))
    }

    @Test("a fault hits its endpoint as often as it was set, and delays come on top")
    func faults() {
        var plan = FaultPlan(seed: 1)
        func next(_ endpoint: String) -> (fault: Fault?, delay: Duration) { plan.next(endpoint) }
        func remove(_ id: Int) -> Bool { plan.remove(id) }
        let buy = plan.add(Fault(endpoint: "buy", kind: .html502, count: 2))
        let slow = plan.add(Fault(endpoint: "any", kind: .latency, delay: .milliseconds(30)))
        #expect(next("check").fault == nil)
        #expect(next("check").delay == .milliseconds(30))
        #expect(next("buy").fault?.kind == .html502)
        #expect(next("buy").fault?.kind == .html502)
        #expect(next("buy").fault == nil)
        #expect(!remove(buy), "it is used up")
        #expect(remove(slow))
        #expect(next("buy").delay == .zero)
    }

    @Test("a fault of a probability hits about that share")
    func probability() {
        var plan = FaultPlan(seed: 1)
        _ = plan.add(Fault(endpoint: "check", kind: .reset, probability: 0.25))
        let hits = (0..<2_000).filter { _ in plan.next("check").fault != nil }.count
        #expect((430...570).contains(hits), "\(hits) of 2000")
    }

    @Test("amounts are written as the shortest number that is exact")
    func amounts() {
        func text(_ micro: Int64) -> String {
            String(decoding: FiveSimWriter.amount(Money(micro: micro)), as: UTF8.self)
        }
        #expect(text(12_500_000) == "12.5")
        #expect(text(8_100) == "0.0081")
        #expect(text(100_000_000) == "100")
        #expect(text(0) == "0")
    }

    @Test("an exception for a product and country wins over one that came before it, and over what holds for all")
    func arrivals() {
        var plan = ArrivalPlan()
        var manual = Arrival()
        manual.mode = .manual
        var never = Arrival()
        never.mode = .never
        plan.set(manual, place: nil, product: 3)
        plan.set(never, place: 5, product: 3)
        #expect(plan.arrival(place: 1, product: 1).mode == .auto)
        #expect(plan.arrival(place: 1, product: 3).mode == .manual)
        #expect(plan.arrival(place: 5, product: 3).mode == .never)
        plan.set(never, place: nil, product: nil)
        #expect(plan.usual.mode == .never)
        plan.clearExceptions()
        #expect(plan.arrival(place: 1, product: 3).mode == .never)
    }
}
