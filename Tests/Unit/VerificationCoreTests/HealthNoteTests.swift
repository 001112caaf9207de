import Choosing
import Contracts
import Demand
import JSON
import Kit
import Testing

@testable import VerificationCore

@Suite("What orders say of offers")
struct HealthNoteTests {
    private static let goods = Goods(country: "england", service: "telegram")

    /// What was noted, one after the other, of an order to which these things happened.
    private static func notes(_ events: [(OrderEvent, Duration)], of offers: [Offer] = offers) -> [HealthNote] {
        var order = makeOrder()
        return events.flatMap { event, age in
            let effects = order.handle(event, around(age, offers: offers))
            return Applied(order: order, effects: effects, traceparent: nil).healthNotes
        }
    }

    private static let bought: [(OrderEvent, Duration)] = [
        (.accepted, .seconds(0)), (.holdPlaced, .seconds(1)), (.purchased(attempt: 1, number()), .seconds(2)),
    ]

    private static func name(_ operator: String) -> OfferName { OfferName(provider: "fivesim", operator: `operator`) }

    @Test("a code is noted with how long it took, of the offer that was chosen")
    func code() {
        let notes = Self.notes(Self.bought + [(.code, .seconds(32))])
        #expect(
            notes == [
                HealthNote(
                    goods: Self.goods, name: Self.name("virtual4"), outcome: .code(after: .seconds(30)),
                    at: start + .seconds(32))
            ])
    }

    @Test("an end without a code is noted with how long was waited; a message without a code is neither")
    func silence() {
        let expired = Self.notes(Self.bought + [(.observed(.timedOut), .seconds(902))])
        #expect(expired.map(\.outcome) == [.silence(after: .seconds(900))])
        #expect(expired.map(\.name) == [Self.name("virtual4")])
        let read = Self.notes(Self.bought + [(.textWithoutCode, .seconds(9)), (.observed(.timedOut), .seconds(902))])
        #expect(read.isEmpty)
    }

    @Test("a refusal is noted of the offer that refused, not of the one that is tried next")
    func refused() {
        let notes = Self.notes([
            (.accepted, .seconds(0)), (.holdPlaced, .seconds(1)),
            (.purchaseRefused(attempt: 1, .outOfStock), .seconds(2)),
            (.purchaseRefused(attempt: 2, .overPrice), .seconds(3)),
            (.purchaseRefused(attempt: 3, .outOfStock), .seconds(4)),
        ])
        #expect(notes.map(\.name.operator) == ["virtual4", "virtual21", "vodafone"])
        #expect(notes.map(\.outcome) == [.refused(.outOfStock), .refused(.overPrice), .refused(.outOfStock)])
    }

    @Test("a provider that cannot now is noted once, and so is an answer that nobody understood")
    func outages() {
        let later = Self.notes([
            (.accepted, .seconds(0)), (.holdPlaced, .seconds(1)), (.purchaseRefused(attempt: 1, .later), .seconds(2)),
        ])
        #expect(later.map(\.outcome) == [.refused(.later)] && later.map(\.name.operator) == ["virtual4"])
        let unclear = Self.notes([
            (.accepted, .seconds(0)), (.holdPlaced, .seconds(1)),
            (.purchaseUnclear(attempt: 1, reason: "502"), .seconds(2)), (.purchaseAbsent(attempt: 1), .seconds(62)),
        ])
        #expect(unclear.map(\.outcome) == [.unclear, .refused(.later)])
    }

    @Test("what was noted is the same after it was kept and read again")
    func kept() throws {
        var window = HealthWindow(at: start)
        window.note(.code(after: .seconds(12)), at: start)
        window.note(.refused(.later), at: start + .seconds(5))
        window.note(.unclear, at: start + .seconds(6))
        window.note(.silence(after: .seconds(300)), at: start + .seconds(7))
        #expect(HealthWindow(window.json) == window)
        #expect(HealthWindow(["codes": 1]) == nil && HealthWindow("x") == nil)
    }
}

@Suite("Orders among several providers")
struct ManyProvidersTests {
    private static func offer(_ provider: String, _ operator: String, cost: Int64) -> Offer {
        Offer(provider: provider, operator: `operator`, cost: Money(micro: cost), count: 9, rate: 0.9)
    }
    private static let offers = [
        offer("one", "a", cost: 100_000), offer("one", "b", cost: 110_000), offer("two", "a", cost: 200_000),
        offer("three", "a", cost: 300_000),
    ]

