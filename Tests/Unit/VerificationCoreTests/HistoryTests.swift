import Choosing
import Contracts
import JSON
import Kit
import Testing

@testable import VerificationCore

/// Every history of an order, as far as it differs from others: all events are tried in all situations that can be
/// reached, and what must hold about money and numbers is looked at after each step.
@Suite("All histories of an order")
struct HistoryTests {
    /// What the outside has seen of an order so far.
    private struct Seen: Hashable {
        var holds = 0
        var resolutions = 0
        var assigned: [String] = []
        var paid: Int64 = 0
        var refunded: Int64 = 0
        var openAttempt: Int?
    }

    private struct Situation: Hashable {
        var order: Order
        var seen: Seen
    }

    private static let policy = OrderPolicy(patience: .seconds(180), attemptLimit: 3, retryPause: .seconds(1))

    /// What may happen next. Events that the outside can only send when something was asked for, such as Billing's answers,
    /// are sent at any time all the same: the broker may repeat them.
    private static func events(_ order: Order) -> [OrderEvent] {
        var events: [OrderEvent] = [
            .accepted, .holdPlaced, .holdDeclined(.insufficientCredit), .holdResolved(.posted), .holdResolved(.voided),
            .purchaseDue, .patienceOver, .unknownToProvider, .cancelRequested, .reportRequested, .completeRequested,
            .anotherRequested, .cancelRefused(.tooLate), .cancelRefused(.tooEarly(until: start + .seconds(5))),
        ]
        for attempt in Set([order.attempts, max(1, order.attempts - 1)]) {
            events += Refusal.allCases.map { .purchaseRefused(attempt: attempt, $0) }
            events += [
                .purchased(attempt: attempt, number("n\(attempt)")),
                .purchased(attempt: attempt, number("dear\(attempt)", cost: 400_000)),
                .purchaseAdopted(attempt: attempt, number("n\(attempt)")), .purchaseAbsent(attempt: attempt),
                .purchaseUnclear(attempt: attempt, reason: "time-out"),
            ]
        }
        for status in Observation.Status.allCases {
            events.append(.observed(Observation(status: status)))
            // Two messages are as many as any number.
            guard order.messageCount < 2 else { continue }
            for hasCode in [false, true] {
                events.append(
                    .observed(
                        Observation(
                            status: status, messages: [message(order.messageCount, hasCode)],
                            expiresAt: start + .seconds(900))))
            }
        }
        return events
    }

    private static let messages = [ID.new(), ID.new()]
    private static func message(_ index: Int, _ hasCode: Bool) -> ObservedMessage {
        ObservedMessage(
            id: messages[index], key: "\(index)", sealed: "sealed", hasCode: hasCode,
            receivedAt: start + .seconds(20))
    }

    @Test("whatever happens in whatever order: one hold, resolved once, kept only for a code; no number forgotten")
    func explore() throws {
        // Of what does not steer the rules, one value is as good as another: situations that differ in it only are one.
        func essence(_ situation: Situation) -> Situation {
            var situation = situation
            situation.order.version = 0
            situation.order.updatedAt = start
            situation.order.stepCount = 0
            situation.order.errorMessage = nil
            situation.order.retryAt = situation.order.retryAt.map { _ in start }
            return situation
        }
        let first = Situation(order: makeOrder(), seen: Seen())
        var known: Set<Situation> = [essence(first)]
        var frontier = [first]
        var finals: Set<OrderState> = []
        var steps = 0
        while let situation = frontier.popLast() {
            for event in Self.events(situation.order) {
                for age in [Duration.seconds(2), .seconds(200)] {
                    var next = situation
                    let effects = next.order.handle(event, around(age, policy: Self.policy))
                    steps += 1
                    next.seen = try check(event, effects, from: situation, to: next.order)
                    if next.order.state.isFinal { finals.insert(next.order.state) }
                    if known.insert(essence(next)).inserted { frontier.append(next) }
                }
            }
        }
        #expect(finals == Set(OrderState.allCases.filter(\.isFinal)))
        // A search that found hardly anything would prove hardly anything.
        #expect(known.count > 500 && steps > 30_000, "\(known.count) situations, \(steps) steps")
    }

