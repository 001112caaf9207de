import Choosing
import Contracts
import Kit

@testable import VerificationCore

let start = Timestamp(microseconds: 1_800_000_000_000_000)

/// Three operators of one provider, the best first.
let offers = [
    Offer(provider: "fivesim", operator: "virtual4", cost: Money(micro: 100_000), count: 50, rate: 0.9),
    Offer(provider: "fivesim", operator: "virtual21", cost: Money(micro: 200_000), count: 50, rate: 0.8),
    Offer(provider: "fivesim", operator: "vodafone", cost: Money(micro: 300_000), count: 50, rate: 0.5),
]

/// How orders are dealt with where no offer is drawn: which it would be follows from the order's id, which is by chance.
let steady: OrderPolicy = {
    var policy = OrderPolicy()
    policy.routing.exploration = 0
    return policy
}()

func around(_ age: Duration = .seconds(1), offers: [Offer] = offers, policy: OrderPolicy = steady) -> Surroundings {
    Surroundings(now: start + age, offers: offers.map { RoutedOffer($0) }, policy: policy)
}

func makeOrder(
    price: Money = Money(micro: 750_000), operator: String? = nil, pinned: String? = nil, origin: Order.Origin = .http
) -> Order {
    Order(
        id: ID.new(), accountID: ID.new(), origin: origin, requestID: "r-1", service: "telegram", country: "england",
        capability: .sms, operator: `operator`, areaCode: nil, pinnedProvider: pinned, price: price, metadata: nil,
        createdAt: start, traceparent: nil, holdID: ID.new())
}

func number(_ reference: String = "101", cost: Int64 = 100_000) -> BoughtNumber {
    BoughtNumber(
        provider: "fivesim", reference: reference, operator: "virtual4", cost: Money(micro: cost),
        phoneSealed: "sealed", expiresAt: start + .seconds(900), cancelAfter: nil)
}

func text(_ key: String, hasCode: Bool) -> ObservedMessage {
    ObservedMessage(id: ID.new(), key: key, sealed: "sealed", hasCode: hasCode, receivedAt: start + .seconds(20))
}

extension OrderEvent {
    static let code = OrderEvent.observed(Observation(status: .open, messages: [text("a", hasCode: true)]))
    static let textWithoutCode = OrderEvent.observed(Observation(status: .open, messages: [text("b", hasCode: false)]))
    static func observed(_ status: Observation.Status) -> OrderEvent { .observed(Observation(status: status)) }
}

extension Order {
    /// An order to which these things have happened, one after the other.
    static func after(_ events: [OrderEvent]) -> Order {
        var order = makeOrder()
        for event in events { _ = order.handle(event, around()) }
        return order
    }
}

extension [OrderEffect] {
    var facts: [VerificationFact.Kind] { compactMap { if case .fact(let kind) = $0 { kind } else { nil } } }
    var refusals: [ErrorCode] { compactMap { if case .refuse(let code, _, _) = $0 { code } else { nil } } }
    var disowned: [String] { compactMap { if case .disown(let number) = $0 { number.reference } else { nil } } }
    var stepNames: [String] { compactMap { if case .step(let name, _, _, _) = $0 { name } else { nil } } }
    var posts: Int { count { if case .postHold = $0 { true } else { false } } }
    var voids: Int { count { if case .voidHold = $0 { true } else { false } } }
    var opened: [Int] { compactMap { if case .openIntent(let attempt, _) = $0 { attempt } else { nil } } }
    var closed: [IntentState] { compactMap { if case .closeIntent(_, let state) = $0 { state } else { nil } } }
    /// Provider money, whichever way it is booked: what was paid, given back and lost.
    var settlements: [ProviderSettlement] {
        flatMap { effect -> [ProviderSettlement] in
            switch effect {
            case .postHold(let all), .voidHold(let all), .settle(let all): return all
            default: return []
            }
        }
    }
}
