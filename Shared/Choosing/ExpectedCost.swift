import Kit

/// What a code costs by way of an offer: price, what failures leave unpaid back, and the time of the one who waits.
package enum ExpectedCost {
    /// In micro-units, until a code has come, if every failure is followed by the like:
    ///
    ///     price + ((1 − p) · lost + w · (p · wait + (1 − p) · silence)) / p
    ///
    /// where `p` is the chance of a code, `lost` what the provider keeps of a number without one, and `w` what a second
    /// of waiting is worth. That every attempt counts until one succeeds is what dividing by `p` says.
    package static func micro(
        price: Money, lost: Money, chance: Double, wait: Duration, _ policy: RoutingPolicy
    ) -> Double {
        let chance = max(chance, 0.01)
        let second = Double(policy.waitingPerSecond.micro)
        let waiting = second * (chance * wait.inSeconds + (1 - chance) * policy.silence.inSeconds)
        return Double(price.micro) + ((1 - chance) * Double(lost.micro) + waiting) / chance
    }
}
