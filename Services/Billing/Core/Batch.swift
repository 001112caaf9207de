import Contracts
import JSON
import Kit

/// Decides a batch of commands, in the order they arrived, upon what the ledger had when their accounts were locked.
///
/// One batch lives for one transaction: the store fills it with locked rows, each command is decided, and `changes` are
/// written back together. Everything is idempotent by business key, without regard to message ids: a hold is placed or
/// declined once, resolved once, a top-up counts once, and a repeat is answered like the first. It does no I/O and
/// never looks at a clock but the moment it was given.
package struct Batch: Sendable {
    private var accounts: [ID: Account] = [:]
    private var entries: [ID: Entry] = [:]
    private var settled: Set<SettlementKey> = []
    private let now: Timestamp
    private let makeID: @Sendable () -> ID
    /// What the decisions so far change.
    package private(set) var changes = Changes()

    /// `makeID` names the transfers that commands do not name: resolutions and settlements.
    package init(
        accounts: [Account], entries: [ID: Entry], at now: Timestamp, makeID: @escaping @Sendable () -> ID = { .new() }
    ) {
        for account in accounts { self.accounts[account.id] = account }
        self.entries = entries
        self.now = now
        self.makeID = makeID
    }

    private struct SettlementKey: Hashable {
        let provider: String
        let reference: String
        let kind: ProviderSettlement.Kind
    }

    /// Says what becomes of one command; what follows in the batch sees its effect.
    package mutating func decide(_ command: Command) -> Verdict {
        switch command {
        case .place(let message): place(message)
        case .post(let message): resolve(message, capturing: message.amount)
        // A void says all there is to say; its amount is not looked at.
        case .void(let message): resolve(message, capturing: .zero)
        case .topUp(let message): topUp(message)
        case .settle(let settlements):
            settle(settlements, orderID: nil)
        }
    }

    private mutating func place(_ message: PlaceHold) -> Verdict {
        switch entries[message.holdID] {
        case .hold(let hold):
            guard hold.accountID == message.accountID, hold.orderID == message.orderID, hold.amount == message.amount
            else { return .refused("the hold exists with another account, order or amount") }
            return answer(.holdPlaced, hold, hold.amount, at: hold.placedAt, repeated: true)
        case .declined(let declined):
            guard declined.accountID == message.accountID, declined.orderID == message.orderID,
                declined.amount == message.amount
            else { return .refused("the hold was declined with another account, order or amount") }
            return answer(declined, repeated: true)
        case .topUp, .other:
            return .refused("the hold's id belongs to another transfer")
        case nil:
            break
        }
        if let account = accounts[message.accountID], account.kind != .customer {
            return .refused("the account is not a customer's")
        }
        guard let account = accounts[message.accountID], account.available >= message.amount else {
            let declined = DeclinedHold(
                id: message.holdID, orderID: message.orderID, accountID: message.accountID, amount: message.amount,
                declinedAt: now)
            entries[message.holdID] = .declined(declined)
            changes.declined.append(declined)
            return answer(declined, repeated: false)
        }
        let hold = Hold(
            id: message.holdID, orderID: message.orderID, accountID: account.id, amount: message.amount, placedAt: now)
        entries[hold.id] = .hold(hold)
        changes.transfers.append(
            Transfer(
                id: hold.id, kind: .hold, debit: account.id, credit: Chart.revenue, amount: hold.amount,
                orderID: hold.orderID, createdAt: now))
        change(account.id) { $0.pending += hold.amount.micro }
        return answer(.holdPlaced, hold, hold.amount, at: now, repeated: false)
    }

    private mutating func resolve(_ message: ResolveHold, capturing captured: Money) -> Verdict {
        var hold: Hold
        switch entries[message.holdID] {
        case .hold(let known):
            hold = known
        case .declined(let declined):
            guard declined.accountID == message.accountID, declined.orderID == message.orderID else {
                return .refused("the hold belongs to another account or order")
            }
            guard captured == .zero else { return .refused("the hold was declined; nothing can be captured of it") }
            // Nothing was held, so nothing is to be released; what the provider did is true all the same.
            _ = settle(message.settlements, orderID: message.orderID)
            return answer(declined, repeated: true)
        case .topUp, .other:
            return .refused("the id is not a hold's")
        case nil:
            return .later("the hold is not known yet")
        }
        guard hold.accountID == message.accountID, hold.orderID == message.orderID else {
            return .refused("the hold belongs to another account or order")
        }
        let repeated = hold.resolution != nil
        if !repeated {
            guard captured <= hold.amount else {
                return .refused("\(captured) cannot be captured of a hold of \(hold.amount)")
            }
            hold.resolution = captured > .zero ? .posted(captured, at: now) : .voided(at: now)
            entries[hold.id] = .hold(hold)
            changes.transfers.append(
                Transfer(
                    id: makeID(), kind: captured > .zero ? .post : .void, debit: hold.accountID,
                    credit: Chart.revenue, amount: captured > .zero ? captured : hold.amount,
                    released: captured > .zero ? hold.amount - captured : .zero, holdID: hold.id,
                    orderID: hold.orderID, createdAt: now))
            change(hold.accountID) {
                $0.pending -= hold.amount.micro
                $0.debits += captured.micro
            }
        }
        _ = settle(message.settlements, orderID: message.orderID)
        return switch hold.resolution {
        case .posted(let amount, let at): answer(.holdPosted, hold, amount, at: at, repeated: repeated)
        case .voided(let at): answer(.holdVoided, hold, hold.amount, at: at, repeated: repeated)
        case nil: preconditionFailure("a hold was resolved a moment ago")
        }
    }

    private mutating func topUp(_ message: TopUp) -> Verdict {
        switch entries[message.transferID] {
        case .topUp(let accountID, let amount, let reference, let at):
            guard accountID == message.accountID, amount == message.amount else {
                return .refused("the top-up exists with another account or amount")
            }
            return answer(message, reference, at: at, repeated: true)
        case .hold, .declined, .other:
            return .refused("the top-up's id belongs to another transfer")
        case nil:
            break
        }
        // The store opens the account before it reads; that it is missing is an error of ours, not of the sender.
        guard let account = accounts[message.accountID] else { return .later("the account is not open yet") }
        guard account.kind == .customer else { return .refused("the account is not a customer's") }
        guard !account.credits.micro.addingReportingOverflow(message.amount.micro).overflow else {
            return .refused("the account cannot hold that much")
        }
        entries[message.transferID] = .topUp(
            accountID: account.id, amount: message.amount, reference: message.reference, at: now)
        changes.transfers.append(
            Transfer(
                id: message.transferID, kind: .topUp, debit: Chart.topUpSource, credit: account.id,
                amount: message.amount, reference: message.reference, createdAt: now))
        change(account.id) { $0.credits += message.amount.micro }
        return answer(message, message.reference, at: now, repeated: false)
    }

    private mutating func settle(_ settlements: [ProviderSettlement], orderID: ID?) -> Verdict {
        for settlement in settlements {
            guard let kind = settlement.kind.known else {
                preconditionFailure("a command with an unknown kind of settlement was not refused when it was read")
            }
            let key = SettlementKey(provider: settlement.provider, reference: settlement.reference, kind: kind)
            // Nothing is booked for a number that cost nothing.
            guard settlement.amount > .zero, settled.insert(key).inserted else { continue }
            let expense = settlement.isLoss ? Chart.providerLoss : Chart.costOfSales
            let provider = Chart.provider(settlement.provider)
            changes.settlements.append(
                Transfer(
                    id: makeID(), kind: kind == .charge ? .charge : .refund,
                    debit: kind == .charge ? expense : provider, credit: kind == .charge ? provider : expense,
                    amount: settlement.amount, orderID: orderID, provider: settlement.provider,
                    reference: settlement.reference, createdAt: now))
        }
        return .noted
    }

    /// Changes the counters here and notes the same growth for the store.
    private mutating func change(_ id: ID, _ body: (inout Changes.Growth) -> Void) {
        var growth = Changes.Growth()
        body(&growth)
        growth.version = 1
        guard var account = accounts[id] else { preconditionFailure("an account changed that is not in the batch") }
        account.credits = Money(micro: account.credits.micro + growth.credits)
        account.debits = Money(micro: account.debits.micro + growth.debits)
        account.pending = Money(micro: account.pending.micro + growth.pending)
        account.version += 1
        precondition(
            account.available >= .zero && account.pending >= .zero, "a decision would overdraw an account")
        accounts[id] = account
        changes.accounts[id, default: .init()].add(growth)
    }

    private func balance(of id: ID) -> AccountBalance {
        accounts[id]?.balance ?? AccountBalance(accountID: id, available: .zero, held: .zero, version: 0)
    }

    private func answer(
        _ kind: LedgerFact.Kind, _ hold: Hold, _ amount: Money, at: Timestamp, repeated: Bool
    ) -> Verdict {
        var fact = LedgerFact()
        fact.transferID = hold.id
        fact.orderID = hold.orderID
        fact.amount = amount
        fact.balance = balance(of: hold.accountID)
        fact.occurredAt = at
        return .answer(kind, fact, repeated: repeated)
    }

    private func answer(_ declined: DeclinedHold, repeated: Bool) -> Verdict {
        var fact = LedgerFact()
        fact.transferID = declined.id
        fact.orderID = declined.orderID
        fact.amount = declined.amount
        fact.balance = balance(of: declined.accountID)
        fact.occurredAt = declined.declinedAt
        fact.errorCode = ErrorCode.insufficientCredit.rawValue
        return .answer(.holdDeclined, fact, repeated: repeated)
    }

    private func answer(_ topUp: TopUp, _ reference: String?, at: Timestamp, repeated: Bool) -> Verdict {
        var fact = LedgerFact()
        fact.transferID = topUp.transferID
        fact.amount = topUp.amount
        fact.balance = balance(of: topUp.accountID)
        fact.reference = reference
        fact.occurredAt = at
        return .answer(.toppedUp, fact, repeated: repeated)
    }
}

extension Changes.Growth {
    fileprivate mutating func add(_ other: Changes.Growth) {
        credits += other.credits
        debits += other.debits
        pending += other.pending
        version += other.version
    }
}