    /// What must hold about every single step.
    private func check(
        _ event: OrderEvent, _ effects: [OrderEffect], from before: Situation, to order: Order
    ) throws -> Seen {
        var seen = before.seen
        func place() -> Comment { "\(event) on \(before.order): \(effects)" }
        let old = before.order

        // Versions and facts.
        try #require(order.version == old.version + (effects.isEmpty ? 0 : 1), place())
        try #require(effects.facts.count <= 1, place())
        if effects.isEmpty { try #require(order.state == old.state, place()) }
        if order.state.status != old.state.status {
            // Whoever ordered over HTTP has been answered "pending" already.
            try #require(effects.facts.count == 1 || old.state == .requested, place())
        }
        if !effects.refusals.isEmpty { try #require(effects.posts + effects.voids == 0, place()) }

        // The customer's money: asked for once, resolved once, kept only for a message.
        seen.holds += effects.count { $0 == .placeHold }
        seen.resolutions += effects.posts + effects.voids
        try #require(seen.holds <= 1 && seen.resolutions <= seen.holds, place())
        if effects.posts == 1 { try #require(order.state == .received || order.state == .completed, place()) }
        if order.state == .received || order.state == .completed {
            try #require(order.messageCount > 0 && [.posting, .posted].contains(order.holdState), place())
        }
        if order.state.isFinal { try #require(order.holdState != .placed, place()) }
        if order.holdState == .placed { try #require(seen.resolutions == 0, place()) }

        // Numbers: one attempt at a time; each number is the order's own or given back.
        for attempt in effects.opened {
            try #require(attempt == old.attempts + 1 && attempt == order.attempts, place())
            try #require(seen.openAttempt == nil || !effects.closed.filter { !$0.isOpen }.isEmpty, place())
            seen.openAttempt = attempt
        }
        let isInDoubt = effects.contains { if case .disclaim = $0 { true } else { false } }
        if isInDoubt {
            seen.openAttempt = order.attempts
            seen.assigned.removeLast()
        }
        if effects.opened.isEmpty, effects.closed.contains(where: { !$0.isOpen }) { seen.openAttempt = nil }
        try #require((seen.openAttempt != nil) == order.hasOpenIntent, place())
        try #require(order.attempts <= Self.policy.attemptLimit, place())
        switch event {
        case .purchased(_, let number), .purchaseAdopted(_, let number):
            let isOurs = old.reference == nil && order.reference == number.reference
            let isKnown = old.reference == number.reference
            // The same said again, by a commit whose answer was lost: it is neither a new number nor one too many.
            if isKnown { try #require(effects.isEmpty, place()) }
            try #require(isKnown || isOurs != (effects.disowned == [number.reference]), place())
            if isOurs { seen.assigned.append(number.reference) }
        default:
            try #require(effects.disowned.isEmpty, place())
            try #require(order.reference == (isInDoubt ? nil : old.reference), place())
        }
        try #require(seen.assigned.count <= 1, place())

        // The provider's money: booked as paid once, when the order is decided; never more given back than paid.
        for settlement in effects.settlements {
            switch settlement.kind.known {
            case .charge: seen.paid += settlement.amount.micro
            case .refund: seen.refunded += settlement.amount.micro
            default: Issue.record(place())
            }
        }
        try #require(seen.paid <= (order.cost?.micro ?? 0) && seen.refunded <= seen.paid, place())
        if order.state.isFinal || order.state == .received {
            try #require(seen.paid == (order.cost?.micro ?? 0), place())
        }

        // What is over is over.
        if old.state.isFinal {
            try #require(order.state == old.state && order.messageCount == old.messageCount, place())
            try #require(effects.facts.isEmpty, place())
        }
        return seen
    }
}
