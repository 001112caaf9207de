import Kit
import Testing

@testable import Choosing

@Suite("What two workers have seen of one offer")
struct HealthSumTests {
    private static func window(_ outcomes: [(HealthWindow.Outcome, at: Int)]) -> HealthWindow {
        var window = HealthWindow(at: start)
        for (outcome, second) in outcomes { window.note(outcome, at: start + .seconds(second)) }
        return window
    }

    private static func sums(_ one: HealthWindow, _ other: HealthWindow) -> [HealthWindow] {
        [one + other, other + one]
    }

    @Test("an outage that one saw is one, whether the other has asked nothing or knew the offer well before")
    func outage() {
        let out = Self.window([(.unclear, at: 20), (.unclear, at: 21), (.unclear, at: 22)])
        let others = [
            Self.window([]), Self.window([(.refused(.outOfStock), at: 10)]),
            Self.window([(.code(after: .seconds(30)), at: 40)]),
        ]
        for other in others {
            for sum in Self.sums(out, other) {
                #expect(sum.outagesInARow == 3 && sum.lastOutage == start + .seconds(22))
                #expect(sum.outageAt == start + .seconds(22))
            }
        }
    }

    @Test("outages that each saw one or two of add up to a row")
    func together() {
        let one = Self.window([(.unclear, at: 20), (.refused(.later), at: 22)])
        let other = Self.window([(.unclear, at: 21)])
        for sum in Self.sums(one, other) {
            #expect(sum.outagesInARow == 3 && sum.outageAt == start + .seconds(22))
        }
    }

    @Test("an answer to either since ends the row of both, and what it was is still known")
    func answered() {
        let out = Self.window([(.unclear, at: 20), (.unclear, at: 21), (.unclear, at: 22)])
        for outcome in [HealthWindow.Outcome.refused(.outOfStock), .code(after: .seconds(5))] {
            for sum in Self.sums(out, Self.window([(outcome, at: 30)])) {
                #expect(sum.outagesInARow == 0 && sum.outageAt == start + .seconds(22))
            }
        }
    }

    @Test("a window is the same after it was kept")
    func kept() throws {
        let seen = Self.window([
            (.unclear, at: 20), (.refused(.later), at: 21), (.unclear, at: 22), (.code(after: .seconds(5)), at: 30),
            (.silence(after: .seconds(100)), at: 130), (.refused(.overPrice), at: 131),
        ])
        #expect(try #require(HealthWindow(seen.json)) == seen)
    }
}
