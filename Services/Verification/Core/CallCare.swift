import Choosing
import Kit

/// What is to be done about a call next, and when. What it decides about is read from the table, so that whoever comes to
/// it goes on where another stopped.
package struct CallCare: Hashable, Sendable {
    package enum Step: Hashable, Sendable {
        /// Its recording is to be fetched from the provider.
        case fetch
        /// The recording is to be listened to.
        case listen
        /// The recording is kept, and the gateway lacks it.
        case pass
        /// It is given up: nothing more will come to be known of it.
        case giveUp
        /// Nothing, until the provider tells of a recording.
        case wait
        /// Nothing at all.
        case done
    }

    /// How long a recording is waited for.
    package static let patience = Duration.seconds(600)
    /// How often fetching and listening are tried.
    package static let limit = 8

    package let call: Call
    /// Steps that failed in a row.
    package let tries: Int
    package let firstSeen: Timestamp
    /// Whether the gateway has the recording.
    package let isPassed: Bool
    /// Until when the recording is kept, if there is one.
    package let keepUntil: Timestamp?
    /// Whether there is somebody to listen to recordings.
    package let hears: Bool

    package init(
        call: Call, tries: Int, firstSeen: Timestamp, isPassed: Bool, keepUntil: Timestamp?, hears: Bool
    ) {
        self.call = call
        self.tries = tries
        self.firstSeen = firstSeen
        self.isPassed = isPassed
        self.keepUntil = keepUntil
        self.hears = hears
    }

    package func step(at now: Timestamp) -> Step {
        let isTired = tries >= Self.limit
        guard call.audio != nil else {
            if call.placeSealed != nil, !isTired { return .fetch }
            if !call.isOpen { return .done }
            // A text may still be told by the provider, as long as it is waited for at all.
            return isTired || now >= firstSeen + Self.patience ? .giveUp : .wait
        }
        // What was said comes first: somebody waits for the code.
        if call.isOpen { return hears && !isTired ? .listen : .giveUp }
        return isPassed || now >= keepUntil ?? now ? .done : .pass
    }

    /// The pause after the failure of a step: a second, doubled with each up to a minute.
    package static func pause(tries: Int) -> Duration { min(.seconds(1 << min(max(tries - 1, 0), 6)), .seconds(60)) }

    /// When to look again at one that waits.
    package var waitsUntil: Timestamp { firstSeen + Self.patience }
}
