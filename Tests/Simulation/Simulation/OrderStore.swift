import Choosing
import Contracts
import Demand
import JSON
import Kit
import VerificationCore

/// The tables of Verification, with their constraints. What a constraint would refuse is a fault: no rule may ask for it.
final class OrderStore {
    struct Intent {
        let orderID: ID
        let attempt: Int
        let service: String
        let country: String
        let ceiling: Money
        var state: IntentState
        let worker: Int
        let sentAt: Timestamp
        let deadline: Timestamp
        var misses = 0
        var lastMissAt: Timestamp?
    }
    enum NumberState { case linked, unclaimed, orphan, returned, lost }
    struct Number {
        let reference: String
        var orderID: ID?
        let service: String
        let country: String
        var cost: Money
        var state: NumberState
        let firstSeen: Timestamp
    }
    struct RequestKey: Hashable {
        let account: ID
        let request: String
    }

    private unowned(unsafe) let world: World
    let outbox: OutboxTable
    let leases: Leases
    /// In the order they were made.
    private(set) var rows: [OrderRow] = []
    private var places: [ID: OrderRow] = [:]
    private(set) var requests: [RequestKey: ID] = [:]
    /// In the order they were opened.
    private(set) var intents: [Intent] = []
    private(set) var numbers: [String: Number] = [:]
    private(set) var steps: [ID: [TimelineStep]] = [:]
    private var keys: [ID: Set<String>] = [:]
    private var inbox: Set<ID> = []
    private var workers: [Int: Timestamp] = [:]

    init(_ world: World) {
        self.world = world
        outbox = OutboxTable(world)
        leases = Leases(world)
    }

    // MARK: - The inbox

    /// Whether the message has not been claimed before.
    func claim(_ id: ID) -> Bool { inbox.insert(id).inserted || world.mutation == .skipInbox }

    func forget(_ id: ID) { inbox.remove(id) }

    // MARK: - Orders

    func order(_ id: ID) -> Order? { places[id]?.order }

    /// Makes those orders that are new, by their id and their request's.
    func accept(_ drafts: [Order]) -> [Applied] {
        var ids: Set<ID> = []
        var fresh: [Order] = []
        for draft in drafts where places[draft.id] == nil && ids.insert(draft.id).inserted {
            if let request = draft.requestID {
                let key = RequestKey(account: draft.accountID, request: request)
                guard requests[key] == nil else { continue }
                requests[key] = draft.id
            }
            fresh.append(draft)
        }
        guard !fresh.isEmpty else { return [] }
        let batch = OrderBatch(new: fresh, policy: world.policy, now: world.time)
        for applied in batch.applied {
            let row = OrderRow(applied.order)
            rows.append(row)
            places[applied.order.id] = row
        }
        write(batch.writes, by: 0)
        return batch.applied
    }

    /// What `OrderBook` does in a transaction.
    func apply(_ changes: [Change], by worker: Int) -> [Applied] {
        var locked: [ID: Order] = [:]
        for change in changes { locked[change.orderID] = places[change.orderID]?.order }
        var known = OrderBatch.Known()
        var changes = changes
        if world.mutation == .dropFence { changes = changes.map { unfenced($0, locked) } }
        for change in changes {
            guard let order = locked[change.orderID] else { continue }
            if change.event.mayBuy {
                let goods = Goods(country: order.country, service: order.service)
                known.offers[goods] = world.provider.offers(order.country).map { RoutedOffer($0) }
            }
            if change.event.bringsMessages { known.messageKeys[order.id] = keys[order.id] }
            if let number = change.event.number, let owner = numbers[number.reference]?.orderID,
                world.mutation != .ignoreClaims
            {
                known.claims[OrderBatch.Claim(provider: number.provider, reference: number.reference)] = owner
            }
            if order.toldStepCount < order.stepCount {
                known.untold[order.id] = (steps[order.id] ?? []).filter { $0.number > order.toldStepCount }
            }
        }
        var batch = OrderBatch(locked, known: known, policy: world.policy, now: world.time)
        for change in changes { batch.apply(change) }
        for order in batch.changed {
            places[order.id]?.order = order
            check(order)
        }
        for applied in batch.applied {
            for case .disown(let number) in applied.effects where number.reference == applied.order.reference {
                world.fault("order \(applied.order.id.short) disowns its own number")
            }
        }
        write(batch.writes, by: worker)
        if world.isRecording {
            for applied in batch.applied where !applied.effects.isEmpty {
                world.log(
                    "order \(applied.order.id.short) v\(applied.order.version) \(applied.order.state.rawValue)/"
                        + "\(applied.order.holdState.rawValue): \(applied.effects.compactMap(\.word))")
            }
        }
        return batch.applied
    }

