import Contracts
import JSON
import Kit

/// The ledger told as plainly as possible: a list of what happened, from which everything else is counted anew each
/// time. Tests hold the real one against it; no service uses it.
///
/// It shares no arithmetic with `Batch`: it keeps no counters, so it cannot keep wrong ones.
package struct Ledger: Sendable {
    package enum Event: Hashable, Sendable {
        case topUp(ID, account: ID, Money)
        case placed(ID, account: ID, Money)
        case declined(ID, account: ID, Money)
        case posted(hold: ID, Money)
        case voided(hold: ID)
        case settled(ProviderSettlement)
    }

    /// What a command came to.
    package enum Answer: Hashable, Sendable {
        case placed, declined, posted(Money), voided, toppedUp, noted, later, refused
    }

    package private(set) var events: [Event] = []

    package init() {}

    /// What is left of a customer's credit after everything captured or held.
    package func available(_ account: ID) -> Money {
        events.reduce(.zero) { sum, event in
            switch event {
            case .topUp(_, account, let amount): sum + amount
            case .placed(let hold, account, let amount):
                switch resolution(of: hold) {
                case nil: sum - amount
                case .posted(_, let captured): sum - captured
                default: sum
                }
            default: sum
            }
        }
    }

    /// What is held of a customer's credit.
    package func held(_ account: ID) -> Money {
        events.reduce(.zero) { sum, event in
            if case .placed(let hold, account, let amount) = event, resolution(of: hold) == nil { return sum + amount }
            return sum
        }
    }

    /// What customers paid.
    package var revenue: Money {
        events.reduce(.zero) { if case .posted(_, let amount) = $1 { $0 + amount } else { $0 } }
    }

    /// Does what a command asks for, once.
    package mutating func apply(_ command: Command) -> Answer {
        switch command {
        case .topUp(let message):
            for event in events {
                if case .topUp(message.transferID, let account, let amount) = event {
                    return account == message.accountID && amount == message.amount ? .toppedUp : .refused
                }
            }
            events.append(.topUp(message.transferID, account: message.accountID, message.amount))
            return .toppedUp
        case .place(let message):
            for event in events {
                switch event {
                case .placed(message.holdID, let account, let amount):
                    return account == message.accountID && amount == message.amount ? .placed : .refused
                case .declined(message.holdID, let account, let amount):
                    return account == message.accountID && amount == message.amount ? .declined : .refused
                default: continue
                }
            }
            guard available(message.accountID) >= message.amount else {
                events.append(.declined(message.holdID, account: message.accountID, message.amount))
                return .declined
            }
            events.append(.placed(message.holdID, account: message.accountID, message.amount))
            return .placed
        case .post(let message): return resolve(message, message.amount)
        case .void(let message): return resolve(message, .zero)
        case .settle(let settlements):
            settle(settlements)
            return .noted
        }
    }

    private mutating func resolve(_ message: ResolveHold, _ captured: Money) -> Answer {
        for event in events {
            switch event {
            case .placed(message.holdID, message.accountID, let amount):
                if resolution(of: message.holdID) == nil {
                    if captured > amount { return .refused }
                    events.append(
                        captured == .zero ? .voided(hold: message.holdID) : .posted(hold: message.holdID, captured))
                }
                settle(message.settlements)
                if case .posted(_, let first) = resolution(of: message.holdID) { return .posted(first) }
                return .voided
            case .declined(message.holdID, message.accountID, _):
                if captured > .zero { return .refused }
                settle(message.settlements)
                return .declined
            default: continue
            }
        }
        return .later
    }

    private mutating func settle(_ settlements: [ProviderSettlement]) {
        for settlement in settlements where settlement.amount > .zero {
            let isKnown = events.contains { event in
                guard case .settled(let known) = event else { return false }
                return known.provider == settlement.provider && known.reference == settlement.reference
                    && known.kind == settlement.kind
            }
            if !isKnown { events.append(.settled(settlement)) }
        }
    }

    private func resolution(of hold: ID) -> Event? {
        events.first { event in
            switch event {
            case .posted(hold, _), .voided(hold): true
            default: false
            }
        }
    }
}
