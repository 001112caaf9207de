import JSON
import Kit

/// Sets credit aside for an order (Verification → Billing). Idempotent by `hold_id`; the answer is `HoldPlaced` or
/// `HoldDeclined`, again for each repeat.
package struct PlaceHold: Message, Hashable {
    package static let type = "billing.hold.place.v1"
    package static let channel = Channel.commands

    package var holdID = ID.zero
    package var orderID = ID.zero
    package var accountID = ID.zero
    package var amount = Money.zero

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("hold_id", &holdID)
        fields.required("order_id", &orderID)
        fields.required("account_id", &accountID)
        fields.required("amount", &amount)
    }
}

/// Resolves a hold (Verification → Billing): captures `amount` of it and releases the rest; an amount of zero releases
/// all. Idempotent by `hold_id`: the first resolution stands. The provider's own debits and credits are posted beside it.
package struct ResolveHold: JSONRecord, Hashable {
    /// The AMQP type says which.
    package enum Kind: String, JSONEnum {
        case post = "billing.hold.post.v1"
        case void = "billing.hold.void.v1"
    }

    package var holdID = ID.zero
    package var orderID = ID.zero
    package var accountID = ID.zero
    package var amount = Money.zero
    package var settlements: [ProviderSettlement] = []

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("hold_id", &holdID)
        fields.required("order_id", &orderID)
        fields.required("account_id", &accountID)
        fields.required("amount", &amount)
        fields.required("settlements", &settlements)
    }
}

/// What a provider took or gave back, by its own account. Idempotent by (provider, reference, kind).
package struct ProviderSettlement: JSONRecord, Hashable {
    package enum Kind: String, JSONEnum {
        /// The provider debited us for a number.
        case charge
        /// The provider gave the money back.
        case refund
    }

    package var provider = ""
    /// The provider's own id of the order.
    package var reference = ""
    package var kind = Open<Kind>(.charge)
    package var amount = Money.zero
    /// True when no customer pays for it: an orphan that could not be given back, a text without a code.
    package var isLoss = false

    package init() {}

    package init(_ kind: Kind, _ amount: Money, provider: String, reference: String, isLoss: Bool) {
        self.provider = provider
        self.reference = reference
        self.kind = Open(kind)
        self.amount = amount
        self.isLoss = isLoss
    }

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("provider", &provider)
        fields.required("reference", &reference)
        fields.required("kind", &kind)
        fields.required("amount", &amount)
        fields.required("is_loss", &isLoss)
    }
}

/// Provider money that belongs to no hold: orphans, and what became known late (Verification → Billing). The answer is
/// `ProviderSettled`; until it comes, the message is sent again under the same id.
package struct SettleProvider: Message, Hashable {
    package static let type = "billing.provider.settle.v1"
    package static let channel = Channel.commands

    package var settlements: [ProviderSettlement] = []

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("settlements", &settlements)
    }
}

/// That a `SettleProvider` was posted (Billing → Verification), again for each repeat of it.
package struct ProviderSettled: Message, Hashable {
    package static let type = "billing.provider.settled.v1"
    package static let channel = Channel.events

    /// The message id of what was posted.
    package var settlementID = ID.zero

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("settlement_id", &settlementID)
    }
}

/// Adds credit to an account (Gateway → Billing). Idempotent by `transfer_id`.
package struct TopUp: Message, Hashable {
    package static let type = "billing.account.top_up.v1"
    package static let channel = Channel.commands

    package var transferID = ID.zero
    package var accountID = ID.zero
    package var amount = Money.zero
    package var reference: String?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("transfer_id", &transferID)
        fields.required("account_id", &accountID)
        fields.required("amount", &amount)
        fields.optional("reference", &reference)
    }
}

/// How an account stands after a change. Facts carry it, so that readers need not ask; the higher `version` is the newer.
package struct AccountBalance: JSONRecord, Hashable {
    package var accountID = ID.zero
    package var available = Money.zero
    package var held = Money.zero
    package var version: Int64 = 0

    package init() {}
    package init(accountID: ID, available: Money, held: Money, version: Int64) {
        self.accountID = accountID
        self.available = available
        self.held = held
        self.version = version
    }

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("account_id", &accountID)
        fields.required("available", &available)
        fields.required("held", &held)
        fields.required("version", &version)
    }
}

/// What has happened to a hold or an account (Billing → Verification, Gateway).
package struct LedgerFact: JSONRecord, Hashable {
    /// The AMQP type says which.
    package enum Kind: String, JSONEnum {
        case holdPlaced = "billing.hold.placed.v1"
        case holdDeclined = "billing.hold.declined.v1"
        case holdPosted = "billing.hold.posted.v1"
        case holdVoided = "billing.hold.voided.v1"
        case toppedUp = "billing.account.topped_up.v1"
    }

    /// The hold, or the top-up's transfer.
    package var transferID = ID.zero
    package var orderID: ID?
    /// Held, captured, released or added.
    package var amount = Money.zero
    package var balance = AccountBalance()
    package var reference: String?
    package var occurredAt = Timestamp(microseconds: 0)
    /// Why a hold was declined.
    package var errorCode: String?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("transfer_id", &transferID)
        fields.optional("order_id", &orderID)
        fields.required("amount", &amount)
        fields.required("balance", &balance)
        fields.optional("reference", &reference)
        fields.required("occurred_at", &occurredAt)
        fields.optional("error_code", &errorCode)
    }
}
