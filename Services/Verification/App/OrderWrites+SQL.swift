import Bus
import Choosing
import Contracts
import Database
import JSON
import Kit
import VerificationCore

extension OrderWrites {
    /// Everything but the orders themselves and what goes out, one statement per table, to go with them in one round trip.
    func statements(_ context: OrderContext) -> [SQL] {
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
            statements.append(
                """
                INSERT INTO intents (order_id, attempt, provider, operator, service, country, ceiling, reason, leader, candidates,
                    state, worker, sent_at, deadline)
                SELECT *, 'calling', \(context.worker), clock_timestamp(),
                    clock_timestamp() + make_interval(secs => \(context.callLimit.inSeconds)) FROM unnest(\(opened.map(\.order.id)),
                    \(opened.map(\.attempt)), \(opened.map(\.choice.provider)), \(opened.map(\.choice.operator)),
                    \(opened.map(\.order.service)), \(opened.map(\.order.country)), \(opened.map(\.choice.ceiling)),
                    \(opened.map(\.choice.reason.rawValue)),
                    \(opened.map { $0.choice.leader.map { "\($0.provider) \($0.operator)" } }), \(opened.map { Self.json($0.choice.candidates) }))
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
                WHERE provider_orders.order_id IS NULL AND provider_orders.state IN ('unclaimed', 'stock', 'orphan')
                """)
        }
        if !disclaimed.isEmpty {
            statements.append(
                """
                UPDATE provider_orders p SET order_id = NULL, attempt = NULL, cost = 0, state = 'returned'
                FROM unnest(\(disclaimed.map(\.provider)), \(disclaimed.map(\.reference))) AS d(provider, reference)
                WHERE p.provider = d.provider AND p.reference = d.reference AND p.state = 'linked'
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
        statements += callStatements
        if !steps.isEmpty {
            statements.append(
                """
                INSERT INTO steps (order_id, number, at, step, cause, provider, cost, trace_id) SELECT * FROM unnest(
                    \(steps.map(\.orderID)), \(steps.map(\.step.number)), \(steps.map(\.step.at)),
                    \(steps.map(\.step.step)), \(steps.map(\.step.cause)), \(steps.map(\.step.provider)),
                    \(steps.map(\.step.cost)), \(steps.map(\.step.traceID)))
                """)
        }
        if !failovers.isEmpty { statements.append(Failovers.insert(failovers)) }
        return statements
    }

    /// What goes out, in its order.
    func outgoing(_ context: OrderContext) throws -> [OutgoingMessage] {
        try letters.flatMap { try Self.messages($0, context, now: now) } + failovers.map(Failovers.message)
    }

    /// A letter as the bus carries it; what happened to an order of another company's service is told to that as well.
    private static func messages(
        _ mail: Mail, _ context: OrderContext, now: Timestamp
    ) throws -> [OutgoingMessage] {
        let order = mail.order
        guard case .fact(let kind, let fact, let messages) = mail.letter else {
            return [command(mail.letter, about: order, under: mail.traceparent)]
        }
        let message = OutgoingMessage(
            exchange: Channel.events.rawValue, routingKey: kind.rawValue, type: kind.rawValue, body: fact.json,
            correlationID: order.id.description, aggregate: order.id, version: order.version, tenant: order.accountID,
            traceparent: mail.traceparent)
        guard order.origin == .amqp else { return [message] }
        return [
            message, try context.tenants.result(kind, fact, eventID: message.id, order, messages, now: now),
        ]
    }

    /// A letter to Billing as the bus carries it.
    static func command(_ letter: Letter, about order: Order, under trace: String?) -> OutgoingMessage {
        let (type, body) =
            switch letter {
            case .place(let hold): (PlaceHold.type, hold.json)
            case .resolve(let kind, let resolution): (kind.rawValue, resolution.json)
            case .settle(let settlements): (SettleProvider.type, settlements.json)
            case .fact: preconditionFailure("a fact is not a command")
            }
        return OutgoingMessage(
            exchange: Channel.commands.rawValue, routingKey: type, type: type, body: body,
            correlationID: order.id.description, aggregate: order.id, version: order.version,
            tenant: order.accountID, traceparent: trace)
    }

    private static func json(_ candidates: [RoutingDecision.Candidate]) -> JSON { .array(candidates.map(\.json)) }
}
