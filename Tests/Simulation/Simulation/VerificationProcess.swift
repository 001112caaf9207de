import Bus
import Choosing
import Contracts
import JSON
import Kit
import VerificationCore

/// A worker of Verification: takes commands and Billing's facts, buys, minds what is open, and keeps the books straight.
final class VerificationProcess: Process {
    let store: OrderStore
    private lazy var relay = Relay(self, store.outbox, store.leases)
    // Memory, gone with the process.
    var watches = WatchList()
    var owned: Set<Int> = []
    var minderWakesAt: Int64 = .max
    var isReconciling = false
    var learnedAt: Timestamp

    init(_ world: World, name: String, _ store: OrderStore) {
        self.store = store
        learnedAt = world.start
        super.init(world, name: name)
        consumers = [
            Consumer(self, world.broker.commands) { [unowned self] in take(commands: $0) },
            Consumer(self, world.broker.events) { [unowned self] in take(facts: $0) },
        ]
    }

    override func begin() {
        relay.lookLater()
        beat()
    }

    override func forget() {
        relay.forget()
        watches = WatchList()
        owned = []
        minderWakesAt = .max
        isReconciling = false
        learnedAt = world.time
    }

    /// What is done again and again: leases, sweeps, reconciliation.
    private func beat() {
        keepLeases()
        if store.leases.hold("sweep", by: self, for: 15) { sweep() }
        if store.leases.hold("reconcile", by: self, for: 15) { reconcile() }
        // Less often when there is nothing to look after: whatever begins anew is heard of otherwise.
        after(store.isBusy ? world.dice.pause(5000, 9000) : world.dice.pause(20_000, 30_000), "beat") { [self] in beat()
        }
    }

    // MARK: - Messages

    private func take(commands messages: [Message]) -> [Outcome]? {
        let stored = transaction { () -> ([Applied], Set<ID>) in
            var drafts: [Order] = []
            var actions: [(message: ID, change: Change)] = []
            for message in messages {
                switch message.body {
                case .request(let request):
                    if store.claim(message.id) {
                        drafts.append(Order(request, capability: .sms, traceparent: nil, holdID: world.newID()))
                    }
                case .action(let kind, let action):
                    if store.claim(message.id) {
                        actions.append((message.id, Change(orderID: action.verificationID, event: kind.event)))
                    }
                case .ingress(let wish) where wish.action == nil: drafts.append(order(wish))
                case .ingress, .command, .fact, .ledger: break
                }
            }
            var applied = store.accept(drafts)
            applied += store.apply(actions.map(\.change), by: instance)
            let touched = Set(applied.map(\.order.id))
            let missing = actions.filter { !touched.contains($0.change.orderID) }.map(\.message)
            // Their inbox rows go, so that the redelivery is not taken for a repeat.
            for id in missing { store.forget(id) }
            for message in messages {
                guard case .ingress(let wish) = message.body, let kind = wish.action,
                    let id = store.requests[OrderStore.RequestKey(account: wish.account, request: wish.requestID)]
                else { continue }
                applied += store.apply([Change(orderID: id, event: kind.event)], by: instance)
            }
            return (applied, Set(missing))
        }
        guard let (applied, missing) = stored else { return nil }
        react(applied)
        return messages.map { missing.contains($0.id) ? .retry(reason: "the order is not known yet") : .done }
    }

    private func order(_ wish: Message.Wish) -> Order {
        Order(
            id: world.newID(), accountID: wish.account, origin: .amqp, requestID: wish.requestID,
            service: wish.service, country: wish.country, capability: .sms, operator: nil, areaCode: nil,
            pinnedProvider: nil, price: wish.price, metadata: nil, createdAt: world.time, traceparent: nil,
            holdID: world.newID())
    }

    private func take(facts messages: [Message]) -> [Outcome]? {
        let applied = transaction { () -> [Applied] in
            var changes: [Change] = []
            for message in messages {
                guard case .ledger(let kind, let fact) = message.body, let change = Change(kind, fact),
                    store.claim(message.id)
                else { continue }
                changes.append(change)
            }
            return store.apply(changes, by: instance)
        }
        guard let applied else { return nil }
        react(applied)
        return messages.map { _ in .done }
    }

    // MARK: - Changes

    /// Brings a change to the tables, again and again until it is known to be stored.
    func submit(_ change: Change, then: @escaping () -> Void = {}) {
        after(world.dice.pause(0, 20), "record a change") { [self] in
            guard let applied = transaction({ store.apply([change], by: instance) }) else {
                return after(world.dice.pause(50, 2000), "record a change again") { [self] in
                    submit(change, then: then)
                }
            }
            react(applied)
            then()
        }
    }

    /// Does what committed changes asked for.
    private func react(_ all: [Applied]) {
        guard !all.isEmpty else { return }
        // Others commit between a commit and the word of it.
        after(world.dice.pause(0, world.dice.chance(500) ? 500 : 5), "react to a commit") { [self] in reactNow(all) }
    }

    private func reactNow(_ all: [Applied]) {
        for applied in all {
            for effect in applied.effects {
                if case .openIntent(let attempt, let choice) = effect {
                    buy(applied.order, attempt: attempt, choice, openedAt: applied.order.updatedAt)
                }
            }
            mind(applied.order)
        }
    }

    // MARK: - Buying

    private func buy(_ order: Order, attempt: Int, _ choice: OfferChoice, openedAt: Timestamp) {
        after(world.dice.pause(0, world.dice.chance(300) ? 60_000 : 50), "call to buy") { [self] in
            guard PurchaseCall.isInTime(openedAt: openedAt, now: world.time, limit: World.callLimit) else {
                return submit(Change(orderID: order.id, event: PurchaseCall.tooLate(attempt: attempt)))
            }
            ask("hear of a purchase", limit: World.callLimit, lost: ProviderModel.Sale.unclear) { [self] in
                world.provider.buy(order, attempt: attempt, choice)
            } then: { [self] sale in
                let event: OrderEvent =
                    switch sale {
                    case .sold(let number): .purchased(attempt: attempt, number)
                    case .refused(let refusal): .purchaseRefused(attempt: attempt, refusal)
                    case .unclear where world.mutation == .retryUnknown: .purchaseRefused(attempt: attempt, .later)
                    case .unclear: .purchaseUnclear(attempt: attempt, reason: "no answer")
                    }
                submit(Change(orderID: order.id, event: event))
            }
        }
    }

    // MARK: - Sweeping

    private func sweep() {
        for id in store.dueToBuy { submit(Change(orderID: id, event: .purchaseDue)) }
        for id in store.impatient { submit(Change(orderID: id, event: .patienceOver)) }
        _ = transaction { store.remind() }
    }
}
