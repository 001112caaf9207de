import Contracts
import Kit
import Testing

@testable import VerificationCore

@Suite("Asking about open orders")
struct MindingTests {
    private static func watch(_ events: [OrderEvent]) throws -> Watch {
        try #require(Watch(Order.after([.accepted, .holdPlaced, .purchased(attempt: 1, number())] + events)))
    }

    @Test("the question follows from where the order stands")
    func questions() throws {
        #expect(Minding.question(about: try Self.watch([])) == .check)
        #expect(Minding.question(about: try Self.watch([.cancelRequested])) == .cancel)
        #expect(Minding.question(about: try Self.watch([.reportRequested])) == .ban)
        #expect(Minding.question(about: try Self.watch([.code])) == .finish)
        #expect(Minding.question(about: try Self.watch([.code, .anotherRequested])) == .check)
        #expect(Watch(Order.after([.accepted, .holdPlaced])) == nil)
    }

    @Test("a refusal to end an order says nothing until the provider says how the order stands")
    func refusals() throws {
        let watch = try Self.watch([.cancelRequested])
        for refused in [Trouble.ended(isUnknown: true), .ended(isUnknown: false)] {
            #expect(Minding.meaning(of: .failure(refused), about: watch, now: start) == .check)
            let cancelled = Observation(status: .cancelled)
            #expect(
                Minding.meaning(of: .success(cancelled), after: refused, about: watch, now: start)
                    == .changed(.observed(cancelled)))
            // Booked as lost, it would stay so, although the money may have come back.
            for trouble in [Trouble.away, .tooEarly(after: .seconds(1)), .ended(isUnknown: false)] {
                #expect(Minding.meaning(of: .failure(trouble), after: refused, about: watch, now: start) == .again)
            }
            #expect(
                Minding.meaning(of: .failure(.ended(isUnknown: true)), after: refused, about: watch, now: start)
                    == .changed(.unknownToProvider))
        }
        #expect(
            Minding.meaning(of: .failure(.tooEarly(after: .seconds(30))), about: watch, now: start)
                == .changed(.cancelRefused(.tooEarly(until: start + .seconds(30)))))
        #expect(Minding.meaning(of: .failure(.away), about: watch, now: start) == .again)
    }

    @Test("an answer without news changes nothing, and each kind of news is news")
    func news() throws {
        let watch = try Self.watch([])
        func meaning(_ observation: Observation) -> Minding.Meaning {
            Minding.meaning(of: .success(observation), about: watch, now: start)
        }
        #expect(meaning(Observation(status: .open)) == .nothing)
        #expect(meaning(Observation(status: .open, expiresAt: watch.expiresAt)) == .nothing)
        for observation in [
            Observation(status: .timedOut), Observation(status: .open, messages: [text("a", hasCode: false)]),
            Observation(status: .open, expiresAt: start + .seconds(5)),
        ] {
            #expect(meaning(observation) == .changed(.observed(observation)))
        }
    }

    @Test("changes heard of out of turn neither overwrite nor remove what is newer")
    func turns() throws {
        let before = Order.after([.accepted, .holdPlaced])
        let waiting = try Self.watch([])
        let cancelling = try Self.watch([.cancelRequested])
        #expect(cancelling.replaces(waiting) && !waiting.replaces(cancelling) && waiting.replaces(nil))
        #expect(!waiting.isOver(upon: before))
        let over = Order.after(
            [.accepted, .holdPlaced, .purchased(attempt: 1, number()), .observed(.timedOut)])
        #expect(waiting.isOver(upon: over))
    }

    @Test("a minder that stood still looks back at least as far as it stood still")
    func lookingBack() {
        for pause in [Duration.zero, .seconds(1), .seconds(14), .seconds(3600)] {
            #expect(Minding.lookBack(sinceLast: pause) > pause)
        }
    }

    @Test("a purchase that waited for longer than a call may take is not made, and is known not to be")
    func lateCalls() {
        let limit = Duration.seconds(15)
        #expect(PurchaseCall.isInTime(openedAt: start, now: start + limit, limit: limit))
        #expect(!PurchaseCall.isInTime(openedAt: start, now: start + limit + .microseconds(1), limit: limit))
        var order = Order.after([.accepted, .holdPlaced])
        #expect(order.handle(PurchaseCall.tooLate(attempt: 1), around()).closed == [.refused])
        #expect(order.retryAt != nil)
    }

    @Test("an orphan is closed only when it is known what became of it")
    func orphans() {
        func step(_ told: Result<Observation, Trouble>, asked: Bool = false) -> Reconciliation.Return {
            Reconciliation.giveBack(told, wasAsked: asked)
        }
        #expect(step(.success(Observation(status: .open))) == .ask(.cancel))
        #expect(step(.success(Observation(status: .open)), asked: true) == .wait)
        let withMessage = Observation(status: .open, messages: [text("a", hasCode: true)])
        // It is paid for, and ended so that the provider's books do not keep it open.
        #expect(step(.success(withMessage)) == .ask(.finish))
        #expect(step(.success(withMessage), asked: true) == .wait)
        for status in [Observation.Status.cancelled, .timedOut, .banned] {
            #expect(step(.success(Observation(status: status))) == .close(isRefunded: true))
        }
        #expect(step(.success(Observation(status: .finished))) == .close(isRefunded: false))
        #expect(step(.failure(.ended(isUnknown: true))) == .close(isRefunded: false))
        // It ended between the question and the cancellation: the next question tells how.
        #expect(step(.failure(.ended(isUnknown: true)), asked: true) == .wait)
        #expect(step(.failure(.away)) == .wait && step(.failure(.tooEarly(after: .seconds(1)))) == .wait)
    }

    @Test("a number that comes a second time, as after a commit whose answer was lost, changes nothing")
    func twice() {
        var order = Order.after([.accepted, .holdPlaced, .purchased(attempt: 1, number())])
        #expect(order.handle(.purchased(attempt: 1, number()), around()).isEmpty)
        #expect(order.handle(.purchased(attempt: 1, number("102")), around()).disowned == ["102"])
    }
}
