import JSON
import Kit

import func Glibc.exp
import func Glibc.log
import func Glibc.pow

/// What became of the orders of one offer lately: counts that fade by half with every half-life, so that nothing has to be
/// kept but a few numbers, and what happened last says most.
///
/// They never stand for more than two hundred orders or a quarter of an hour, whichever is more: so an offer that served
/// thousands well and then stops is left after some tens of orders, not hundreds; and one bad minute moves a chance by a
/// fifteenth at most, however many orders fell into it.
///
/// A value: whoever learns of an outcome notes it, in the order of time as far as that is known; a moment earlier than the
/// last is taken for the last.
package struct HealthWindow: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        /// The first code came, so long after the number was bought.
        case code(after: Duration)
        /// The order ended without a code, after the provider had had so long.
        case silence(after: Duration)
        /// The provider did not sell.
        case refused(Refusal)
        /// Nobody knew for a while whether it had sold.
        case unclear
    }

    /// After so long, half of what was noted counts.
    package static let halfLife = Duration.seconds(6 * 3600)
    /// The most orders that count, as long as fewer come in a quarter of an hour.
    package static let memory = 200.0
    /// Half of a quarter of an hour's orders are younger, as they are counted for that: the mean age is 14.4 minutes.
    private static let recentHalfLife = 600.0
    /// A code that takes longer is slow: most customers have pressed the button again by then.
    package static let slowAfter = Duration.seconds(60)
    /// A number that was given up earlier says nothing about its provider: the code might have come.
    package static let fairTrial = Duration.seconds(90)
    /// Of fewer codes nobody can say how long they take.
    package static let fewest = 3.0
    /// So many outages in a row are more than chance.
    package static let row = 3

    package private(set) var codes = 0.0
    package private(set) var silences = 0.0
    package private(set) var slow = 0.0
    package private(set) var unclear = 0.0
    package private(set) var refusals: [Refusal: Double] = [:]
    /// Sums over the codes: of the logarithm of the wait in seconds, and of its square.
    private var logs = 0.0
    private var squares = 0.0
    /// Trials of the last quarter of an hour.
    private var recent = 0.0
    /// How many outcomes in a row were outages, without a single answer in between.
    package private(set) var outagesInARow = 0
    /// When the last outage was seen; nil when there never was one.
    package private(set) var lastOutage: Timestamp?
    /// When the provider was last seen to answer as it should; nil when it never was.
    private var answeredAt: Timestamp?
    /// When the last outage of a row of at least `row` was seen; nil when there never was such a row.
    package private(set) var outageAt: Timestamp?
    package private(set) var at: Timestamp

    package init(at: Timestamp) { self.at = at }

    /// Orders that showed whether a code comes.
    package var trials: Double { codes + silences }
    /// Attempts to buy, whatever came of them.
    package var attempts: Double { trials + unclear + refusals.values.reduce(0, +) }

    package mutating func note(_ outcome: Outcome, at moment: Timestamp) {
        fade(to: moment)
        let before = trials
        switch outcome {
        case .code(let wait):
            let seconds = max(0.1, wait.inSeconds)
            codes += 1
            logs += log(seconds)
            squares += log(seconds) * log(seconds)
            if wait > Self.slowAfter { slow += 1 }
            answered(moment - wait)
        case .silence(let after):
            answered(moment - after)
            if after >= Self.fairTrial { silences += 1 }
        case .refused(let refusal):
            refusals[refusal, default: 0] += 1
            // Whoever says that there is none is well.
            if refusal == .later { failed(at: moment) } else { answered(moment) }
        case .unclear:
            unclear += 1
            failed(at: moment)
        }
        if trials > before {
            recent += 1
            let most = max(Self.memory, recent)
            if trials > most { keep(most / trials) }
        }
    }

    private mutating func failed(at moment: Timestamp) {
        outagesInARow += 1
        lastOutage = max(lastOutage ?? moment, moment)
        if outagesInARow >= Self.row { outageAt = lastOutage }
    }

    /// An answer since the last outage ends a row of them. A number that was bought before it and ends now says nothing
    /// about buying.
    private mutating func answered(_ moment: Timestamp) {
        answeredAt = max(answeredAt ?? moment, moment)
        if !isOut { outagesInARow = 0 }
    }

    /// Whether the last outage is younger than the last answer.
    private var isOut: Bool { lastOutage.map { outage in answeredAt.map { outage >= $0 } ?? true } ?? false }

    /// How much of what was noted still counts then.
    private func share(at moment: Timestamp) -> Double {
        moment > at ? pow(0.5, (moment - at).inSeconds / Self.halfLife.inSeconds) : 1
    }

    /// Codes and trials as they count then, without making the window anew.
    package func seen(at moment: Timestamp) -> (codes: Double, trials: Double) {
        let share = share(at: moment)
        return (codes * share, trials * share)
    }

    /// The median wait, as far as enough codes count then.
    package func usualWait(at moment: Timestamp) -> Duration? {
        codes * share(at: moment) >= Self.fewest ? wait(.half, least: 0) : nil
    }

    /// The same at a later moment.
    package func faded(to moment: Timestamp) -> HealthWindow {
        var window = self
        window.fade(to: moment)
        return window
    }

    private mutating func fade(to moment: Timestamp) {
        guard moment > at else { return }
        keep(share(at: moment))
        recent *= pow(0.5, (moment - at).inSeconds / Self.recentHalfLife)
        at = moment
    }

    /// Has everything count for so much less.
    private mutating func keep(_ share: Double) {
        codes *= share
        silences *= share
        slow *= share
        unclear *= share
        logs *= share
        squares *= share
        refusals = refusals.mapValues { $0 * share }
    }

    /// The sum of what two have seen of the same offer, each for itself.
    package static func + (one: HealthWindow, other: HealthWindow) -> HealthWindow {
        let moment = max(one.at, other.at)
        var sum = one.faded(to: moment)
        let more = other.faded(to: moment)
        sum.codes += more.codes
        sum.silences += more.silences
        sum.slow += more.slow
        sum.unclear += more.unclear
        sum.logs += more.logs
        sum.squares += more.squares
        sum.recent += more.recent
        sum.refusals.merge(more.refusals, uniquingKeysWith: +)
        // What one saw out may have answered the other since, and who has asked nothing knows nothing of it.
        sum.answeredAt = Self.later(one.answeredAt, other.answeredAt)
        sum.lastOutage = Self.later(one.lastOutage, other.lastOutage)
        sum.outageAt = Self.later(one.outageAt, other.outageAt)
        sum.outagesInARow = sum.isOut ? one.outagesInARow + other.outagesInARow : 0
        if sum.outagesInARow >= Self.row { sum.outageAt = sum.lastOutage }
        return sum
    }

    private static func later(_ one: Timestamp?, _ other: Timestamp?) -> Timestamp? {
        guard let one, let other else { return one ?? other }
        return max(one, other)
    }

    /// The share of codes that were slow; nil while there was none.
    package var slowShare: Double? { codes > 0 ? slow / codes : nil }

    /// The wait that so large a share of the codes stayed below, taking their logarithms to be normal; nil while fewer
    /// than `least` codes came.
    package func wait(_ share: Quantile, least: Double = HealthWindow.fewest) -> Duration? {
        guard codes > 0, codes >= least else { return nil }
        let mean = logs / codes
        let variance = max(0, squares / codes - mean * mean)
        return .milliseconds(Int64((exp(mean + share.deviations * variance.squareRoot()) * 1000).rounded()))
    }

    package enum Quantile: Sendable {
        case half, ninetyPercent

        /// Of the standard normal distribution.
        var deviations: Double {
            switch self {
            case .half: 0
            case .ninetyPercent: 1.2816
            }
        }
    }
}

