import BillingCore
import Contracts
import JSON
import Kit

/// Short ways to say commands.
enum Making {
    static func id(_ number: Int) -> ID { ID(high: 0x7000, low: UInt64(number)) }

    static func topUp(_ id: ID, _ account: ID, _ amount: Int64, reference: String? = nil) -> Command {
        var message = TopUp()
        message.transferID = id
        message.accountID = account
        message.amount = Money(micro: amount)
        message.reference = reference
        return .topUp(message)
    }

    static func place(_ id: ID, _ account: ID, _ amount: Int64, order: ID? = nil) -> Command {
        var message = PlaceHold()
        message.holdID = id
        message.orderID = order ?? id
        message.accountID = account
        message.amount = Money(micro: amount)
        return .place(message)
    }

    static func post(
        _ id: ID, _ account: ID, _ amount: Int64, order: ID? = nil, _ settlements: [ProviderSettlement] = []
    ) -> Command {
        .post(resolution(id, account, amount, order, settlements))
    }

    static func void(
        _ id: ID, _ account: ID, order: ID? = nil, _ settlements: [ProviderSettlement] = []
    ) -> Command {
        .void(resolution(id, account, 0, order, settlements))
    }

    private static func resolution(
        _ id: ID, _ account: ID, _ amount: Int64, _ order: ID?, _ settlements: [ProviderSettlement]
    ) -> ResolveHold {
        var message = ResolveHold()
        message.holdID = id
        message.orderID = order ?? id
        message.accountID = account
        message.amount = Money(micro: amount)
        message.settlements = settlements
        return message
    }

    static func settlement(
        _ kind: ProviderSettlement.Kind, _ reference: String, _ amount: Int64, provider: String = "5sim",
        isLoss: Bool = false
    ) -> ProviderSettlement {
        var settlement = ProviderSettlement()
        settlement.provider = provider
        settlement.reference = reference
        settlement.kind = Open(kind)
        settlement.amount = Money(micro: amount)
        settlement.isLoss = isLoss
        return settlement
    }
}

extension Verdict {
    /// The same in the words of the reference.
    var inShort: Ledger.Answer {
        switch self {
        case .answer(.holdPlaced, _, _): .placed
        case .answer(.holdDeclined, _, _): .declined
        case .answer(.holdPosted, let fact, _): .posted(fact.amount)
        case .answer(.holdVoided, _, _): .voided
        case .answer(.toppedUp, _, _): .toppedUp
        case .noted: .noted
        case .later: .later
        case .refused: .refused
        }
    }

    var fact: LedgerFact? { if case .answer(_, let fact, _) = self { fact } else { nil } }
    var isRepeated: Bool { if case .answer(_, _, true) = self { true } else { false } }
    var reason: String? {
        switch self {
        case .later(let reason), .refused(let reason): reason
        case .answer, .noted: nil
        }
    }
}
