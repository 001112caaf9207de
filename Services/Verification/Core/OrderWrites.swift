import Choosing
import Contracts
import JSON
import Kit

/// Collects what a batch of changes writes besides the orders: rows for each table, and letters for the outbox.
package struct OrderWrites: Sendable {
    /// A purchase that is about to be made.
    package struct Opened: Sendable {
        package let order: Order
        package let attempt: Int
        package let choice: OfferChoice
    }
    /// How an attempt to buy stands now.
    package struct Closed: Sendable {
        package let orderID: ID
        package let attempt: Int
        package let state: IntentState
    }
    /// A line of an order's time-line.
    package struct Step: Sendable {
        package let orderID: ID
        package let step: TimelineStep
    }
    /// A message an order got.
    package struct Stored: Sendable {
        package let orderID: ID
        package let message: ObservedMessage
    }
    /// A call as it is known now.
    package struct StoredCall: Sendable {
        package let orderID: ID
        package let call: Call
    }
    /// A number a provider sold: an order's, or nobody's.
    package struct Sold: Sendable {
        package let number: BoughtNumber
        package let orderID: ID?
        package let attempt: Int?
        package let service: String
        package let country: String
    }
    /// A reference that names no number.
    package struct Disclaimed: Sendable {
        package let provider: String
        package let reference: String
    }
    /// What others are told.
    package enum Letter: Sendable {
        case place(PlaceHold)
        case resolve(ResolveHold.Kind, ResolveHold)
        case settle(SettleProvider)
        /// With the messages it brings, for those who may read them in clear.
        case fact(VerificationFact.Kind, VerificationFact, [ObservedMessage])
    }

    /// The moment of all that is written.
    package let now: Timestamp
    package private(set) var opened: [Opened] = []
    package private(set) var closed: [Closed] = []
    package private(set) var steps: [Step] = []
    package private(set) var messages: [Stored] = []
    /// Of several writings of one call the last.
    package private(set) var calls: [ID: StoredCall] = [:]
    /// What the orders with those calls know of all their calls.
    package private(set) var tallies: [ID: CallTally] = [:]
    package private(set) var sold: [Sold] = []
    package private(set) var disclaimed: [Disclaimed] = []
    /// Orders that went on to another provider.
    package private(set) var failovers: [ProviderFailover] = []
    /// A letter, with the order it is about and the place in the trace under which it goes.
    package struct Mail: Sendable {
        package let letter: Letter
        package let order: Order
        package let traceparent: String?
    }
    /// In the order they are to leave.
    package private(set) var letters: [Mail] = []
    /// Steps of earlier changes that no fact has told yet.
    private var untold: [ID: [TimelineStep]]

    package init(untold: [ID: [TimelineStep]], now: Timestamp) {
        self.untold = untold
        self.now = now
    }

    /// Takes the effects of one change. Steps are numbered here, hence the order is written back. Letters go out under
    /// the given place in the trace.
    package mutating func take(
        _ effects: [OrderEffect], event: OrderEvent, of order: inout Order, under trace: String?
    ) {
        var newSteps: [TimelineStep] = []
        var newMessages: [ObservedMessage] = []
        var newCalls: [Call] = []
        for effect in effects {
            switch effect {
            case .step(let name, let cause, let provider, let cost):
                order.stepCount += 1
                var step = TimelineStep()
                step.number = order.stepCount
                step.at = now
                step.step = name
                step.cause = cause
                step.provider = provider
                step.cost = cost
                step.traceID = order.traceparent.flatMap(Self.traceID)
                newSteps.append(step)
            case .store(let message): newMessages.append(message)
            case .storeCall(let call): newCalls.append(call)
            default: break
            }
        }
        steps += newSteps.map { Step(orderID: order.id, step: $0) }
        messages += newMessages.map { Stored(orderID: order.id, message: $0) }
        for call in newCalls { calls[call.id] = StoredCall(orderID: order.id, call: call) }
        if !newCalls.isEmpty { tallies[order.id] = order.calls }
        untold[order.id, default: []] += newSteps
        for effect in effects {
            switch effect {
            case .step, .store, .storeCall: break
            case .placeHold: letters.append(Mail(letter: Self.placing(order), order: order, traceparent: trace))
            case .postHold(let settlements):
                letters.append(
                    Mail(letter: Self.resolving(.post, order, settlements), order: order, traceparent: trace))
            case .voidHold(let settlements):
                letters.append(
                    Mail(letter: Self.resolving(.void, order, settlements), order: order, traceparent: trace))
            case .settle(let settlements):
                guard !settlements.isEmpty else { break }
                var message = SettleProvider()
                message.settlements = settlements
                letters.append(Mail(letter: .settle(message), order: order, traceparent: trace))
            case .openIntent(let attempt, let choice):
                opened.append(Opened(order: order, attempt: attempt, choice: choice))
                if let left = order.providerLeft { note(left, for: choice.provider, because: newSteps, order) }
            case .closeIntent(let attempt, let state):
                closed.append(Closed(orderID: order.id, attempt: attempt, state: state))
                if case .purchased(_, let number) = event, state == .bought {
                    link(number, to: order, attempt: attempt)
                } else if case .purchaseAdopted(_, let number) = event, state == .adopted {
                    link(number, to: order, attempt: attempt)
                }
            case .disown(let number):
                sold.append(
                    Sold(number: number, orderID: nil, attempt: nil, service: order.service, country: order.country))
            case .disclaim(let provider, let reference):
                disclaimed.append(Disclaimed(provider: provider, reference: reference))
            case .fact(let kind):
                let fact = FactWriter.fact(
                    of: order, messages: newMessages, calls: newCalls, steps: untold[order.id] ?? [], now: now)
                untold[order.id] = nil
                order.toldStepCount = order.stepCount
                letters.append(Mail(letter: .fact(kind, fact, newMessages), order: order, traceparent: trace))
            case .refuse(let code, let message, let retryAt):
                var fact = FactWriter.fact(of: order, messages: [], steps: [], now: now)
                fact.errorCode = code.rawValue
                fact.errorMessage = message
                fact.cancelAfter = retryAt ?? fact.cancelAfter
                letters.append(Mail(letter: .fact(.actionRefused, fact, []), order: order, traceparent: trace))
            }
        }
    }

    private mutating func note(_ left: String, for next: String, because steps: [TimelineStep], _ order: Order) {
        var failover = ProviderFailover()
        failover.id = .new()
        failover.at = now
        failover.kind = Open(.order)
        failover.provider = left
        failover.after = next
        failover.cause = steps.last { $0.step == "purchase_refused" }?.cause
        failover.orderID = order.id
        failovers.append(failover)
    }

    private mutating func link(_ number: BoughtNumber, to order: Order, attempt: Int) {
        sold.append(
            Sold(number: number, orderID: order.id, attempt: attempt, service: order.service, country: order.country))
    }

    private static func placing(_ order: Order) -> Letter {
        var hold = PlaceHold()
        hold.holdID = order.holdID
        hold.orderID = order.id
        hold.accountID = order.accountID
        hold.amount = order.price
        return .place(hold)
    }

    private static func resolving(
        _ kind: ResolveHold.Kind, _ order: Order, _ settlements: [ProviderSettlement]
    ) -> Letter {
        var message = ResolveHold()
        message.holdID = order.holdID
        message.orderID = order.id
        message.accountID = order.accountID
        message.amount = kind == .post ? order.price : .zero
        message.settlements = settlements
        return .resolve(kind, message)
    }

    /// What Billing is to be asked once more when it has not answered about an order's hold, with all that the first
    /// question was to settle: Billing knows the hold by its id, and what the provider took or gave back by the number.
    /// Nil when nothing is to be answered. `isRefunded` is whether the order ended because the provider gave it back.
    package static func reminder(about order: Order, isRefunded: Bool) -> Letter? {
        switch order.holdState {
        case .placing: placing(order)
        case .posting: resolving(.post, order, order.settlements(isCharged: true, isRefunded: isRefunded))
        case .voiding: resolving(.void, order, order.settlements(isCharged: false, isRefunded: isRefunded))
        case .none, .placed, .declined, .posted, .voided: nil
        }
    }

    /// Everything that Billing was told of an order's hold before, for its answers to be told again.
    package static func repetitions(about order: Order, isRefunded: Bool) -> [Letter] {
        let resolution: Letter? =
            switch order.holdState {
            case .posting, .posted:
                resolving(.post, order, order.settlements(isCharged: true, isRefunded: isRefunded))
            case .voiding, .voided:
                resolving(.void, order, order.settlements(isCharged: false, isRefunded: isRefunded))
            case .none, .placing, .placed, .declined: nil
            }
        return (order.holdState == .none ? [] : [placing(order)]) + (resolution.map { [$0] } ?? [])
    }

    private static func traceID(_ traceparent: String) -> String? {
        let parts = traceparent.split(separator: "-")
        return parts.count >= 2 ? String(parts[1]) : nil
    }
}
