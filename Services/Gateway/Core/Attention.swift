import Contracts
import Kit

/// What the gateway knows of a verification when it looks whether it has heard enough of it, and what it does about it.
///
/// Whatever is said between services arrives, unless a queue is deleted or emptied with it: then a request is pending
/// for ever, or a customer never reads what has come. So whoever has heard nothing asks, with pauses that grow, until
/// the verification is over and told wholly.
package struct Attention: Sendable {
    package var status: VerificationStatus?
    package var version = 0
    /// When Verification last changed it, as far as it was told; when it was taken, before that.
    package var updatedAt = Timestamp(microseconds: 0)
    package var expiresAt: Timestamp?
    /// Steps of the time-line that have arrived, and the number of the last of them.
    package var stepCount = 0
    package var lastStep = 0
    /// Whether the steps tell of credit that was set aside, and of the end of a verification that was completed.
    package var hasHold = false
    package var isFinished = false
    /// Whether the movements of the money have arrived.
    package var holdArrived = false
    package var resolutionArrived = false
    /// An action was asked for, and has perhaps not arrived.
    package var hasWish = false
    /// How often it was asked after.
    package var asks = 0

    package init() {}

    /// What comes of a look.
    package struct Verdict: Hashable, Sendable {
        package var asks: Bool
        /// When to look again; nil when all is told.
        package var next: Timestamp?
        package var count: Int

        package init(asks: Bool, next: Timestamp?, count: Int) {
            self.asks = asks
            self.next = next
            self.count = count
        }
    }

    /// The longest pause.
    package static let longest = Duration.seconds(3600)

    private var isFinal: Bool { status?.isFinal ?? false }

    /// Every fact brings steps, so that a number left out is a fact that never came.
    private var hasGap: Bool { stepCount < lastStep }

    /// Whether the money of a state that has arrived has not.
    package var lacksMovement: Bool { hasHold && (!holdArrived || isFinal && !resolutionArrived) }

    /// `silence` is how long nothing need be heard of one that is under way.
    package func look(now: Timestamp, silence: Duration) -> Verdict {
        // Nothing is to be heard of a number that waits for its SMS.
        let quiet = status == .waitingSMS && !hasWish ? silence * 4 : silence
        let isWhole = !hasGap && !lacksMovement
        let afterEnd = expiresAt.map { $0 + silence }
        if isFinal, isWhole {
            if status != .completed || isFinished { return Verdict(asks: false, next: nil, count: 0) }
            // Further messages may come until the number ends; nothing need.
            if !hasWish, let afterEnd, now < afterEnd { return Verdict(asks: false, next: afterEnd, count: asks) }
        } else if !isFinal, !hasWish, version > 0, updatedAt <= now, now < updatedAt + quiet {
            return Verdict(asks: false, next: updatedAt + quiet, count: 0)
        }
        // Where a clock is ahead of ours nobody knows how long nothing was heard; and what was just taken is by the
        // gateway's own. The first look comes after the silence, so that a question is not too early.
        let count = min(asks + 1, 20)
        var next = now + min(quiet * (1 << count), Self.longest)
        if let afterEnd, now < afterEnd, afterEnd < next { next = afterEnd }
        return Verdict(asks: true, next: next, count: count)
    }
}
