import Choosing
import Kit
import VerificationCore

/// The reconciler: one turn is many steps, with a question to the provider among them, and each step may be the last.
extension VerificationProcess {
    private static let grace = World.grace

    func reconcile() {
        guard !isReconciling else { return }
        let open = store.intents.filter { $0.state.isOpen }
        let isIdle = open.isEmpty && store.unowned.isEmpty
        guard !isIdle else { return }
        isReconciling = true
        let forlorn = open.filter { store.isForlorn($0) }
        for intent in forlorn where intent.state == .calling {
            submit(
                Change(
                    orderID: intent.orderID,
                    event: .purchaseUnclear(attempt: intent.attempt, reason: "no outcome was recorded")))
        }
        let unclear = open.filter { $0.state == .ambiguous || store.isForlorn($0) }
        guard !unclear.isEmpty else { return returnNumbers() }
        let readAt = world.time
        ask("read the provider's list", limit: World.callLimit, lost: nil as [ProviderModel.Purchase]?) { [self] in
            world.provider.list
        } then: { [self] list in
            guard let list else { return end() }
            settle(unclear, list, readAt: readAt)
        }
    }

    private func end() { isReconciling = false }

    private func settle(_ unclear: [OrderStore.Intent], _ list: [ProviderModel.Purchase], readAt: Timestamp) {
        let listed = list.map { told in
            Reconciliation.Listed(
                Reconciliation.Unclaimed(
                    reference: told.reference, service: told.service, country: told.country, cost: told.cost),
                createdAt: told.createdAt, isOpen: told.status == .open)
        }
        guard transaction({ store.remember(listed.map(\.number)) }) != nil else { return end() }
        after(world.dice.pause(0, 20), "match the list") { [self] in
            let verdict = Reconciliation.settle(
                unclear.map { intent in
                    Reconciliation.Unclear(
                        orderID: intent.orderID, attempt: intent.attempt, service: intent.service,
                        country: intent.country, ceiling: intent.ceiling, deadline: intent.deadline,
                        misses: intent.misses, lastMissAt: intent.lastMissAt)
                },
                against: Reconciliation.free(listed, unowned: store.unowned, readAt: readAt), readAt: readAt,
                grace: Self.grace)
            let numbers = Dictionary(uniqueKeysWithValues: list.map { ($0.reference, $0) })
            for (purchase, reference) in verdict.adopted.sorted(by: { $0.value < $1.value }) {
                guard let told = numbers[reference] else { continue }
                submit(
                    Change(
                        orderID: purchase.orderID,
                        event: .purchaseAdopted(attempt: purchase.attempt, world.provider.number(told))))
            }
            for purchase in verdict.absent {
                submit(
                    Change(orderID: purchase.orderID, event: .purchaseAbsent(attempt: purchase.attempt)))
            }
            if !verdict.missed.isEmpty { _ = transaction { store.miss(verdict.missed, readAt: readAt) } }
            returnNumbers()
        }
    }

    private func returnNumbers() {
        after(world.dice.pause(0, 20), "look for orphans") { [self] in
            _ = transaction { store.adoptUnclaimed(grace: Self.grace) }
            giveBack(store.orphans[...])
        }
    }

    private func giveBack(_ references: ArraySlice<String>) {
        guard let reference = references.first else { return end() }
        let rest = references.dropFirst()
        ask("hear of an orphan", .check, reference) { [self] told in
            let step = Reconciliation.giveBack(told, wasAsked: false)
            guard case .ask(let question) = step else { return close(reference, step, rest) }
            ask("hear of a returned orphan", question, reference) { [self] told in
                close(reference, Reconciliation.giveBack(told, wasAsked: true), rest)
            }
        }
    }

    private func close(_ reference: String, _ step: Reconciliation.Return, _ rest: ArraySlice<String>) {
        if case .close(let isRefunded) = step {
            _ = transaction { store.close(reference, isRefunded: isRefunded, cost: nil) }
        }
        giveBack(rest)
    }
}
