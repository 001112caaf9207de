import Choosing
import Contracts
import Database
import Demand
import JSON
import Kit
import VerificationCore

/// The SQL of orders. Every statement takes a whole batch.
enum OrderQueries {
    static let columns: SQL = """
        o.id, o.account_id, o.origin, o.request_id, o.service, o.country, o.capability, o.operator, o.area_code,
        o.pinned_provider, o.price, o.ceiling, o.metadata, o.created_at, o.traceparent, o.state, o.version::bigint, o.updated_at,
        o.hold_id, o.accepted_at, o.hold_state, o.attempts::bigint, o.has_open_intent, o.retry_at, o.cancel_mode,
        o.provider, o.reference, o.assigned_operator, o.cost, o.phone_sealed, o.assigned_at, o.expires_at,
        o.cancel_after, o.received_at, o.keeps_open, o.finishes_now, o.message_count::bigint,
        o.step_count::bigint, o.told_step_count::bigint, o.error_code, o.error_message, o.tried,
        o.call_mark::bigint, o.open_calls::bigint
        """

    /// Locks in the order of ids, so that batches never wait for each other in a circle.
    static func lock(_ ids: [ID]) -> SQL {
        "SELECT \(columns) FROM orders o WHERE o.id = ANY(\(ids)) ORDER BY o.id FOR UPDATE"
    }

    static func byRequest(_ accounts: [ID], _ requests: [String]) -> SQL {
        """
        SELECT \(columns) FROM orders o
        JOIN unnest(\(accounts), \(requests)) AS wanted(account_id, request_id)
            ON o.account_id = wanted.account_id AND o.request_id = wanted.request_id
        """
    }

    /// Repeats are left out; the answer names what is new.
    static func insert(_ orders: [Order]) -> SQL {
        """
        INSERT INTO orders (id, account_id, origin, request_id, service, country, capability, operator, area_code,
            pinned_provider, price, ceiling, metadata, created_at, traceparent, state, version, updated_at, accepted_at,
            hold_id, hold_state, attempts, has_open_intent, keeps_open, message_count, step_count, told_step_count, shard)
        SELECT id, account_id, origin, request_id, service, country, capability, operator, area_code, pinned_provider,
            price, ceiling, metadata, created_at, traceparent, state, version, updated_at, accepted_at, hold_id, hold_state,
            0, false, false, 0, step_count, told_step_count, shard
        FROM unnest(
            \(orders.map(\.id)), \(orders.map(\.accountID)), \(orders.map(\.origin.rawValue)), \(orders.map(\.requestID)),
            \(orders.map(\.service)), \(orders.map(\.country)), \(orders.map(\.capability.rawValue)),
            \(orders.map(\.operator)), \(orders.map(\.areaCode)), \(orders.map(\.pinnedProvider)), \(orders.map(\.price)),
            \(orders.map(\.ceiling)), \(orders.map(\.metadata)), \(orders.map(\.createdAt)), \(orders.map(\.traceparent)),
            \(orders.map(\.state.rawValue)), \(orders.map(\.version)), \(orders.map(\.updatedAt)),
            \(orders.map(\.acceptedAt)), \(orders.map(\.holdID)), \(orders.map(\.holdState.rawValue)),
            \(orders.map(\.stepCount)), \(orders.map(\.toldStepCount)), \(orders.map { Int($0.id.shard) }))
            AS n(id, account_id, origin, request_id, service, country, capability, operator, area_code, pinned_provider,
                price, ceiling, metadata, created_at, traceparent, state, version, updated_at, accepted_at, hold_id,
                hold_state, step_count, told_step_count, shard)
        ON CONFLICT DO NOTHING
        """
    }

    static func update(_ orders: [Order]) -> SQL {
        """
        UPDATE orders o SET state = u.state, version = u.version, updated_at = u.updated_at, hold_state = u.hold_state,
            attempts = u.attempts, has_open_intent = u.has_open_intent, retry_at = u.retry_at,
            cancel_mode = u.cancel_mode, provider = u.provider, reference = u.reference,
            assigned_operator = u.assigned_operator, cost = u.cost, phone_sealed = u.phone_sealed,
            assigned_at = u.assigned_at, expires_at = u.expires_at, cancel_after = u.cancel_after,
            received_at = u.received_at, keeps_open = u.keeps_open, finishes_now = u.finishes_now,
            message_count = u.message_count, step_count = u.step_count, told_step_count = u.told_step_count,
            error_code = u.error_code, error_message = u.error_message, shard = u.shard, tried = u.tried,
            hold_asks = CASE WHEN o.hold_state = u.hold_state THEN o.hold_asks ELSE 0 END
        FROM unnest(
            \(orders.map(\.id)), \(orders.map(\.state.rawValue)), \(orders.map(\.version)), \(orders.map(\.updatedAt)),
            \(orders.map(\.holdState.rawValue)), \(orders.map(\.attempts)), \(orders.map(\.hasOpenIntent)),
            \(orders.map(\.retryAt)), \(orders.map { $0.cancelMode?.rawValue }), \(orders.map(\.provider)),
            \(orders.map(\.reference)), \(orders.map(\.assignedOperator)), \(orders.map(\.cost)),
            \(orders.map(\.phoneSealed)), \(orders.map(\.assignedAt)), \(orders.map(\.expiresAt)),
            \(orders.map(\.cancelAfter)), \(orders.map(\.receivedAt)), \(orders.map(\.keepsOpen)),
            \(orders.map(\.finishesNow)), \(orders.map(\.messageCount)), \(orders.map(\.stepCount)),
            \(orders.map(\.toldStepCount)), \(orders.map { $0.errorCode?.rawValue }),
            \(orders.map(\.errorMessage)), \(orders.map { Int($0.id.shard) }), \(orders.map(OrderRow.tried))
        ) AS u(id, state, version, updated_at, hold_state, attempts, has_open_intent, retry_at, cancel_mode, provider,
            reference, assigned_operator, cost, phone_sealed, assigned_at, expires_at, cancel_after, received_at,
            keeps_open, finishes_now, message_count, step_count, told_step_count, error_code, error_message, shard, tried)
        WHERE o.id = u.id
        """
    }

