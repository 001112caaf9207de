import JSON
import Kit

/// A provider was left for another, or its breaker moved (Verification → Gateway).
package struct ProviderFailover: Message, Hashable {
    package static let type = "verification.failover.v1"
    package static let channel = Channel.events

    package enum Kind: String, JSONEnum {
        /// The breaker before a provider moved.
        case breaker
        /// An order went on to another provider.
        case order
    }

    package var id = ID.zero
    package var at = Timestamp(microseconds: 0)
    package var kind = Open(Kind.breaker)
    /// Whose breaker it is, or who was left.
    package var provider = ""
    /// Of a breaker, its state before: `closed`, `half_open`, `open`.
    package var before: String?
    /// Its state now; of an order, the provider it went on to.
    package var after = ""
    /// Why it was left.
    package var cause: String?
    package var orderID: ID?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("at", &at)
        fields.required("kind", &kind)
        fields.required("provider", &provider)
        fields.optional("before", &before)
        fields.required("after", &after)
        fields.optional("cause", &cause)
        fields.optional("order_id", &orderID)
    }
}
