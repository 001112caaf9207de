import BillingCore
import Choosing
import Contracts
import GatewayCore
import Kit
import VerificationCore

/// What must hold, whatever happened.
extension World {
    /// A call that buys is being executed: the attempt must be one that may still buy, and no number bought for the order
    /// before may still be alive, but for one that went to another order, is known to be too many, or was too dear.
    func examine(order: ID, attempt: Int, ceiling: Money) {
        for purchase in provider.purchases.values where purchase.orderID == order && purchase.status == .open {
            let number = orders.numbers[purchase.reference]
            let isTooMany = number?.state == .orphan || number?.state == .returned || number?.state == .lost
            let isElsewhere = number?.orderID.map { $0 != order } ?? false
            if !isElsewhere, !isTooMany, !purchase.isForgotten, purchase.cost <= ceiling {
                fault("order \(order.short) buys for attempt \(attempt), and has \(purchase.reference) already")
            }
        }
        let intent = orders.intents.first { $0.orderID == order && $0.attempt == attempt }
        switch intent?.state {
        case .calling, .ambiguous: break
        // Numbers of a kind are interchangeable: the order may have been given another's meanwhile.
        case .adopted, .abandoned: break
        case .bought, .refused, .absent: fault("order \(order.short) buys for attempt \(attempt), which is over")
        case nil: fault("order \(order.short) buys for an attempt that was never written down")
        }
    }

    /// What still stands between a history and its end; nil when everything has come to rest.
    var unfinished: String? {
        for order in orders.rows.lazy.map(\.order) {
            if !order.state.isFinal { return "order \(order.id.short) is \(order.state.rawValue)" }
            switch order.holdState {
            case .posted, .voided, .declined: break
            default: return "the hold of order \(order.id.short) is \(order.holdState.rawValue)"
            }
        }
        for client in clients where client.isHTTP && !client.isAccepted { return "client \(client.key) has no answer" }
        if let intent = orders.intents.first(where: { $0.state.isOpen }) {
            return "intent \(intent.attempt) of order \(intent.orderID.short) is \(intent.state.rawValue)"
        }
        if !orders.unowned.isEmpty { return "numbers are nobody's: \(orders.unowned.sorted())" }
        for (name, outbox) in [("verification", orders.outbox), ("billing", ledger.outbox), ("gateway", views.outbox)]
        where !outbox.rows.isEmpty {
            return "the outbox of \(name) has \(outbox.rows.count) rows"
        }
        for queue in broker.queues where !queue.isEmpty { return "queue \(queue.name) is not empty" }
        if orders.rows.count < views.keys.count { return "an accepted request has no order" }
        return nil
    }

    /// A wish that nobody brings to the provider, though nothing stands in its way.
    var neglected: String? {
        orders.rows.first { $0.order.state == .cancelling && $0.order.updatedAt < time - .seconds(200) }
            .map { "order \($0.order.id.short) waits for its cancellation" }
    }

    /// Everything that must hold once a history is at rest.
    func proveAll() {
        for parked in broker.parked { fault("\(parked.message.summary) was parked: \(parked.reason)") }
        proveRequests()
        proveHolds()
        proveLedger()
        proveNumbers()
        proveViews()
        proveWishes()
    }

    /// Every accepted request has exactly one order, and no order is without a request.
    private func proveRequests() {
        for (key, id) in views.keys where orders.order(id) == nil { fault("request \(key) has no order") }
        for client in clients where client.isAccepted {
            if client.isHTTP {
                if views.keys[client.key] != client.orderID { fault("client \(client.key) was told of another order") }
            } else if orders.requests[OrderStore.RequestKey(account: client.account, request: client.key)] == nil {
                fault("request \(client.key) was confirmed and has no order")
            }
        }
        if orders.rows.count != views.keys.count + orders.requests.count { fault("an order has no request") }
    }

    /// Every hold is placed or declined once, and resolved once; who completed has paid, and nobody else has.
    private func proveHolds() {
        for order in orders.rows.map(\.order) {
            let name = order.id.short
            let resolution = ledger.resolutions[order.holdID]
            if ledger.transfers[order.holdID] == nil {
                if ledger.declined[order.holdID] == nil { fault("Billing does not know the hold of order \(name)") }
                if order.holdState != .declined {
                    fault("the hold of order \(name) was declined, not \(order.holdState)")
                }
                if order.state == .completed { fault("order \(name) is completed upon a declined hold") }
                continue
            }
            if (order.state == .completed) != (resolution?.kind == .post) {
                fault("order \(name) is \(order.state.rawValue), its hold \(resolution?.kind.rawValue ?? "open")")
            }
            if let resolution, resolution.amount != order.price || resolution.released != .zero {
                fault("of the hold of order \(name) \(resolution.amount) is resolved, not \(order.price)")
            }
            if order.state == .completed, order.messageCount == 0 {
                fault("order \(name) is charged without a message")
            }
        }
        let holds = ledger.transfers.values.count { $0.kind == .hold } + ledger.declined.count
        if holds != orders.rows.count { fault("\(holds) holds for \(orders.rows.count) orders") }
    }

