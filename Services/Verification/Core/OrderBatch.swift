import Choosing
import Contracts
import Demand
import JSON
import Kit

/// Decides a batch of changes, in the order they were brought, upon what stood in the tables when their orders were
/// locked.
///
/// One batch lives for one transaction: the store fills it, each change is decided, and `changed` and `writes` are
/// written back together. It does no I/O and knows no clock but the moment it was given.
package struct OrderBatch: Sendable {
    /// A number, as its provider names it.
    package struct Claim: Hashable, Sendable {
        package let provider: String
        package let reference: String

        package init(provider: String, reference: String) {
            self.provider = provider
            self.reference = reference
        }
    }

    /// What else the tables have about the orders and about what the changes bring.
    package struct Known: Sendable {
        package var offers: [Goods: [RoutedOffer]] = [:]
        /// The offer that leads for these goods.
        package var last: [Goods: OfferName] = [:]
        /// The messages that each order has.
        package var messageKeys: [ID: Set<String>] = [:]
        /// The calls that each order has, by their keys.
        package var calls: [ID: [String: Call]] = [:]
        /// Numbers that belong to an order. Those of one kind are interchangeable until a message comes, so the
        /// reconciler may have given one that was just bought to another order whose purchase was unclear.
        package var claims: [Claim: ID] = [:]
        /// Steps that no fact has told yet.
        package var untold: [ID: [TimelineStep]] = [:]

        package init() {}
    }

    private let policy: OrderPolicy
    private let now: Timestamp
    private let before: [ID: Order]
    private var orders: [ID: Order]
    private var known: Known
    /// Everything but the orders themselves.
    package private(set) var writes: OrderWrites
    /// What was decided, in the order of the changes.
    package private(set) var applied: [Applied] = []

    package init(_ orders: [ID: Order], known: Known, policy: OrderPolicy, now: Timestamp) {
        self.orders = orders
        before = orders
        self.known = known
        self.policy = policy
        self.now = now
        writes = OrderWrites(untold: known.untold, now: now)
    }

    /// A batch of orders that are to be made.
    package init(new orders: [Order], policy: OrderPolicy, now: Timestamp) {
        self.init([:], known: Known(), policy: policy, now: now)
        for order in orders {
            var order = order
            order.version = 1
            let effects = order.handle(.accepted, Surroundings(now: now, policy: policy))
            writes.take(effects, event: .accepted, of: &order, under: order.traceparent)
            applied.append(Applied(order: order, effects: effects, traceparent: order.traceparent))
        }
    }

    /// A change to an order that does not exist changes nothing, and is not among those applied.
    package mutating func apply(_ change: Change) {
        guard var order = orders[change.orderID] else { return }
        let event = settle(change)
        let goods = Goods(country: order.country, service: order.service)
        let around = Surroundings(now: now, offers: known.offers[goods] ?? [], last: known.last[goods], policy: policy)
        let effects = order.handle(event, around)
        for case .storeCall(let call) in effects { known.calls[order.id, default: [:]][call.key] = call }
        let trace = change.traceparent ?? order.traceparent
        writes.take(effects, event: event, of: &order, under: trace)
        orders[order.id] = order
        applied.append(Applied(order: order, effects: effects, traceparent: trace))
    }

    /// The orders that are not as they were.
    package var changed: [Order] { orders.values.filter { before[$0.id] != $0 } }

    /// Takes out of an event what is known already.
    private mutating func settle(_ change: Change) -> OrderEvent {
        switch change.event {
        case .purchased(let attempt, let number), .purchaseAdopted(let attempt, let number):
            let claim = Claim(provider: number.provider, reference: number.reference)
            if let owner = known.claims[claim], owner != change.orderID {
                return .purchaseUnclear(attempt: attempt, reason: "the number was given to another order meanwhile")
            }
            return change.event
        case .observed(let observation) where !observation.messages.isEmpty || !observation.calls.isEmpty:
            var keys = known.messageKeys[change.orderID] ?? []
            let fresh = observation.messages.filter { keys.insert($0.key).inserted }
            known.messageKeys[change.orderID] = keys
            return .observed(
                Observation(
                    status: observation.status, messages: fresh, calls: settle(observation.calls, change.orderID),
                    expiresAt: observation.expiresAt, cost: observation.cost))
        case .callHeard(var heard):
            heard.known = known.calls[change.orderID]?[heard.key]
            return .callHeard(heard)
        default: return change.event
        }
    }

    /// Each call once, beside what is known of it.
    private func settle(_ told: [ObservedCall], _ order: ID) -> [ObservedCall] {
        var seen: Set<String> = []
        return told.filter { seen.insert($0.key).inserted }.map { one in
            var one = one
            one.known = known.calls[order]?[one.key]
            return one
        }
    }
}