    /// What can be bought for these orders.
    static func offers(for orders: [ID]) -> SQL {
        """
        SELECT o.country, o.service, o.provider, o.operator, o.cost, o.voice_cost, o.count::bigint, o.rate FROM offers o
        JOIN (SELECT DISTINCT country, service FROM orders WHERE id = ANY(\(orders))) AS wanted USING (country, service)
        """
    }

    /// What can be bought of these goods.
    static func offers(of goods: [Goods]) -> SQL {
        """
        SELECT o.country, o.service, o.provider, o.operator, o.cost, o.voice_cost, o.count::bigint, o.rate FROM offers o
        JOIN unnest(\(goods.map(\.country)), \(goods.map(\.service))) AS wanted(country, service)
            USING (country, service)
        """
    }

    /// Which of these numbers belong to an order, and to which.
    static func owners(of numbers: [BoughtNumber]) -> SQL {
        """
        SELECT p.provider, p.reference, p.order_id FROM provider_orders p
        JOIN unnest(\(numbers.map(\.provider)), \(numbers.map(\.reference))) AS wanted(provider, reference)
            USING (provider, reference) WHERE p.order_id IS NOT NULL
        """
    }

    /// Steps that no fact has told yet.
    static func untoldSteps(_ orders: [ID]) -> SQL {
        """
        SELECT s.order_id, s.number::bigint, s.at, s.step, s.cause, s.provider, s.cost, s.trace_id FROM steps s
        JOIN orders o ON o.id = s.order_id AND s.number > o.told_step_count
        WHERE o.id = ANY(\(orders)) AND o.told_step_count < o.step_count
        ORDER BY s.order_id, s.number
        """
    }

    /// All steps.
    static func steps(_ orders: [ID]) -> SQL {
        """
        SELECT order_id, number::bigint, at, step, cause, provider, cost, trace_id FROM steps
        WHERE order_id = ANY(\(orders)) ORDER BY order_id, number
        """
    }

    /// All messages.
    static func messages(_ orders: [ID]) -> SQL {
        """
        SELECT order_id, id, sealed, has_code, received_at FROM messages
        WHERE order_id = ANY(\(orders)) ORDER BY order_id, received_at, id
        """
    }

    /// Which of these ended because the provider gave the money back.
    static func refunded(_ orders: [ID]) -> SQL {
        "SELECT DISTINCT order_id FROM steps WHERE order_id = ANY(\(orders)) AND cause = \(Order.gaveBack)"
    }

    static func messageKeys(_ orders: [ID]) -> SQL {
        "SELECT order_id, key FROM messages WHERE order_id = ANY(\(orders))"
    }
}

/// A row of `OrderQueries.offers`.
struct OfferRow: Row {
    let country: String
    let service: String
    let offer: Offer

    init(_ columns: inout Columns) throws(DatabaseError) {
        country = try columns.next()
        service = try columns.next()
        offer = Offer(
            provider: try columns.next(), operator: try columns.next(), cost: try columns.next(),
            voiceCost: try columns.next(), count: try columns.next(), rate: try columns.next())
    }
}

/// A row of `OrderQueries.owners`.
struct OwnerRow: Row {
    let provider: String
    let reference: String
    let orderID: ID

    init(_ columns: inout Columns) throws(DatabaseError) {
        provider = try columns.next()
        reference = try columns.next()
        orderID = try columns.next()
    }
}

/// A row of `OrderQueries.untoldSteps`.
struct StepRow: Row {
    let orderID: ID
    let step: TimelineStep

    init(_ columns: inout Columns) throws(DatabaseError) {
        orderID = try columns.next()
        var step = TimelineStep()
        step.number = try columns.next()
        step.at = try columns.next()
        step.step = try columns.next()
        step.cause = try columns.next()
        step.provider = try columns.next()
        step.cost = try columns.next()
        step.traceID = try columns.next()
        self.step = step
    }
}

/// A row of `OrderQueries.messageKeys`.
struct MessageKeyRow: Row {
    let orderID: ID
    let key: String

    init(_ columns: inout Columns) throws(DatabaseError) {
        orderID = try columns.next()
        key = try columns.next()
    }
}