    private static func handle(_ order: inout Order, _ event: OrderEvent) -> [OrderEffect] {
        order.handle(event, around(offers: offers))
    }

    private static func funded() -> Order {
        var order = makeOrder()
        _ = handle(&order, .accepted)
        _ = handle(&order, .holdPlaced)
        return order
    }

    private static func chosen(_ effects: [OrderEffect]) -> String? {
        for case .openIntent(_, let choice) in effects { return "\(choice.provider) \(choice.operator)" }
        return nil
    }

    @Test("an empty shelf leads to the next offer, also of the same provider; the last refusal ends the order")
    func shelves() {
        var order = Self.funded()
        #expect(order.tried == [OfferName(provider: "one", operator: "a")])
        var choices: [String?] = []
        for attempt in 1...4 {
            choices.append(Self.chosen(Self.handle(&order, .purchaseRefused(attempt: attempt, .outOfStock))))
        }
        #expect(choices == ["one b", "two a", "three a", nil])
        #expect(order.state == .failed && order.errorCode == .numberUnavailable)
    }

    @Test(
        "a provider that cannot sell at all is left with everything it sells, at once",
        arguments: [Refusal.later, .account, .ourMistake])
    func providers(_ refusal: Refusal) {
        var order = Self.funded()
        #expect(Self.chosen(Self.handle(&order, .purchaseRefused(attempt: 1, refusal))) == "two a")
        #expect(order.providerLeft == "one")
        #expect(Self.chosen(Self.handle(&order, .purchaseRefused(attempt: 2, refusal))) == "three a")
        let last = Self.handle(&order, .purchaseRefused(attempt: 3, refusal))
        #expect(Self.chosen(last) == nil)
        guard refusal == .later else {
            #expect(order.state == .failed && order.errorCode == .providerUnavailable)
            return
        }
        // Nobody can now: after a pause all are tried again, the best first.
        #expect(order.state == .purchasing && order.retryAt != nil)
        #expect(Self.chosen(Self.handle(&order, .purchaseDue)) == "one a")
        #expect(order.tried == [OfferName(provider: "one", operator: "a")])
    }

    @Test("a purchase that was shown not to exist is tried at another provider")
    func absent() {
        var order = Self.funded()
        _ = Self.handle(&order, .purchaseUnclear(attempt: 1, reason: "502"))
        #expect(Self.chosen(Self.handle(&order, .purchaseAbsent(attempt: 1))) == "two a")
    }

    @Test("who asks for one provider gets no other")
    func pinned() {
        var order = makeOrder(pinned: "two")
        _ = Self.handle(&order, .accepted)
        #expect(Self.chosen(Self.handle(&order, .holdPlaced)) == "two a")
        #expect(Self.chosen(Self.handle(&order, .purchaseRefused(attempt: 1, .outOfStock))) == nil)
        #expect(order.state == .failed)
    }

    @Test("a choice says in one line why, and what it would have been otherwise")
    func explained() throws {
        var order = makeOrder()
        _ = Self.handle(&order, .accepted)
        let effects = Self.handle(&order, .holdPlaced)
        guard
            case .openIntent(_, let choice)? = effects.first(where: { if case .openIntent = $0 { true } else { false } }
            )
        else {
            Issue.record("nothing was chosen")
            return
        }
        #expect(choice.explanation.hasPrefix("cheapest of 4, 0.1"))
        #expect(choice.explanation.contains("; next one b, 0.1"))
    }

    @Test("a voice order is for numbers that take calls, at what these cost")
    func voice() {
        let quiet = Offer(provider: "one", operator: "a", cost: Money(micro: 1), count: 9, rate: 1)
        let loud = Offer(
            provider: "two", operator: "a", cost: Money(micro: 1), voiceCost: Money(micro: 400_000), count: 9, rate: 1)
        #expect(quiet.having(.voice) == nil && quiet.having(.sms) == quiet)
        #expect(loud.having(.voice)?.cost == Money(micro: 400_000) && loud.having(.sms)?.cost == Money(micro: 1))
    }
}
