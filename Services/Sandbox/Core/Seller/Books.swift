import Kit

/// Every movement of money, in order: the truth that tests hold others' books against. Movements are only ever added.
package struct Books: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// From outside to the balance.
        case deposit
        /// From the balance to what is frozen: a purchase.
        case purchase
        /// From the balance to the provider at once: a rental, which nothing gives back.
        case rent
        /// From the provider to the balance: a rental that was given back, where that is possible.
        case rentRefund = "rent_refund"
        /// From what is frozen to the provider: an order that was completed.
        case charge
        /// From what is frozen to the balance: cancelled, timed out or reported.
        case refund
    }

    package struct Movement: Sendable {
        package let sequence: Int
        package let at: Timestamp
        package let account: Int
        package let kind: Kind
        /// The order it was for; nil for a deposit.
        package let order: Int64?
        package let amount: Money
        package let balanceAfter: Money
        package let frozenAfter: Money
    }

    package private(set) var movements: [Movement] = []

    package init() {}

    mutating func post(
        _ kind: Kind, _ amount: Money, order: Int64?, account: Int, to state: inout Account, at: Timestamp
    ) {
        precondition(amount >= .zero, "a movement has a direction by its kind, not by its sign")
        switch kind {
        case .deposit:
            state.deposited = state.deposited + amount
            state.balance = state.balance + amount
        case .purchase:
            state.balance = state.balance - amount
            state.frozen = state.frozen + amount
        case .rent:
            state.balance = state.balance - amount
            state.spent = state.spent + amount
        case .rentRefund:
            state.spent = state.spent - amount
            state.balance = state.balance + amount
        case .charge:
            state.frozen = state.frozen - amount
            state.spent = state.spent + amount
        case .refund:
            state.frozen = state.frozen - amount
            state.balance = state.balance + amount
        }
        movements.append(
            Movement(
                sequence: movements.count + 1, at: at, account: account, kind: kind, order: order, amount: amount,
                balanceAfter: state.balance, frozenAfter: state.frozen))
    }

    /// The sum of each kind for an account, counted afresh from the movements.
    package func totals(account: Int) -> [Kind: Money] {
        var result: [Kind: Money] = [:]
        for movement in movements where movement.account == account {
            result[movement.kind, default: .zero] = result[movement.kind, default: .zero] + movement.amount
        }
        return result
    }

    /// Whether the movements lead to what the account holds, and nothing was made or lost on the way.
    package func prove(_ account: Account, index: Int) -> Bool {
        let totals = totals(account: index)
        func sum(_ kind: Kind) -> Money { totals[kind] ?? .zero }
        return account.isBalanced && account.deposited == sum(.deposit)
            && account.balance == sum(.deposit) - sum(.purchase) - sum(.rent) + sum(.refund) + sum(.rentRefund)
            && account.frozen == sum(.purchase) - sum(.charge) - sum(.refund)
            && account.spent == sum(.rent) - sum(.rentRefund) + sum(.charge)
    }
}
