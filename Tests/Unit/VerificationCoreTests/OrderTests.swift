import Choosing
import Contracts
import JSON
import Kit
import Testing

@testable import VerificationCore

@Suite("What an order says and asks for")
struct OrderTests {
    @Test("the plain case: hold, number, code, capture with the provider's charge, finish")
    func plain() throws {
        var order = makeOrder()
        #expect(order.handle(.accepted, around()).contains(.placeHold))
        let funded = order.handle(.holdPlaced, around())
        #expect(funded.opened == [1] && order.hasOpenIntent)
        guard
            case .openIntent(_, let choice)? = funded.first(where: { if case .openIntent = $0 { true } else { false } })
        else {
            Issue.record("no attempt was opened")
            return
        }
        #expect(choice.operator == "virtual4" && choice.ceiling == Money(micro: 375_000))
        #expect(choice.candidates.map(\.offer) == offers && choice.reason == .cheapest)
        let bought = order.handle(.purchased(attempt: 1, number()), around(.seconds(2)))
        #expect(bought.closed == [.bought] && bought.facts == [.numberAssigned])
        #expect(order.reference == "101" && order.assignedAt == start + .seconds(2) && !order.hasOpenIntent)
        let received = order.handle(.code, around(.seconds(20)))
        #expect(received.posts == 1 && received.facts == [.completed] && order.status == .completed)
        let charge = try #require(received.settlements.first)
        #expect(charge.kind.known == .charge && charge.amount == Money(micro: 100_000) && !charge.isLoss)
        #expect(charge.provider == "fivesim" && charge.reference == "101")
        #expect(order.handle(.holdResolved(.posted), around()).isEmpty && order.holdState == .posted)
        let finished = order.handle(.observed(.finished), around(.seconds(40)))
        #expect(finished.facts == [.finished] && finished.settlements.isEmpty && order.state == .completed)
    }

    @Test("an order that came over AMQP is told from its first step on, one over HTTP was answered already")
    func firstWord() {
        var http = makeOrder(origin: .http)
        var amqp = makeOrder(origin: .amqp)
        #expect(http.handle(.accepted, around()).facts.isEmpty)
        #expect(amqp.handle(.accepted, around()).facts == [.requested])
    }

    @Test("refusals go through the offers from the best to the last, then the order fails for that reason")
    func nextOffers() {
        for (refusal, code) in [(Refusal.outOfStock, ErrorCode.numberUnavailable), (.overPrice, .priceChanged)] {
            var order = Order.after([.accepted, .holdPlaced])
            #expect(order.handle(.purchaseRefused(attempt: 1, refusal), around()).opened == [2])
            #expect(order.handle(.purchaseRefused(attempt: 2, refusal), around()).opened == [3])
            let last = order.handle(.purchaseRefused(attempt: 3, refusal), around())
            #expect(order.state == .failed && order.errorCode == code && last.voids == 1 && last.facts == [.failed])
        }
    }

    @Test("a provider that cannot sell now is asked again after growing pauses, round the offers, within the limit")
    func later() {
        var order = Order.after([.accepted, .holdPlaced])
        var pauses: [Duration] = []
        for attempt in 1...8 {
            #expect(order.attempts == attempt)
            _ = order.handle(.purchaseRefused(attempt: attempt, .later), around())
            if let at = order.retryAt { pauses.append(at - (start + .seconds(1))) }
            _ = order.handle(.purchaseDue, around())
        }
        #expect(pauses == [2, 4, 8, 16, 32, 32, 32, 32].map { .seconds($0) })
        #expect(order.state == .failed && order.errorCode == .providerUnavailable)
    }

    @Test("without an offer the order fails with the reason that the customer can act on")
    func noOffers() {
        func failure(_ order: Order, _ offers: [Offer]) -> ErrorCode? {
            var order = order
            _ = order.handle(.accepted, around())
            let effects = order.handle(.holdPlaced, around(offers: offers))
            #expect(order.state == .failed && effects.voids == 1 && effects.opened.isEmpty)
            return order.errorCode
        }
        #expect(failure(makeOrder(), []) == .noOffer)
        #expect(failure(makeOrder(operator: "nobody"), offers) == .noOffer)
        #expect(failure(makeOrder(pinned: "another"), offers) == .noOffer)
        let empty = offers.map { Offer(provider: "p", operator: $0.operator, cost: $0.cost, count: 0, rate: nil) }
        #expect(failure(makeOrder(), empty) == .numberUnavailable)
        #expect(failure(makeOrder(price: Money(micro: 100_000)), offers) == .priceChanged)
    }

