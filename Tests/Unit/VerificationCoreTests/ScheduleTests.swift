import Kit
import Testing

@testable import VerificationCore

@Suite("When orders are looked at")
struct ScheduleTests {
    @Test("the interval grows with the order's age up to the longest, a tenth to either side")
    func schedule() {
        let schedule = PollSchedule(base: .seconds(2), doubling: .seconds(60), longest: .seconds(10))
        #expect(schedule.interval(age: .zero, jitter: 0.5) == .seconds(2))
        #expect(schedule.interval(age: .seconds(60), jitter: 0.5) == .seconds(4))
        #expect(schedule.interval(age: .seconds(3600), jitter: 0.5) == .seconds(10))
        #expect(schedule.interval(age: .zero, jitter: 0) == .milliseconds(1800))
        #expect(schedule.interval(age: .zero, jitter: 1) == .milliseconds(2200))
        // A clock that was set back makes nobody wait longer, nor less.
        #expect(schedule.interval(age: .seconds(-500), jitter: 0.5) == .seconds(2))
    }

    @Test("orders come out by their moments, at most as many as asked for, and only those that are due")
    func queue() {
        var queue = DueQueue()
        let ids = (0..<100).map { _ in ID.new() }
        for (index, id) in ids.enumerated().shuffled() { queue.set(id, due: start + .seconds(index)) }
        #expect(queue.count == 100 && queue.next == start)
        #expect(queue.take(at: start - .microseconds(1), limit: 10).isEmpty)
        #expect(queue.take(at: start + .seconds(49), limit: 20) == Array(ids[..<20]))
        #expect(queue.take(at: start + .seconds(49), limit: 1000) == Array(ids[20..<50]))
        #expect(queue.count == 50 && queue.next == start + .seconds(50))
    }

    @Test("an order that is set again is due at its last moment only, one that is removed never")
    func moves() {
        var queue = DueQueue()
        let (moved, removed) = (ID.new(), ID.new())
        queue.set(moved, due: start)
        queue.set(removed, due: start)
        queue.set(moved, due: start + .seconds(5))
        queue.remove(removed)
        #expect(queue.count == 1)
        #expect(queue.take(at: start + .seconds(4), limit: 10).isEmpty)
        #expect(queue.take(at: start + .seconds(5), limit: 10) == [moved])
        #expect(queue.count == 0 && queue.next == nil)
    }

    @Test("whatever is set, moved and removed, the queue gives what a sorted list gives")
    func model() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var queue = DueQueue()
            var model: [ID: Int] = [:]
            let ids = (0..<20).map { _ in ID.new() }
            for _ in 0..<300 {
                let id = ids[Int.random(in: 0..<20, using: &random)]
                switch Int.random(in: 0..<10, using: &random) {
                case 0:
                    queue.remove(id)
                    model[id] = nil
                case 1:
                    let now = Int.random(in: 0..<1000, using: &random)
                    let due = model.filter { $0.value <= now }
                    let taken = queue.take(at: start + .seconds(now), limit: 100)
                    #expect(Set(taken) == Set(due.keys) && taken.map { due[$0] ?? -1 } == due.values.sorted())
                    for id in taken { model[id] = nil }
                default:
                    let moment = Int.random(in: 0..<1000, using: &random)
                    queue.set(id, due: start + .seconds(moment))
                    model[id] = moment
                }
                #expect(queue.count == model.count)
            }
        }
    }
}
