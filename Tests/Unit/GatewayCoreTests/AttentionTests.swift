import Contracts
import GatewayCore
import Kit
import Testing

@Suite("When a verification is asked after")
struct AttentionTests {
    private let silence = Duration.seconds(30)
    private let start = Timestamp(microseconds: 1_800_000_000_000_000)

    /// As it is known a minute after it was taken.
    private func attention(_ status: VerificationStatus, _ change: (inout Attention) -> Void = { _ in }) -> Attention {
        var attention = Attention()
        attention.status = status
        attention.version = 3
        attention.updatedAt = start
        attention.stepCount = 4
        attention.lastStep = 4
        change(&attention)
        return attention
    }

    private func look(_ attention: Attention, after seconds: Int) -> Attention.Verdict {
        attention.look(now: start + .seconds(seconds), silence: silence)
    }

    @Test("one that is pending is asked after once nothing was heard of it for the limit")
    func pending() {
        #expect(look(attention(.pending), after: 29) == .init(asks: false, next: start + .seconds(30), count: 0))
        #expect(look(attention(.pending), after: 30).asks)
    }

    @Test("the pauses double and end at an hour; the moment after it ends is never left out")
    func pauses() {
        var known = attention(.pending)
        var seconds = 30
        var pauses: [Int] = []
        for _ in 0..<10 {
            let verdict = look(known, after: seconds)
            #expect(verdict.asks)
            let next = Int(((verdict.next ?? start) - start).inSeconds)
            pauses.append(next - seconds)
            (seconds, known.asks) = (next, verdict.count)
        }
        #expect(pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600])
        known.asks = 19
        known.expiresAt = start + .seconds(seconds + 100)
        #expect(look(known, after: seconds).next == start + .seconds(seconds + 130))
    }

    @Test("a number that waits quietly is left alone four times as long, unless the customer wants something of it")
    func quiet() {
        let waiting = attention(.waitingSMS) { $0.expiresAt = self.start + .seconds(900) }
        #expect(look(waiting, after: 60) == .init(asks: false, next: start + .seconds(120), count: 0))
        #expect(look(waiting, after: 120).asks)
        #expect(look(attention(.waitingSMS) { $0.hasWish = true }, after: 1).asks)
        // Four or five questions in a quarter of an hour.
        var (seconds, asks, known) = (30, 0, waiting)
        while seconds <= 930 {
            let verdict = look(known, after: seconds)
            if verdict.asks { asks += 1 }
            (seconds, known.asks) = (Int(((verdict.next ?? start) - start).inSeconds), verdict.count)
        }
        #expect(asks == 4)
    }

    @Test("a clock that is ahead delays no question, not even of what nobody has heard of", arguments: [0, 3])
    func clock(_ version: Int) {
        let ahead = attention(.pending) {
            $0.version = version
            $0.updatedAt = self.start + .seconds(3600)
        }
        #expect(look(ahead, after: 30) == .init(asks: true, next: start + .seconds(90), count: 1))
    }

    @Test("one that is over is looked at no more", arguments: [VerificationStatus.cancelled, .expired, .failed])
    func over(_ status: VerificationStatus) {
        #expect(look(attention(status), after: 30) == .init(asks: false, next: nil, count: 0))
        let paid = attention(status) {
            $0.hasHold = true
            $0.holdArrived = true
            $0.resolutionArrived = true
        }
        #expect(look(paid, after: 30).next == nil)
    }

    @Test("one that is over is asked after while steps or money are missing")
    func holes() {
        #expect(look(attention(.failed) { $0.stepCount = 3 }, after: 1).asks)
        let unpaid = attention(.cancelled) {
            $0.hasHold = true
            $0.holdArrived = true
        }
        #expect(look(unpaid, after: 1).asks && unpaid.lacksMovement)
        #expect(
            !attention(.waitingSMS) {
                $0.hasHold = true; $0.holdArrived = true
            }.lacksMovement)
        #expect(attention(.waitingSMS) { $0.hasHold = true }.lacksMovement)
    }

    @Test("a completed one may have more messages until its number ends, and is asked after once then")
    func completed() {
        let known = attention(.completed) { $0.expiresAt = self.start + .seconds(900) }
        #expect(look(known, after: 30) == .init(asks: false, next: start + .seconds(930), count: 0))
        #expect(look(known, after: 930).asks)
        var finished = known
        finished.isFinished = true
        #expect(look(finished, after: 30).next == nil)
        var wanting = known
        wanting.hasWish = true
        #expect(look(wanting, after: 30).asks)
    }
}
