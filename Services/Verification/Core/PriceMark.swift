import Contracts
import Kit

/// How far a provider's price list for a country is known: what decides whether a message about it fits.
package struct PriceMark: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        /// To be stored.
        case fits
        /// What is known is as new, or newer.
        case old
        /// Something before it was missed: the whole list must be asked for.
        case missed
    }

    /// Of the list as it is known.
    package private(set) var version: Int
    /// By Pricing's clock, when the last message that fitted was made.
    package private(set) var toldAt: Timestamp
    /// False while parts of a whole list are still to come; `through` is then the last service that has come.
    package private(set) var isWhole: Bool
    package private(set) var through: String?

    /// Of a list of which nothing is known.
    package init() { self.init(version: 0, toldAt: Timestamp(microseconds: 0), isWhole: true, through: nil) }

    package init(version: Int, toldAt: Timestamp, isWhole: Bool, through: String?) {
        self.version = version
        self.toldAt = toldAt
        self.isWhole = isWhole
        self.through = through
    }

    /// Judges the next message, and goes on with it if it fits.
    package mutating func take(_ message: ProviderPrices) -> Verdict {
        let verdict = verdict(on: message)
        guard verdict == .fits else { return verdict }
        toldAt = message.fetchedAt
        version = message.version
        isWhole = message.through == nil
        through = message.through
        return .fits
    }

    private func verdict(on message: ProviderPrices) -> Verdict {
        if let base = message.base {
            if isWhole, base == version { return .fits }
            return message.version <= version && message.fetchedAt <= toldAt ? .old : .missed
        }
        // Numbers begin anew when Pricing has lost its tables, and a clock may be set back: either says that it is newer.
        let isNewer = message.version > version || message.fetchedAt > toldAt
        guard let after = message.after else {
            return isNewer || message.fetchedAt == toldAt ? .fits : .old
        }
        if message.fetchedAt == toldAt, message.version == version {
            if isWhole { return .old }
            return after == through ? .fits : after < (through ?? "") ? .old : .missed
        }
        return isNewer ? .missed : .old
    }
}
