import JSON
import Kit

/// Sets how a provider is used, or has it looked at now (Gateway → Verification). What is absent stays as it is.
package struct ProviderSetting: Message, Hashable {
    package static let type = "verification.provider.set.v1"
    package static let channel = Channel.commands

    package var provider = ""
    package var isEnabled: Bool?
    /// Whether all orders that can are to go there.
    package var isPinned: Bool?
    /// Greater than 1 is liked better than its figures say, less is liked less.
    package var weight: Double?
    /// Has its balance and rating read at once.
    package var isProbeWanted: Bool?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("provider", &provider, .length(1...40))
        fields.optional("enabled", &isEnabled)
        fields.optional("pinned", &isPinned)
        fields.optional("weight", &weight)
        fields.optional("probe", &isProbeWanted)
    }
}
