import Choosing
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
    /// Whether there is somebody who listens to recordings of calls. Where there is nobody, it is the recording that is
    /// sold: the customer hears the code himself.
    package var hearsCalls: Bool

    package init(
        patience: Duration = .seconds(180), attemptLimit: Int = 8, retryPause: Duration = .seconds(1),
        hearsCalls: Bool = true
    ) {
        self.patience = patience
        self.attemptLimit = attemptLimit
        self.retryPause = retryPause
        self.hearsCalls = hearsCalls
    }
}
