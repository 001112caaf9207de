import Bus
import Contracts
import Database
import JSON
import Kit
import VerificationCore

/// Collects what a batch of changes writes, and turns it into one statement per table.
struct OrderWrites {
    private struct IntentOpened {
        let order: Order
        let attempt: Int
        let choice: OfferChoice
    }
    private struct StepWritten {
        let orderID: ID
        let step: TimelineStep
    }
    private struct MessageStored {
        let orderID: ID
        let message: ObservedMessage
    }
    private struct Sold {
        let number: BoughtNumber
        let orderID: ID?
        let attempt: Int?
        let service: String
        let country: String
    }

    private let context: OrderContext
    private let now: Timestamp
    private var opened: [IntentOpened] = []
    private var closed: [(orderID: ID, attempt: Int, state: IntentState)] = []
    private var steps: [StepWritten] = []
    private var messages: [MessageStored] = []
    private var sold: [Sold] = []
    private(set) var outgoing: [OutgoingMessage] = []
    /// Steps of earlier changes that no fact has told yet.
    private var untold: [ID: [TimelineStep]]

    init(_ context: OrderContext, untold: [ID: [TimelineStep]], now: Timestamp) {
        self.context = context
        self.untold = untold
        self.now = now
    }

    /// Takes the effects of one change. Steps are numbered here, hence the order is written back.
    mutating func take(_ effects: [OrderEffect], event: OrderEvent, of order: inout Order) throws {
        var newSteps: [TimelineStep] = []
        var newMessages: [ObservedMessage] = []
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
            default: break
            }
        }
        steps += newSteps.map { StepWritten(orderID: order.id, step: $0) }
        messages += newMessages.map { MessageStored(orderID: order.id, message: $0) }
        untold[order.id, default: []] += newSteps
        for effect in effects {
            switch effect {
            case .step, .store: break
            case .placeHold:
                var hold = PlaceHold()
                hold.holdID = order.holdID
                hold.orderID = order.id
                hold.accountID = order.accountID
                hold.amount = order.price
                command(hold, type: PlaceHold.type, about: order)
            case .postHold(let settlements): resolve(.post, order.price, settlements, of: order)
            case .voidHold(let settlements): resolve(.void, .zero, settlements, of: order)
            case .settle(let settlements):
                guard !settlements.isEmpty else { break }
                var message = SettleProvider()
                message.settlements = settlements
                command(message, type: SettleProvider.type, about: order)
            case .openIntent(let attempt, let choice):
                opened.append(IntentOpened(order: order, attempt: attempt, choice: choice))
            case .closeIntent(let attempt, let state):
                closed.append((order.id, attempt, state))
                if case .purchased(_, let number) = event, state == .bought {
                    link(number, to: order, attempt: attempt)
                } else if case .purchaseAdopted(_, let number) = event, state == .adopted {
                    link(number, to: order, attempt: attempt)
                }
            case .disown(let number):
                sold.append(
                    Sold(number: number, orderID: nil, attempt: nil, service: order.service, country: order.country))
            case .fact(let kind):
                let fact = context.facts.fact(
                    of: order, messages: newMessages, steps: untold[order.id] ?? [], now: now)
                untold[order.id] = nil
                order.toldStepCount = order.stepCount
                try tell(kind, fact, order, newMessages)
            case .refuse(let code, let message, let retryAt):
                var fact = context.facts.fact(of: order, messages: [], steps: [], now: now)
                fact.errorCode = code.rawValue
                fact.errorMessage = message
                fact.cancelAfter = retryAt ?? fact.cancelAfter
                try tell(.actionRefused, fact, order, [])
            }
        }
    }

    /// A result for a service that asked over AMQP, outside the life of an order.
    mutating func add(_ message: OutgoingMessage) { outgoing.append(message) }

    private mutating func link(_ number: BoughtNumber, to order: Order, attempt: Int) {
        sold.append(
            Sold(number: number, orderID: order.id, attempt: attempt, service: order.service, country: order.country))
    }

    private mutating func resolve(
        _ kind: ResolveHold.Kind, _ amount: Money, _ settlements: [ProviderSettlement], of order: Order
    ) {
        var message = ResolveHold()
        message.holdID = order.holdID
        message.orderID = order.id
        message.accountID = order.accountID
        message.amount = amount
        message.settlements = settlements
        command(message, type: kind.rawValue, about: order)
    }

    private mutating func command(_ body: some JSONRecord, type: String, about order: Order) {
        outgoing.append(
            OutgoingMessage(
                exchange: Channel.commands.rawValue, routingKey: type, type: type, body: body.json,
                correlationID: order.id.description, aggregate: order.id, version: order.version,
                tenant: order.accountID, traceparent: order.traceparent))
    }

    private mutating func tell(
        _ kind: VerificationFact.Kind, _ fact: VerificationFact, _ order: Order, _ messages: [ObservedMessage]
    ) throws {
        let message = OutgoingMessage(
            exchange: Channel.events.rawValue, routingKey: kind.rawValue, type: kind.rawValue, body: fact.json,
            correlationID: order.id.description, aggregate: order.id, version: order.version, tenant: order.accountID,
            traceparent: order.traceparent)
        outgoing.append(message)
        if order.origin == .amqp {
            outgoing.append(try context.tenants.result(kind, fact, eventID: message.id, order, messages, now: now))
        }
    }

    private static func traceID(_ traceparent: String) -> String? {
        let parts = traceparent.split(separator: "-")
        return parts.count >= 2 ? String(parts[1]) : nil
    }

    /// Everything but the orders themselves and what goes out, to go with them in one round trip.
    func statements(worker: ID, callLimit: Duration) -> [SQL] {
        var statements: [SQL] = []
        if !closed.isEmpty {
            statements.append(
                """
                UPDATE intents i SET state = c.state FROM unnest(\(closed.map(\.orderID)), \(closed.map(\.attempt)),
                    \(closed.map(\.state.rawValue))) AS c(order_id, attempt, state)
                WHERE i.order_id = c.order_id AND i.attempt = c.attempt
                """)
        }
        if !opened.isEmpty {
            let deadline = now + callLimit
            statements.append(
                """
                INSERT INTO intents (order_id, attempt, provider, operator, service, country, ceiling, candidates, state,
                    worker, sent_at, deadline)
                SELECT *, 'calling', \(worker), \(now), \(deadline) FROM unnest(\(opened.map(\.order.id)),
                    \(opened.map(\.attempt)), \(opened.map(\.choice.provider)), \(opened.map(\.choice.operator)),
                    \(opened.map(\.order.service)), \(opened.map(\.order.country)), \(opened.map(\.choice.ceiling)),
                    \(opened.map { Self.json($0.choice.candidates) }))
                """)
        }
        if !sold.isEmpty {
            statements.append(
                """
                INSERT INTO provider_orders (provider, reference, order_id, attempt, service, country, cost, state)
                SELECT * FROM unnest(\(sold.map(\.number.provider)), \(sold.map(\.number.reference)),
                    \(sold.map(\.orderID)), \(sold.map(\.attempt)), \(sold.map(\.service)), \(sold.map(\.country)),
                    \(sold.map(\.number.cost)), \(sold.map { $0.orderID == nil ? "orphan" : "linked" }))
                ON CONFLICT (provider, reference) DO UPDATE SET order_id = excluded.order_id,
                    attempt = excluded.attempt, cost = excluded.cost, state = excluded.state
                WHERE provider_orders.order_id IS NULL AND provider_orders.state IN ('unclaimed', 'orphan')
                """)
        }
        if !messages.isEmpty {
            statements.append(
                """
                INSERT INTO messages (id, order_id, key, sealed, has_code, received_at) SELECT * FROM unnest(
                    \(messages.map(\.message.id)), \(messages.map(\.orderID)), \(messages.map(\.message.key)),
                    \(messages.map(\.message.sealed)), \(messages.map(\.message.hasCode)),
                    \(messages.map(\.message.receivedAt)))
                """)
        }
        if !steps.isEmpty {
            statements.append(
                """
                INSERT INTO steps (order_id, number, at, step, cause, provider, cost, trace_id) SELECT * FROM unnest(
                    \(steps.map(\.orderID)), \(steps.map(\.step.number)), \(steps.map(\.step.at)),
                    \(steps.map(\.step.step)), \(steps.map(\.step.cause)), \(steps.map(\.step.provider)),
                    \(steps.map(\.step.cost)), \(steps.map(\.step.traceID)))
                """)
        }
        return statements
    }

    private static func json(_ candidates: [Offer]) -> JSON {
        .array(
            candidates.map { offer in
                var members: [JSON.Member] = [
                    .init("provider", .string(offer.provider)), .init("operator", .string(offer.operator)),
                    .init("cost", .string(offer.cost.description)), .init("count", .integer(Int64(offer.count))),
                ]
                if let rate = offer.rate { members.append(.init("rate", .number(rate))) }
                return .object(members)
            })
    }
}