    @Test("a number that cost more than the price covers is given back and the next offer is tried")
    func tooDear() {
        var order = Order.after([.accepted, .holdPlaced])
        let effects = order.handle(.purchased(attempt: 1, number("9", cost: 375_001)), around())
        #expect(effects.disowned == ["9"] && effects.opened == [2] && order.reference == nil)
        var exact = Order.after([.accepted, .holdPlaced])
        _ = exact.handle(.purchased(attempt: 1, number("9", cost: 375_000)), around())
        #expect(exact.state == .waiting)
    }

    @Test("an unclear purchase stays open until it is found or shown not to exist")
    func unclear() {
        let unclear = Order.after([.accepted, .holdPlaced, .purchaseUnclear(attempt: 1, reason: "time-out")])
        #expect(unclear.state == .purchasing && unclear.hasOpenIntent)
        var due = unclear
        #expect(due.handle(.purchaseDue, around()).isEmpty)
        var adopted = unclear
        #expect(adopted.handle(.purchaseAdopted(attempt: 1, number()), around()).closed == [.adopted])
        #expect(adopted.state == .waiting)
        var absent = unclear
        #expect(absent.handle(.purchaseAbsent(attempt: 1), around()).closed == [.absent])
        #expect(absent.state == .purchasing && absent.retryAt != nil)
    }

    @Test("a number its provider does not know a moment after selling it is looked for in the list; later, it is lost")
    func wrongReference() {
        let waiting = Order.after([.accepted, .holdPlaced, .purchased(attempt: 1, number("wrong"))])
        var doubtful = waiting
        let effects = doubtful.handle(.unknownToProvider, around(.seconds(30)))
        #expect(effects.contains(.disclaim(provider: "fivesim", reference: "wrong")) && effects.closed == [.ambiguous])
        #expect(doubtful.state == .purchasing && doubtful.hasOpenIntent && doubtful.holdState == .placed)
        #expect(doubtful.reference == nil && doubtful.phoneSealed == nil && effects.facts == [.funded])
        #expect(doubtful.handle(.purchaseAdopted(attempt: 1, number("right")), around()).closed == [.adopted])
        #expect(doubtful.state == .waiting && doubtful.reference == "right")

        // The customer who cancelled meanwhile is not made to wait for a code.
        var cancelling = waiting
        _ = cancelling.handle(.cancelRequested, around())
        _ = cancelling.handle(.unknownToProvider, around(.seconds(30)))
        _ = cancelling.handle(.purchaseAdopted(attempt: 1, number("right")), around())
        #expect(cancelling.state == .cancelling)

        var old = waiting
        let late = old.handle(.unknownToProvider, around(.seconds(62)))
        #expect(old.state == .expired && late.voids == 1 && late.settlements.map(\.isLoss) == [true])
    }

    @Test("a number that is found after the order gave up waiting for it is given back, never used and never charged")
    func foundTooLate() {
        var order = Order.after([.accepted, .holdPlaced, .purchaseUnclear(attempt: 1, reason: "time-out")])
        #expect(order.handle(.patienceOver, around(.seconds(181))).voids == 1)
        let found = order.handle(.purchaseAdopted(attempt: 1, number("77")), around(.seconds(300)))
        #expect(found.disowned == ["77"] && found.closed == [.abandoned] && order.state == .failed)
        #expect(found.facts.isEmpty && found.settlements.isEmpty)
    }

    @Test("a cancellation before the number waits for what is on its way: the hold, or the purchase")
    func earlyCancel() {
        var funding = Order.after([.accepted, .cancelRequested])
        let placed = funding.handle(.holdPlaced, around())
        #expect(funding.state == .cancelled && placed.voids == 1 && placed.opened.isEmpty)

        var declined = Order.after([.accepted, .cancelRequested])
        _ = declined.handle(.holdDeclined(.insufficientCredit), around())
        #expect(declined.state == .cancelled && declined.errorCode == nil)

        var buying = Order.after([.accepted, .holdPlaced, .cancelRequested])
        #expect(buying.handle(.cancelRequested, around()).isEmpty)
        _ = buying.handle(.purchased(attempt: 1, number()), around())
        #expect(buying.state == .cancelling && buying.reference == "101")

        var refused = Order.after([.accepted, .holdPlaced, .cancelRequested])
        #expect(refused.handle(.purchaseRefused(attempt: 1, .outOfStock), around()).voids == 1)
        #expect(refused.state == .cancelled)
    }

