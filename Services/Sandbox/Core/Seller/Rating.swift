import Kit

/// How well an account behaves, after version 1 of the provider's rules: it starts at 96 and cannot rise above; at zero
/// nothing can be bought for 24 hours, then it is 96 again.
package struct Rating: Hashable, Sendable {
    /// What moves the rating, in hundredths.
    package enum Event: Int, Sendable {
        case topUp = 800
        case finish = 50
        case autoComplete = 40
        case cancel = -10
        case timeout = -15
    }
    /// A report costs as much as a cancellation.
    package static let ban = Event.cancel

    package static let maximum = 96_00
    package static let suspension = Duration.seconds(24 * 3600)

    /// In hundredths, so that sums are exact.
    package private(set) var hundredths = Rating.maximum
    /// Set at zero: until when nothing can be bought.
    package private(set) var suspendedUntil: Timestamp?

    package init() {}

    package mutating func note(_ event: Event, at now: Timestamp) {
        renew(at: now)
        // Nothing shortens a suspension, not even money.
        guard suspendedUntil == nil else { return }
        hundredths = min(Self.maximum, max(0, hundredths + event.rawValue))
        if hundredths == 0 { suspendedUntil = now + Self.suspension }
    }

    /// Whether something can be bought; ends a suspension that is over.
    package mutating func allowsPurchase(at now: Timestamp) -> Bool {
        renew(at: now)
        return suspendedUntil == nil
    }

    /// A script's hand: the rating is this from now on.
    package mutating func set(_ hundredths: Int, at now: Timestamp) {
        self.hundredths = min(Self.maximum, max(0, hundredths))
        suspendedUntil = self.hundredths == 0 ? now + Self.suspension : nil
    }

    private mutating func renew(at now: Timestamp) {
        guard let until = suspendedUntil, until <= now else { return }
        suspendedUntil = nil
        hundredths = Self.maximum
    }
}
