import Contracts
import Kit

/// What the ledger says to one command.
package enum Verdict: Hashable, Sendable {
    /// Done, now or before; `fact` is the answer.
    case answer(LedgerFact.Kind, LedgerFact, repeated: Bool)
    /// Done; what is answered is that it is.
    case noted
    /// Not possible yet: what it needs may still be on its way.
    case later(String)
    /// Never possible; the message is to be parked with the reason.
    case refused(String)
}

/// What a batch of verdicts changes, to be stored in one transaction or not at all.
package struct Changes: Hashable, Sendable {
    /// Holds, resolutions and top-ups, in the order they were decided.
    package var transfers: [Transfer] = []
    /// What providers took and gave. Whether one is new only the store knows: the first of each
    /// (provider, reference, kind) counts.
    package var settlements: [Transfer] = []
    package var declined: [DeclinedHold] = []
    /// By how much each account's counters and version grow (pending also falls).
    package var accounts: [ID: Growth] = [:]

    package struct Growth: Hashable, Sendable {
        package var credits: Int64 = 0
        package var debits: Int64 = 0
        package var pending: Int64 = 0
        package var version: Int64 = 0
    }

    package var isEmpty: Bool {
        transfers.isEmpty && settlements.isEmpty && declined.isEmpty && accounts.isEmpty
    }
}

extension Verdict {
    /// Whether the message is dealt with, so that the inbox may remember it.
    package var isDone: Bool {
        switch self {
        case .answer, .noted: true
        case .later, .refused: false
        }
    }

    /// What the sender is told. A message that was dealt with before is not answered again, unless what it asks for
    /// was: whoever asks under a new message id has not had the answer.
    package func answer(isFresh: Bool) -> (kind: LedgerFact.Kind, fact: LedgerFact)? {
        guard case .answer(let kind, let fact, let repeated) = self, isFresh || !repeated else { return nil }
        return (kind, fact)
    }
}
