import Kit

/// The settings that the rules need.
package struct OrderPolicy: Hashable, Sendable {
    /// How long a customer's money may be held while there is no number.
    package var patience: Duration
    /// How many offers are tried before giving up.
    package var attemptLimit: Int
    /// The pause before buying again after `Refusal.later`, doubled with each attempt.
    package var retryPause: Duration
    /// By what offers are chosen.
    package var routing = RoutingPolicy()

    package init(
        patience: Duration = .seconds(180), attemptLimit: Int = 8, retryPause: Duration = .seconds(1)
    ) {
        self.patience = patience
        self.attemptLimit = attemptLimit
        self.retryPause = retryPause
    }
}
