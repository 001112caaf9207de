import JSON
import Kit

/// `GET /billing/balance`
package struct BalanceBody: JSONRecord, Hashable {
    package var available = Money.zero
    package var held = Money.zero

    package init() {}
    package init(available: Money, held: Money) {
        self.available = available
        self.held = held
    }

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("available", &available)
        fields.required("held", &held)
    }
}

/// One movement of `GET /billing/transactions`.
package struct TransactionBody: JSONRecord, Hashable {
    package enum Kind: String, JSONEnum {
        case hold
        case capture
        case release
        case topUp = "top_up"
    }

    package var id = ID.zero
    package var kind = Open<Kind>(.hold)
    package var amount = Money.zero
    package var verificationID: ID?
    package var reference: String?
    package var availableAfter = Money.zero
    package var heldAfter = Money.zero
    package var createdAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("kind", &kind)
        fields.required("amount", &amount)
        fields.nullable("verification_id", &verificationID)
        fields.nullable("reference", &reference)
        fields.required("available_after", &availableAfter)
        fields.required("held_after", &heldAfter)
        fields.required("created_at", &createdAt)
    }
}

/// `POST /billing/top-up`
package struct CreateTopUp: JSONRecord, Hashable {
    package var userID = ID.zero
    package var amount = Money.zero
    package var reference: String?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("user_id", &userID)
        fields.required("amount", &amount)
        fields.optional("reference", &reference, .length(1...120))
    }
}

/// The answer to `POST /billing/top-up`. `balance` is null while the ledger has not posted it.
package struct TopUpBody: JSONRecord, Hashable {
    package var id = ID.zero
    package var userID = ID.zero
    package var amount = Money.zero
    package var status = ""
    package var balance: BalanceBody?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("user_id", &userID)
        fields.required("amount", &amount)
        fields.required("status", &status, .oneOf(["posted", "pending"]))
        fields.nullable("balance", &balance)
    }
}
