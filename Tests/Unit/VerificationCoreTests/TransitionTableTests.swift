import Choosing
import Contracts
import Kit
import Testing

@testable import VerificationCore

/// What every event does in every state: the whole of the state machine at one glance.
@Suite("The state machine of an order")
struct TransitionTableTests {
    /// Every state, with the history that leads there; two of them twice, because what they have seen matters.
    private static let histories: [(name: String, events: [OrderEvent])] = [
        ("requested", []),
        ("funding", [.accepted]),
        ("purchasing", [.accepted, .holdPlaced]),
        ("paused", [.accepted, .holdPlaced, .purchaseRefused(attempt: 1, .later)]),
        ("waiting", [.accepted, .holdPlaced, .purchased(attempt: 1, number())]),
        ("texted", [.accepted, .holdPlaced, .purchased(attempt: 1, number()), .textWithoutCode]),
        ("cancelling", [.accepted, .holdPlaced, .purchased(attempt: 1, number()), .cancelRequested]),
        ("received", [.accepted, .holdPlaced, .purchased(attempt: 1, number()), .code]),
        ("completed", [.accepted, .holdPlaced, .purchased(attempt: 1, number()), .code, .observed(.finished)]),
        ("declined", [.accepted, .holdDeclined(.insufficientCredit)]),
        ("failed", [.accepted, .holdPlaced, .purchaseRefused(attempt: 1, .account)]),
        ("cancelled", [.accepted, .holdPlaced, .purchased(attempt: 1, number()), .observed(.cancelled)]),
        ("expired", [.accepted, .holdPlaced, .purchased(attempt: 1, number()), .observed(.timedOut)]),
    ]

    /// One row an event, one column a history. A name is the state it leads to; `.` nothing changes at all; `+` something
    /// is noted and the state stays; `x` refused, and nothing changes; `d` the number is given back.
    private static let table: [(event: OrderEvent, row: String)] = [
        (.accepted, "funding . . . . . . . . . . . ."),
        (.holdPlaced, ". purchasing . . . . . . . . . . ."),
        (.holdDeclined(.insufficientCredit), ". declined . . . . . . . . . . ."),
        (.purchaseDue, ". . . + . . . . . . . . ."),
        (.purchased(attempt: 1, number("202")), "d d waiting d d d d d d d d d d"),
        (.purchaseAdopted(attempt: 1, number("202")), "d d waiting d d d d d d d d d d"),
        (.purchased(attempt: 9, number("202")), "d d d d d d d d d d d d d"),
        (.purchased(attempt: 1, number("202", cost: 375_001)), "d d d d d d d d d d d d d"),
        (.purchaseRefused(attempt: 1, .later), ". . + . . . . . . . . . ."),
        (.purchaseRefused(attempt: 1, .outOfStock), ". . + . . . . . . . . . ."),
        (.purchaseRefused(attempt: 1, .overPrice), ". . + . . . . . . . . . ."),
        (.purchaseRefused(attempt: 1, .account), ". . failed . . . . . . . . . ."),
        (.purchaseRefused(attempt: 1, .ourMistake), ". . failed . . . . . . . . . ."),
        (.purchaseRefused(attempt: 9, .account), ". . . . . . . . . . . . ."),
        (.purchaseUnclear(attempt: 1, reason: "time-out"), ". . + . . . . . . . . . ."),
        (.purchaseUnclear(attempt: 9, reason: "time-out"), ". . . . . . . . . . . . ."),
        (.purchaseAbsent(attempt: 1), ". . + . . . . . . . . . ."),
        (.code, ". . . . received received received + . . . . ."),
        (.textWithoutCode, ". . . . + + + + . . . . ."),
        (.observed(.open), ". . . . . . . . . . . . ."),
        (.observed(.finished), ". . . . expired expired expired completed . . . . ."),
        (.observed(.cancelled), ". . . . cancelled cancelled cancelled completed . . . . ."),
        (.observed(.banned), ". . . . cancelled cancelled cancelled completed . . . . ."),
        (.observed(.timedOut), ". . . . expired expired expired completed . . . . ."),
        (.unknownToProvider, ". . . . purchasing expired purchasing completed . . . . ."),
        (.cancelRequested, "+ + + cancelled cancelling x . x x x x x x"),
        (.reportRequested, "x x x x cancelling x . x x x x x x"),
        (.completeRequested, "x x x x x received x + . x x x x"),
        (.anotherRequested, "x x x x x x x + x x x x x"),
        (.cancelRefused(.tooLate), ". . . . . . waiting . . . . . ."),
        (.cancelRefused(.tooEarly(until: start + .seconds(60))), ". . . . . . waiting . . . . . ."),
    ]

    @Test("every event does in every state what the table says, and nothing else", arguments: table.indices)
    func transitions(_ index: Int) throws {
        let (event, row) = Self.table[index]
        let cells = row.split(separator: " ").map(String.init)
        try #require(cells.count == Self.histories.count)
        for (history, cell) in zip(Self.histories, cells) {
            let before = Order.after(history.events)
            var order = before
            let effects = order.handle(event, around())
            let place: Comment = "\(event) in \(history.name): \(effects)"
            switch cell {
            case ".":
                #expect(effects.isEmpty && order == before, place)
            case "x":
                #expect(effects.count == 1 && effects.refusals.count == 1, place)
                var told = before
                told.version += 1
                told.updatedAt = order.updatedAt
                #expect(order == told, place)
            case "+":
                #expect(order.state == before.state && !effects.isEmpty && effects.refusals.isEmpty, place)
            case "d":
                #expect(order.state == before.state && effects.disowned == ["202"], place)
            default:
                #expect(order.state.rawValue == cell, place)
            }
        }
    }

    @Test("when the patience is over, only an order without a number ends; before, none does")
    func patience() {
        for history in Self.histories {
            let before = Order.after(history.events)
            var early = before
            #expect(early.handle(.patienceOver, around(.seconds(180))).isEmpty && early == before)
            var late = before
            _ = late.handle(.patienceOver, around(.seconds(181)))
            #expect(late.state == (before.state == .purchasing ? .failed : before.state), "\(history.name)")
        }
    }

    @Test("every state is in the table and every state has a word of the API")
    func complete() {
        #expect(Set(Self.histories.map { Order.after($0.events).state }) == Set(OrderState.allCases))
        let final = OrderState.allCases.filter(\.isFinal)
        #expect(Set(final) == [.completed, .declined, .failed, .cancelled, .expired])
        for state in final { #expect(state.status != .pending && state.status != .waitingSMS) }
    }
}
