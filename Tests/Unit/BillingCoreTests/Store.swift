import BillingCore
import Contracts
import JSON
import Kit

/// What the database does for the ledger, in memory: lends a batch what it concerns, takes its changes, keeps the
/// constraints. It records a fault instead of throwing, so that a test can go on and say which.
struct Store {
    private(set) var accounts: [ID: Account] = [:]
    private(set) var transfers: [ID: Transfer] = [:]
    private(set) var declined: [ID: DeclinedHold] = [:]
    private(set) var faults: [String] = []
    private var clock: Int64 = 0

    init() {}

    /// Decides the commands as one batch, and stores what it changed.
    mutating func run(_ commands: [Command]) -> [Verdict] {
        clock += 1
        var known: [Account] = []
        var entries: [ID: Entry] = [:]
        for command in commands {
            if let id = command.accountID {
                if command.opensAccount, accounts[id] == nil, id.high >> 12 & 0xF != 8 {
                    accounts[id] = Account(id: id, kind: .customer)
                }
                if let account = accounts[id] { known.append(account) }
            }
            if let id = command.transferID { entries[id] = entry(id) }
        }
        var batch = Batch(accounts: known, entries: entries, at: Timestamp(microseconds: clock))
        let verdicts = commands.map { batch.decide($0) }
        take(batch.changes)
        return verdicts
    }

    private func entry(_ id: ID) -> Entry? {
        if let refused = declined[id] { return .declined(refused) }
        guard let transfer = transfers[id] else { return nil }
        switch transfer.kind {
        case .hold:
            let resolution = transfers.values.first { $0.holdID == id }
            return .hold(
                Hold(
                    id: id, orderID: transfer.orderID ?? .zero, accountID: transfer.debit, amount: transfer.amount,
                    placedAt: transfer.createdAt,
                    resolution: resolution.map {
                        $0.kind == .post ? .posted($0.amount, at: $0.createdAt) : .voided(at: $0.createdAt)
                    }))
        case .topUp:
            return .topUp(
                accountID: transfer.credit, amount: transfer.amount, reference: transfer.reference,
                at: transfer.createdAt)
        case .post, .void, .charge, .refund:
            return .other
        }
    }

    private mutating func take(_ changes: Changes) {
        for refused in changes.declined {
            if declined.updateValue(refused, forKey: refused.id) != nil { faults.append("declined twice") }
        }
        for transfer in changes.transfers {
            if let hold = transfer.holdID, transfers.values.contains(where: { $0.holdID == hold }) {
                faults.append("a hold was resolved twice")
            }
            if transfers.updateValue(transfer, forKey: transfer.id) != nil { faults.append("an id was used twice") }
        }
        for transfer in changes.settlements {
            let isKnown = transfers.values.contains {
                $0.provider == transfer.provider && $0.reference == transfer.reference && $0.kind == transfer.kind
            }
            if !isKnown { transfers[transfer.id] = transfer }
        }
        for (id, growth) in changes.accounts {
            guard var account = accounts[id] else {
                faults.append("an account grew that does not exist")
                continue
            }
            account.credits = account.credits + Money(micro: growth.credits)
            account.debits = account.debits + Money(micro: growth.debits)
            account.pending = account.pending + Money(micro: growth.pending)
            account.version += growth.version
            accounts[id] = account
        }
        faults += proof
    }

    /// Everything that must hold at any time and does not.
    var proof: [String] {
        var faults: [String] = []
        var credits: [ID: Int64] = [:]
        var debits: [ID: Int64] = [:]
        var pending: [ID: Int64] = [:]
        for transfer in transfers.values {
            switch transfer.kind {
            case .hold: pending[transfer.debit, default: 0] += transfer.amount.micro
            case .void: pending[transfer.debit, default: 0] -= transfer.amount.micro
            case .post:
                pending[transfer.debit, default: 0] -= transfer.amount.micro + transfer.released.micro
                debits[transfer.debit, default: 0] += transfer.amount.micro
                credits[transfer.credit, default: 0] += transfer.amount.micro
            case .topUp, .charge, .refund:
                debits[transfer.debit, default: 0] += transfer.amount.micro
                credits[transfer.credit, default: 0] += transfer.amount.micro
            }
            if transfer.amount.micro <= 0 { faults.append("an amount is not above zero") }
            if let hold = transfer.holdID {
                let held = transfers[hold]?.amount
                if held != transfer.amount + transfer.released { faults.append("a resolution does not fit its hold") }
            }
        }
        if credits.values.reduce(0, +) != debits.values.reduce(0, +) { faults.append("the sides do not sum to zero") }
        for account in accounts.values {
            if account.credits.micro != credits[account.id, default: 0]
                || account.debits.micro != debits[account.id, default: 0]
                || account.pending.micro != pending[account.id, default: 0]
            {
                faults.append("counters are not what transfers sum to")
            }
            if account.available < .zero { faults.append("a customer is below zero") }
        }
        if !Set(declined.keys).isDisjoint(with: transfers.keys) { faults.append("a hold is placed and declined") }
        return faults
    }
}
