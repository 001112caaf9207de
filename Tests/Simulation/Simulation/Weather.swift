/// How much goes wrong in one history, and what kind of provider and customers it has: drawn from the seed, so that some
/// histories are calm but for one trouble, and some have all of them. Shares are of ten thousand.
struct Weather {
    /// A process dies before a step.
    var crash: Int
    /// A process stands still before a step, and goes on long after others have taken it for dead.
    var stall: Int
    /// A transaction fails; in half of the cases it is committed all the same.
    var commit: Int
    /// The broker's answer to a message gets lost, or it refuses it.
    var confirm: Int
    var duplicate: Int
    /// The link of a consumer breaks.
    var link: Int
    /// A call to the provider, or its answer, gets lost.
    var call: Int
    /// A rollback of ids: rows appear behind others that were read already.
    var lateRow: Int
    /// The longest way of a message, in milliseconds.
    var slowness: Int
    /// The provider says no.
    var refusal: Int
    /// A purchase is not in the provider's list at once.
    var historyLag: Int
    /// The provider forgets an order.
    var forgetting: Int
    /// The provider ends an order by itself, and gives the money back.
    var ending: Int
    /// An SMS comes; a second one; one without a code.
    var message: Int

    init(_ dice: inout Dice) {
        crash = dice.pick([0, 0, 30, 100, 300])
        stall = dice.pick([0, 0, 10, 40])
        commit = dice.pick([0, 0, 100, 500])
        confirm = dice.pick([0, 100, 1000, 3000])
        duplicate = dice.pick([0, 300, 2000, 5000])
        link = dice.pick([0, 0, 200, 1000])
        call = dice.pick([0, 500, 1500, 4000])
        lateRow = dice.pick([0, 0, 1000])
        slowness = dice.pick([20, 20, 500, 8000])
        refusal = dice.pick([0, 1000, 4000])
        historyLag = dice.pick([0, 3000, 9000])
        forgetting = dice.pick([0, 0, 0, 300])
        ending = dice.pick([0, 0, 800])
        message = dice.pick([3000, 6000, 9000])
    }

    /// Brings the trouble in which a break shows, where that is rare: outcomes recorded late, purchases that cross.
    mutating func favour(_ mutation: Mutation?) {
        switch mutation {
        case .dropFence:
            crash = 0
            stall = 150
            call = 0
            refusal = 6000
        case .ignoreClaims:
            stall = 80
            call = 4000
        default: break
        }
    }

    /// The sun comes out: nothing goes wrong any more, so that everything must come to its end.
    mutating func clear() {
        crash = 0
        stall = 0
        commit = 0
        confirm = 0
        duplicate = 0
        link = 0
        call = 0
        lateRow = 0
        slowness = 20
        refusal = 0
    }
}

/// A break made on purpose in the simulator's own edges, to show that the invariants can see it.
package enum Mutation: String, Sendable, CaseIterable {
    /// A delivery is acknowledged before its effect is stored.
    case acknowledgeEarly = "acknowledge-early"
    /// The outcome of an attempt to buy is recorded as that of the last.
    case dropFence = "drop-fence"
    /// Messages are not remembered.
    case skipInbox = "skip-inbox"
    /// An order past its end is released without asking the provider.
    case ownClock = "own-clock"
    /// A purchase whose outcome is unknown is taken for one that was refused.
    case retryUnknown = "retry-unknown"
    /// Orders are written, the outbox is not.
    case loseOutbox = "lose-outbox"
    /// Older facts overwrite newer ones.
    case ignoreVersion = "ignore-version"
    /// What an order was given is not protected from being given again.
    case ignoreClaims = "ignore-claims"
}
