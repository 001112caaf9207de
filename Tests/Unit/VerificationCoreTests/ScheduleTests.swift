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
}