// MARK: - As it is kept

extension HealthWindow {
    package var json: JSON {
        [
            "codes": .number(codes), "silences": .number(silences), "slow": .number(slow), "unclear": .number(unclear),
            "logs": .number(logs), "squares": .number(squares), "recent": .number(recent),
            "outages": .integer(Int64(outagesInARow)),
            "last_outage": Self.json(lastOutage), "answered_at": Self.json(answeredAt),
            "outage_at": Self.json(outageAt), "at": .integer(at.microseconds),
            "refusals": .object(
                refusals.sorted { $0.key.rawValue < $1.key.rawValue }
                    .map { JSON.Member($0.key.rawValue, .number($0.value)) }),
        ]
    }

    private static func json(_ moment: Timestamp?) -> JSON { moment.map { .integer($0.microseconds) } ?? .null }

    /// Nil for what is no window.
    package init?(_ json: JSON) {
        guard let at = json["at"]?.integerValue else { return nil }
        self.init(at: Timestamp(microseconds: at))
        func figure(_ name: String) -> Double { max(0, json[name]?.doubleValue ?? 0) }
        codes = figure("codes")
        silences = figure("silences")
        slow = figure("slow")
        unclear = figure("unclear")
        logs = json["logs"]?.doubleValue ?? 0
        squares = figure("squares")
        recent = figure("recent")
        outagesInARow = Int(json["outages"]?.integerValue ?? 0)
        func moment(_ name: String) -> Timestamp? {
            json[name]?.integerValue.map { Timestamp(microseconds: $0) }
        }
        lastOutage = moment("last_outage")
        answeredAt = moment("answered_at")
        outageAt = moment("outage_at")
        for member in json["refusals"]?.objectValue ?? [] {
            guard let refusal = Refusal(rawValue: member.name) else { continue }
            refusals[refusal] = max(0, member.value.doubleValue ?? 0)
        }
    }
}
