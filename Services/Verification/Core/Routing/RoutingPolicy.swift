import Kit

/// By what offers are chosen. Part of every stored decision, so that it can be made again, or made otherwise.
package struct RoutingPolicy: Hashable, Sendable {
    /// What a second of a customer's waiting is worth.
    package var waitingPerSecond = Money(micro: 200)
    /// How long an order stays with a number that is silent.
    package var silence = Duration.seconds(120)
    /// How long a code takes that nothing is known of.
    package var usualWait = Duration.seconds(20)
    /// The share of the orders that try an offer which may be better than the one that seems best.
    package var exploration = 0.02
    /// By how much another offer must be better than the one that served last.
    package var margin = 0.05
    /// After so many outages in a row an offer is left, until it has rested.
    package var outages = 3
    package var rest = Duration.seconds(60)

    package init() {}
}
