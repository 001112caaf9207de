import Kit

/// By what offers are chosen. Part of every stored decision, so that it can be made again, or made otherwise.
package struct RoutingPolicy: Hashable, Sendable {
    /// What a second of a customer's waiting is worth.
    package var waitingPerSecond = Money(micro: 200)
    /// How long an order stays with a number that is silent.
    package var silence = Duration.seconds(120)
    /// How long a code takes that nothing is known of.
    package var usualWait = Duration.seconds(20)
    /// The share of the orders whose offer is drawn by what may be best, not taken by what seems best. Most of the draws
    /// end at the same offer once it is known well.
    package var exploration = 0.25
    /// By how much another offer must be better than the one that leads.
    package var margin = 0.07
    /// After so many outages in a row an offer is left, until it has rested.
    package var outages = HealthWindow.row
    package var rest = Duration.seconds(45)
    /// How long it takes from then on until it has all of its orders again.
    package var comeback = Duration.seconds(240)
    /// The share of its orders that it has at first.
    package var firstBack = 0.1

    package init() {}
}
