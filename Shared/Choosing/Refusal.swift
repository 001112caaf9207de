/// Why a provider did not sell.
package enum Refusal: String, Hashable, Sendable, CaseIterable {
    case outOfStock
    case overPrice
    /// Our balance or our standing with the provider does not allow it.
    case account
    /// We asked for something the provider does not understand.
    case ourMistake
    /// Not now: a limit, an outage, no connection. Certainly nothing was bought.
    case later
}
