import BillingCore
import Contracts
import JSON
import Kit

/// The tables of Billing, with their constraints.
final class LedgerStore {
    struct Settlement: Hashable {
        let reference: String
        let kind: Transfer.Kind
    }

    private unowned(unsafe) let world: World
    let outbox: OutboxTable
    let leases: Leases
    private(set) var accounts: [ID: Account] = [:]
    private(set) var transfers: [ID: Transfer] = [:]
    private(set) var resolutions: [ID: Transfer] = [:]
    private(set) var settlements: [Settlement: Transfer] = [:]
    private(set) var declined: [ID: DeclinedHold] = [:]
    private var inbox: Set<ID> = []

    init(_ world: World) {
        self.world = world
        outbox = OutboxTable(world)
        leases = Leases(world)
    }

    /// What Billing does with a batch in a transaction.
    func run(_ messages: [(id: ID, command: Command)]) -> [Verdict] {
        var known: [Account] = []
        var entries: [ID: Entry] = [:]
        for (_, command) in messages {
            if let id = command.accountID {
                if command.opensAccount, accounts[id] == nil { accounts[id] = Account(id: id, kind: .customer) }
                if let account = accounts[id] { known.append(account) }
            }
            if let id = command.transferID { entries[id] = entry(id) }
        }
        let world = world
        var batch = Batch(accounts: known, entries: entries, at: world.time, makeID: world.makeID)
        let verdicts = messages.map { batch.decide($0.command) }
        var answers: [Message.Body] = []
        for (message, verdict) in zip(messages, verdicts) where verdict.isDone {
            let isFresh = inbox.insert(message.id).inserted || world.mutation == .skipInbox
            if let told = verdict.answer(isFresh: isFresh) { answers.append(.ledger(told.kind, told.fact)) }
        }
        take(batch.changes)
        if !answers.isEmpty { outbox.write(answers) }
        return verdicts
    }

    private func entry(_ id: ID) -> Entry? {
        if let refused = declined[id] { return .declined(refused) }
        guard let transfer = transfers[id] else { return nil }
        switch transfer.kind {
        case .hold:
            let resolution = resolutions[id].map {
                $0.kind == .post
                    ? Resolution.posted($0.amount, at: $0.createdAt) : .voided(at: $0.createdAt)
            }
            return .hold(
                Hold(
                    id: id, orderID: transfer.orderID ?? .zero, accountID: transfer.debit, amount: transfer.amount,
                    placedAt: transfer.createdAt, resolution: resolution))
        case .topUp:
            return .topUp(
                accountID: transfer.credit, amount: transfer.amount, reference: transfer.reference,
                at: transfer.createdAt)
        case .post, .void, .charge, .refund: return .other
        }
    }

    private func take(_ changes: Changes) {
        for refused in changes.declined where declined.updateValue(refused, forKey: refused.id) != nil {
            world.fault("a hold was declined twice")
        }
        for transfer in changes.transfers {
            if transfers.updateValue(transfer, forKey: transfer.id) != nil {
                world.fault("a transfer's id is used twice")
            }
            if let hold = transfer.holdID, resolutions.updateValue(transfer, forKey: hold) != nil {
                world.fault("a hold was resolved twice")
            }
        }
        for transfer in changes.settlements {
            let key = Settlement(reference: transfer.reference ?? "", kind: transfer.kind)
            guard settlements[key] == nil else { continue }
            settlements[key] = transfer
            transfers[transfer.id] = transfer
        }
        for (id, growth) in changes.accounts {
            guard var account = accounts[id] else { return world.fault("an account grew that does not exist") }
            account.credits = account.credits + Money(micro: growth.credits)
            account.debits = account.debits + Money(micro: growth.debits)
            account.pending = account.pending + Money(micro: growth.pending)
            account.version += growth.version
            accounts[id] = account
            if account.available < .zero || account.pending < .zero { world.fault("an account is overdrawn") }
        }
    }
}
