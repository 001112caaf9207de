import Contracts
import Kit

/// The counters of one account. What is owed to its owner is `credits − debits`, of which `pending` is held.
package struct Account: Hashable, Sendable {
    package let id: ID
    package let kind: AccountKind
    package var credits: Money
    package var debits: Money
    package var pending: Money
    /// One more with each change, so that readers of facts know which is the newer.
    package var version: Int64

    package init(
        id: ID, kind: AccountKind, credits: Money = .zero, debits: Money = .zero, pending: Money = .zero,
        version: Int64 = 0
    ) {
        self.id = id
        self.kind = kind
        self.credits = credits
        self.debits = debits
        self.pending = pending
        self.version = version
    }

    package var available: Money { credits - debits - pending }

    package var balance: AccountBalance {
        AccountBalance(accountID: id, available: available, held: pending, version: version)
    }
}