    private func unfenced(_ change: Change, _ orders: [ID: Order]) -> Change {
        let attempt = orders[change.orderID]?.attempts ?? 0
        let event: OrderEvent =
            switch change.event {
            case .purchased(_, let number): .purchased(attempt: attempt, number)
            case .purchaseRefused(_, let refusal): .purchaseRefused(attempt: attempt, refusal)
            default: change.event
            }
        return Change(orderID: change.orderID, event: event)
    }

    private func write(_ writes: OrderWrites, by worker: Int) {
        for closed in writes.closed {
            guard
                let place = intents.firstIndex(where: { $0.orderID == closed.orderID && $0.attempt == closed.attempt })
            else { continue }
            if intents[place].state != .adopted, closed.state == .adopted { world.tally.adopted += 1 }
            intents[place].state = closed.state
        }
        for opened in writes.opened {
            if intents.contains(where: { $0.orderID == opened.order.id && $0.state.isOpen }) {
                world.fault("order \(opened.order.id.short) begins a purchase while another is unresolved")
            }
            if intents.contains(where: { $0.orderID == opened.order.id && $0.attempt == opened.attempt }) {
                world.fault("order \(opened.order.id.short) has attempt \(opened.attempt) twice")
            }
            intents.append(
                Intent(
                    orderID: opened.order.id, attempt: opened.attempt, service: opened.order.service,
                    country: opened.order.country, ceiling: opened.choice.ceiling, state: .calling, worker: worker,
                    sentAt: writes.now, deadline: writes.now + World.callLimit))
        }
        for sold in writes.sold { remember(sold) }
        for disclaimed in writes.disclaimed {
            numbers[disclaimed.reference]?.orderID = nil
            numbers[disclaimed.reference]?.state = .returned
        }
        for stored in writes.messages {
            if !keys[stored.orderID, default: []].insert(stored.message.key).inserted {
                world.fault("order \(stored.orderID.short) has a message twice")
            }
        }
        for written in writes.steps {
            if written.step.number != (steps[written.orderID]?.count ?? 0) + 1 {
                world.fault("order \(written.orderID.short) has a gap in its time-line")
            }
            steps[written.orderID, default: []].append(written.step)
        }
        guard !writes.letters.isEmpty else { return }
        outbox.write(
            writes.letters.map { mail in
                switch mail.letter {
                case .place(let hold): .command(.place(hold))
                case .resolve(let kind, let resolution): .command(.resolve(kind, resolution))
                case .settle(let settlements): .command(.settle(settlements))
                case .fact(let kind, let fact, _): .fact(kind, fact)
                }
            })
    }

    /// What the table's own constraints say of an order.
    private func check(_ order: Order) {
        let isCharged = order.holdState == .posting || order.holdState == .posted
        if (order.state == .received || order.state == .completed) != isCharged {
            world.fault("order \(order.id.short) is \(order.state) and its hold \(order.holdState)")
        }
        if let reference = order.reference,
            rows.contains(where: { $0.order.reference == reference && $0.order.id != order.id })
        {
            world.fault("number \(reference) belongs to two orders")
        }
    }

    // MARK: - What providers sold

    private func remember(_ sold: OrderWrites.Sold) {
        let reference = sold.number.reference
        let state = sold.orderID == nil ? NumberState.orphan : .linked
        if var known = numbers[reference] {
            guard known.orderID == nil, known.state == .unclaimed || known.state == .orphan else { return }
            known.orderID = sold.orderID
            known.cost = sold.number.cost
            known.state = state
            numbers[reference] = known
        } else {
            numbers[reference] = Number(
                reference: reference, orderID: sold.orderID, service: sold.service, country: sold.country,
                cost: sold.number.cost, state: state, firstSeen: world.time)
        }
    }

    /// What a list tells; what is known already stays as it is.
    func remember(_ listed: [Reconciliation.Unclaimed]) {
        for row in listed where numbers[row.reference] == nil {
            numbers[row.reference] = Number(
                reference: row.reference, orderID: nil, service: row.service, country: row.country, cost: row.cost,
                state: .unclaimed, firstSeen: world.time)
        }
    }

    var unowned: Set<String> {
        Set(numbers.values.filter { $0.state == .unclaimed || $0.state == .orphan }.map(\.reference))
    }

