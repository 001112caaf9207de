import JSON
import Kit
import SandboxCore

/// How the controls show the simulation. Money is in whole micro-units, so that sums are exact.
enum ControlViews {
    static func account(_ account: Account) -> JSON {
        [
            "id": .integer(account.id), "token": .string(account.token),
            "balance_micro": .integer(account.balance.micro), "frozen_micro": .integer(account.frozen.micro),
            "spent_micro": .integer(account.spent.micro), "deposited_micro": .integer(account.deposited.micro),
            "rating": .number(Double(account.rating.hundredths) / 100),
            "suspended_until": account.rating.suspendedUntil.map { .string($0.description) } ?? .null,
            "open_orders": .integer(Int64(account.openCount)),
            "orders": .integer(Int64(account.activations.count + account.rentals.count)),
        ]
    }

    /// Accounts with the proof of each, orders by state, and the movements after `since`, which alone can be many.
    static func books(_ seller: Seller, _ dialect: any Dialect, since: Int, limit: Int) -> [UInt8] {
        var states: [Order.Status: Int] = [:]
        for order in seller.orders { states[order.status, default: 0] += 1 }
        let proofs = seller.accounts.enumerated().map { seller.books.prove($1, index: $0) }
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.key("now")
        writer.string(seller.now.description)
        writer.key("balanced")
        writer.bool(proofs.allSatisfy { $0 })
        writer.key("accounts")
        writer.beginArray()
        for (index, account) in seller.accounts.enumerated() {
            guard case .object(let members) = self.account(account) else { continue }
            JSON.object(members + [.init("balanced", .bool(proofs[index]))]).write(to: &writer)
        }
        writer.endArray()
        writer.key("orders")
        writer.beginObject()
        writer.key("total")
        writer.integer(Int64(seller.orders.count))
        for status in Order.Status.allCases {
            writer.key(status.rawValue)
            writer.integer(Int64(states[status] ?? 0))
        }
        writer.endObject()
        writer.key("movements")
        writer.beginArray()
        for movement in seller.books.movements.dropFirst(since).prefix(limit) {
            self.movement(movement, seller, dialect, to: &writer)
        }
        writer.endArray()
        writer.key("last_sequence")
        writer.integer(Int64(seller.books.movements.count))
        writer.endObject()
        return writer.bytes
    }

    private static func movement(
        _ movement: Books.Movement, _ seller: Seller, _ dialect: any Dialect, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("sequence")
        writer.integer(Int64(movement.sequence))
        writer.key("at")
        writer.string(movement.at.description)
        writer.key("account")
        writer.integer(seller.accounts[movement.account].id)
        writer.key("kind")
        writer.string(movement.kind.rawValue)
        writer.key("order")
        if let order = movement.order { writer.integer(order) } else { writer.null() }
        writer.key("reference")
        if let order = movement.order.flatMap({ seller.order($0) }) {
            writer.string(dialect.reference(of: order))
        } else {
            writer.null()
        }
        writer.key("amount_micro")
        writer.integer(movement.amount.micro)
        writer.key("balance_after_micro")
        writer.integer(movement.balanceAfter.micro)
        writer.key("frozen_after_micro")
        writer.integer(movement.frozenAfter.micro)
        writer.endObject()
    }

    static func requests(_ journal: RequestJournal, since: Int, limit: Int) -> JSON {
        [
            "last_sequence": .integer(Int64(journal.count)),
            "requests": .array(
                journal.since(since, limit: limit).map { entry in
                    [
                        "sequence": .integer(Int64(entry.sequence)), "at": .string(entry.at.description),
                        "method": .string(entry.method), "target": .string(entry.target),
                        "endpoint": .string(entry.endpoint), "status": .integer(Int64(entry.status)),
                        "fault": entry.fault.map { .string($0) } ?? .null,
                    ]
                }),
        ]
    }

    static func faults(_ plan: FaultPlan) -> JSON {
        [
            "faults": .array(
                plan.entries.map { entry in
                    [
                        "id": .integer(Int64(entry.id)), "endpoint": .string(entry.fault.endpoint),
                        "kind": .string(entry.fault.kind.rawValue),
                        "count_left": entry.fault.count.map { .integer(Int64($0)) } ?? .null,
                        "probability": .number(entry.fault.probability), "hits": .integer(Int64(entry.hits)),
                        "delay_ms": entry.fault.delay.map { .integer($0.milliseconds) } ?? .null,
                    ]
                }),
            "kinds": .array(Fault.Kind.allCases.map { .string($0.rawValue) }),
            "endpoints": .array(FaultPlan.endpoints.map { .string($0) }),
        ]
    }

    static func settings(_ world: Upstream.World) -> JSON {
        let settings = world.seller.settings
        let market = world.seller.market
        return [
            "seed": .string(String(world.seller.seed)), "now": .string(world.now.description),
            "lifetime_ms": .integer(settings.lifetime.milliseconds),
            "early_cancel_ms": .integer(settings.earlyCancel.milliseconds),
            "preparation_ms": .integer(settings.preparation.milliseconds),
            "reuse_within_ms": .integer(settings.reuseWithin.milliseconds),
            "order_error_status": .integer(Int64(settings.orderErrorStatus)),
            "enforces_rating": .bool(settings.enforcesRating),
            "requests_per_second": .integer(Int64(settings.requestsPerSecond ?? 0)),
            "market_moves": .bool(market.moves), "stock_depletes": .bool(market.depletes),
            "market_scripts": .integer(Int64(market.scripts.count)),
            "arrival": arrival(world.seller.arrivals.usual),
            "arrival_exceptions": .array(
                world.seller.arrivals.exceptions.map { exception in
                    let place = exception.place.flatMap { $0 < 0 ? nil : market.places[$0].country.slug }
                    let product = exception.product.flatMap { $0 < 0 ? nil : market.products[$0].slug }
                    return [
                        "country": place.map { .string($0) } ?? .null,
                        "product": product.map { .string($0) } ?? .null, "arrival": arrival(exception.arrival),
                    ]
                }),
            "latency": .array(
                world.faults.latencies.map {
                    [
                        "endpoint": .string($0.endpoint), "median_ms": .integer($0.median.milliseconds),
                        "spread": .number($0.spread),
                    ]
                }),
        ]
    }

    private static func arrival(_ arrival: Arrival) -> JSON {
        [
            "mode": .string(arrival.mode.rawValue), "median_ms": .integer(arrival.median.milliseconds),
            "spread": .number(arrival.spread), "chance": arrival.chance.map { .number($0) } ?? .null,
            "second": .number(arrival.second), "unparsed": .number(arrival.unparsed),
        ]
    }
}