    @Test("where the provider has a minimum age, an earlier cancellation is refused with the moment it will be taken")
    func minimumAge() {
        var order = Order.after([.accepted, .holdPlaced])
        let number = BoughtNumber(
            provider: "p", reference: "1", operator: nil, cost: .zero, phoneSealed: "s",
            expiresAt: start + .seconds(900), cancelAfter: start + .seconds(120))
        _ = order.handle(.purchased(attempt: 1, number), around())
        #expect(!order.canCancel(at: start + .seconds(119)) && order.canCancel(at: start + .seconds(120)))
        let early = order.handle(.cancelRequested, around(.seconds(119)))
        #expect(early.refusals == [.earlyCancel] && order.state == .waiting)
        _ = order.handle(.cancelRequested, around(.seconds(120)))
        #expect(order.state == .cancelling)
        let refused = order.handle(.cancelRefused(.tooEarly(until: start + .seconds(130))), around(.seconds(121)))
        #expect(refused.refusals == [.earlyCancel] && order.state == .waiting && order.cancelMode == nil)
        #expect(!order.canCancel(at: start + .seconds(129)) && order.canCancel(at: start + .seconds(130)))
        // A bad number may be reported at any age.
        _ = order.handle(.reportRequested, around(.seconds(122)))
        #expect(order.state == .cancelling && order.cancelMode == .report)
        #expect(order.handle(.cancelRefused(.tooLate), around()).refusals == [.notReportable])
    }

    @Test("a code that crosses a cancellation on its way wins: it is delivered and charged")
    func codeWhileCancelling() {
        var order = Order.after([.accepted, .holdPlaced, .purchased(attempt: 1, number()), .cancelRequested])
        let effects = order.handle(.code, around())
        #expect(order.state == .received && order.cancelMode == nil && effects.posts == 1)
        #expect(effects.facts == [.completed])
    }

    @Test("a code in the same answer as the provider's refund is charged, and the refund is ours")
    func codeAndRefund() {
        var order = Order.after([.accepted, .holdPlaced, .purchased(attempt: 1, number())])
        let effects = order.handle(
            .observed(Observation(status: .cancelled, messages: [text("a", hasCode: true)])), around())
        #expect(order.state == .completed && effects.posts == 1 && effects.facts == [.completed])
        #expect(effects.settlements.map(\.kind.known) == [.charge, .refund])
    }

    @Test("texts without a code that the provider keeps its money for are our loss, not the customer's")
    func textsWithoutCode() {
        var order = Order.after([.accepted, .holdPlaced, .purchased(attempt: 1, number()), .textWithoutCode])
        let effects = order.handle(.observed(.finished), around())
        #expect(order.state == .expired && effects.voids == 1 && effects.posts == 0)
        #expect(effects.settlements.map(\.isLoss) == [true])
    }

    @Test("a customer who read the code himself completes the order, and pays")
    func completedByHand() {
        var order = Order.after([.accepted, .holdPlaced, .purchased(attempt: 1, number()), .textWithoutCode])
        #expect(order.handle(.completeRequested, around()).posts == 1)
        // The provider's order is finished without waiting for more.
        #expect(order.state == .received && order.receivedAt == around().now && Watch(order)?.lingersFrom == nil)
    }

    @Test("another code can be asked for once, while the number is ours")
    func another() {
        var order = Order.after([.accepted, .holdPlaced, .purchased(attempt: 1, number()), .code])
        #expect(
            order.canRequestAnother(at: start + .seconds(899)) && !order.canRequestAnother(at: start + .seconds(900)))
        #expect(order.handle(.anotherRequested, around()).refusals.isEmpty && order.keepsOpen)
        #expect(order.handle(.anotherRequested, around()).refusals == [.notRepeatable])
        let second = order.handle(.code, around())
        #expect(second.posts == 0 && second.facts == [.messageReceived] && order.messageCount == 2)
    }

    @Test("a later end that the provider tells is the order's end")
    func laterEnd() {
        var order = Order.after([.accepted, .holdPlaced, .purchased(attempt: 1, number())])
        _ = order.handle(.observed(Observation(status: .open, expiresAt: start + .seconds(1000))), around())
        #expect(order.expiresAt == start + .seconds(1000))
    }

    @Test("a number that cost nothing leaves no entry for the provider")
    func free() {
        var order = Order.after([.accepted, .holdPlaced, .purchased(attempt: 1, number(cost: 0))])
        #expect(order.handle(.code, around()).settlements.isEmpty)
    }
}

extension Order {
    fileprivate var status: VerificationStatus { state.status }
}