    var orphans: [String] { numbers.values.filter { $0.state == .orphan }.map(\.reference).sorted() }

    func adoptUnclaimed(grace: Duration) {
        let limit = world.time - Reconciliation.orphanAge(grace: grace, call: World.callLimit)
        for (reference, number) in numbers where number.state == .unclaimed && number.firstSeen < limit {
            let isWanted = intents.contains {
                $0.state.isOpen && $0.service == number.service && $0.country == number.country
            }
            if !isWanted { numbers[reference]?.state = .orphan }
        }
    }

    func close(_ reference: String, isRefunded: Bool, cost: Money?) {
        guard numbers[reference]?.state == .orphan else { return }
        numbers[reference]?.state = isRefunded ? .returned : .lost
        if let cost { numbers[reference]?.cost = cost }
        world.tally.orphans += 1
        guard let cost = numbers[reference]?.cost,
            let message = Reconciliation.settlement(
                provider: World.providerName, reference: reference, cost: cost, isRefunded: isRefunded)
        else { return }
        outbox.write([.command(.settle(message))])
    }

    // MARK: - Intents and workers

    func isAlive(_ worker: Int, until: Timestamp) { workers[worker] = until }

    /// Whether nobody can be expected to tell the outcome any more.
    func isForlorn(_ intent: Intent) -> Bool {
        intent.deadline + .seconds(5) < world.time || (workers[intent.worker] ?? world.time) <= world.time
    }

    func miss(_ missed: [Reconciliation.Unclear], readAt: Timestamp) {
        for purchase in missed {
            guard
                let place = intents.firstIndex(where: {
                    $0.orderID == purchase.orderID && $0.attempt == purchase.attempt
                })
            else { continue }
            intents[place].misses += 1
            intents[place].lastMissAt = readAt
        }
    }

    // MARK: - Sweeping

    /// Whether anything waits for something.
    var isBusy: Bool {
        rows.contains { !$0.order.state.isFinal || $0.isUnanswered }
            || intents.contains { $0.state.isOpen }
            || numbers.values.contains { $0.state == .unclaimed || $0.state == .orphan }
    }

    var dueToBuy: [ID] {
        rows.filter { row in
            row.order.state == .purchasing && !row.order.hasOpenIntent
                && (row.order.retryAt ?? row.order.updatedAt + .seconds(5)) <= world.time
        }.map(\.order.id)
    }

    var impatient: [ID] {
        rows.filter { $0.order.state == .purchasing && $0.order.acceptedAt < world.time - world.policy.patience }
            .map(\.order.id)
    }

    /// Asks Billing again about what it has not answered.
    func remind() {
        let silent = rows.filter { $0.isUnanswered && $0.order.updatedAt < world.time - .seconds(30) }
        guard !silent.isEmpty else { return }
        outbox.write(
            silent.compactMap { row in
                let isRefunded = steps[row.order.id]?.contains { $0.cause == Order.gaveBack } ?? false
                return switch OrderWrites.reminder(about: row.order, isRefunded: isRefunded) {
                case .place(let hold): .command(.place(hold))
                case .resolve(let kind, let resolution): .command(.resolve(kind, resolution))
                case .settle, .fact, nil: nil
                }
            })
        for row in silent { row.order.updatedAt = world.time }
    }
}

/// A row of the table of orders, in a box of its own: looking at it copies nothing.
final class OrderRow {
    var order: Order

    init(_ order: Order) { self.order = order }

    /// Billing was asked about its hold, and has not answered.
    var isUnanswered: Bool {
        switch order.holdState {
        case .placing, .posting, .voiding: true
        case .none, .placed, .declined, .posted, .voided: false
        }
    }
}

extension OrderEffect {
    /// A word for the log.
    fileprivate var word: String? {
        switch self {
        case .placeHold: "place hold"
        case .postHold: "post hold"
        case .voidHold: "void hold"
        case .settle: "settle"
        case .openIntent(let attempt, let choice): "open intent \(attempt) at \(choice.operator)"
        case .closeIntent(let attempt, let state): "intent \(attempt) \(state.rawValue)"
        case .disown(let number): "disown \(number.reference)"
        case .disclaim(_, let reference): "disclaim \(reference)"
        case .store(let message): "store \(message.key)"
        case .storeCall(let call): "store call \(call.key)"
        case .fact(let kind): kind.rawValue
        case .refuse(let code, _, _): "refuse \(code.rawValue)"
        case .step: nil
        }
    }
}