    /// The counters are what the transfers sum to, and each transfer has both its sides.
    private func proveLedger() {
        var available: [ID: Int64] = [:]
        for transfer in ledger.transfers.values {
            switch transfer.kind {
            case .topUp: available[transfer.credit, default: 0] += transfer.amount.micro
            case .post: available[transfer.debit, default: 0] -= transfer.amount.micro
            case .hold, .void, .charge, .refund: break
            }
            if transfer.amount <= .zero || transfer.debit == transfer.credit { fault("a transfer moves nothing") }
        }
        for account in ledger.accounts.values {
            if account.pending != .zero { fault("\(account.pending) is held for nobody") }
            if account.available.micro != available[account.id, default: 0] {
                fault("an account has \(account.available), its transfers say \(available[account.id, default: 0])")
            }
            if let balance = views.balances[account.id], balance.available != account.available {
                fault("an account has \(account.available), its owner reads \(balance.available)")
            }
        }
        for (account, amount) in accounts {
            let sum = ledger.transfers.values.filter { $0.kind == .topUp && $0.credit == account }
                .reduce(Money.zero) { $0 + $1.amount }
            if sum != amount { fault("a top-up of \(amount) came to \(sum)") }
        }
    }

    /// What the provider sold is an order's, or given back, or booked as lost; and our books of it are the provider's.
    private func proveNumbers() {
        for reference in provider.references {
            guard let purchase = provider.purchases[reference] else { continue }
            let charge = ledger.settlements[.init(reference: reference, kind: .charge)]
            let refund = ledger.settlements[.init(reference: reference, kind: .refund)]
            guard let number = orders.numbers[reference] else {
                // What the provider itself has forgotten nobody can find.
                if !purchase.isForgotten { fault("\(reference) was bought, and nobody knows of it") }
                continue
            }
            switch number.state {
            case .linked:
                if number.orderID.flatMap({ orders.order($0) })?.reference != reference {
                    fault("\(reference) is linked to an order that does not have it")
                }
            case .unclaimed, .orphan: fault("\(reference) was left as \(number.state)")
            case .returned, .lost:
                if orders.rows.contains(where: { $0.order.reference == reference }) {
                    fault("\(reference) is an order's and \(number.state)")
                }
            }
            // One that was forgotten a moment after its sale was taken for a number under a wrong name.
            let isDisclaimed = purchase.isForgotten && number.state == .returned && charge == nil
            if charge?.amount != purchase.cost, !isDisclaimed {
                fault("\(reference) cost \(purchase.cost), booked: \(charge?.amount.description ?? "nothing")")
            }
            if let refund, refund.amount != purchase.cost {
                fault("of \(reference) \(refund.amount) is booked as given back")
            }
            // Booked as lost, and given back all the same: for one with a message, or forgotten, nobody could tell.
            let isUnsure = purchase.isForgotten || number.state == .lost && !purchase.messages.isEmpty
            if (refund != nil) != purchase.isRefunded, !isUnsure {
                fault("\(reference) is \(purchase.status), and a refund is \(refund == nil ? "not " : "")booked")
            }
        }
        for reference in orders.numbers.keys where provider.purchases[reference] == nil {
            fault("\(reference) was never sold")
        }
    }

    /// What clients read is what is.
    private func proveViews() {
        for order in orders.rows.map(\.order) {
            let name = order.id.short
            guard let view = views.views[order.id] else {
                fault("nobody can read order \(name)")
                continue
            }
            if view.status != order.state.status {
                fault("order \(name) is \(order.state.rawValue), read \(view.status.rawValue)")
            }
            if view.messages.count != order.messageCount {
                fault("order \(name) has \(order.messageCount) messages, read \(view.messages.count)")
            }
            if view.steps != Set(1..<(order.toldStepCount + 1)) {
                fault("order \(name) is read with a gap in its time-line")
            }
        }
        if witness.repeatedVersions > 0 { fault("a version was told twice") }
        for id in witness.facts where !views.events.contains(id) { fault("a fact never reached the clients") }
    }

    /// What a client asked for once is done at most once.
    private func proveWishes() {
        for client in clients where client.isHTTP {
            guard let id = client.orderID, let steps = orders.steps[id] else { continue }
            for kind in VerificationAction.Kind.allCases {
                let word = "\(kind.rawValue.split(separator: ".")[1])_requested"
                let done = steps.count { $0.step == word }
                if done > client.wishes[kind, default: 0] {
                    fault("\(client.wishes[kind, default: 0]) wishes of client \(client.key) became \(done) \(word)")
                }
            }
            let wishes = client.wishes.values.reduce(0, +)
            if witness.refusals[id, default: 0] > wishes {
                fault("\(wishes) wishes of client \(client.key) were refused \(witness.refusals[id, default: 0]) times")
            }
        }
    }
}
