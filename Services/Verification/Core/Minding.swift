import Choosing
import Contracts
import Kit

/// Why a provider did not do what was asked of an order.
package enum Trouble: Error, Hashable, Sendable {
    /// The order is past what was asked, or, with `isUnknown`, the provider says that there is none.
    case ended(isUnknown: Bool)
    case tooEarly(after: Duration)
    case unsupported
    /// No answer, or not now.
    case away
    /// Our own budget let nothing through, so that nobody was asked; for so long, as far as is known.
    case heldBack(for: Duration)
}

/// What is asked about an order that is open at a provider, when, and what the answer means.
package enum Minding {
    package enum Question: Hashable, Sendable {
        case check
        case cancel
        case ban
        case finish
    }

    package enum Meaning: Hashable, Sendable {
        case nothing
        /// To be asked again, after a pause that grows.
        case again
        /// To be asked then; nothing was learned of the provider.
        case later(Duration)
        case changed(OrderEvent)
        /// The provider will not end the order: only how it stands tells why.
        case check
    }

    package static func question(about watch: Watch) -> Question {
        question(watch.state, watch.cancelMode, keepsOpen: watch.keepsOpen)
    }

    static func question(_ state: OrderState, _ cancelMode: Order.CancelMode?, keepsOpen: Bool) -> Question {
        switch state {
        case .cancelling: cancelMode == .report ? .ban : .cancel
        case .received where !keepsOpen: .finish
        default: .check
        }
    }

    /// When to ask. `isFirst` when the order has just come to stand like this.
    package static func due(
        _ watch: Watch, now: Timestamp, isFirst: Bool, schedule: PollSchedule, linger: Duration, jitter: Double
    ) -> Timestamp {
        if watch.failures > 0 { return now + .milliseconds(min(250 << min(watch.failures, 6), 15_000)) }
        switch watch.state {
        case .cancelling: return isFirst ? now : now + .seconds(1)
        case .received where !watch.keepsOpen:
            // Never further away than the whole of it, whatever clock the code's time came from.
            let end = watch.lingersFrom.map { max(now, min($0, now) + linger) } ?? now
            return isFirst ? end : now + .seconds(1)
        default: return now + schedule.interval(age: now - watch.assignedAt, jitter: jitter)
        }
    }

    /// How far back to look for orders that others gave a number, when it was last looked so long ago. What was committed
    /// while this process stood still counts, as does a commit that was under way, or stamped by a clock that is behind.
    package static func lookBack(sinceLast pause: Duration) -> Duration { pause + .seconds(10) }

    /// How often to look for them. Who looks after all orders has seldom anything to learn; yet a worker that was taken
    /// for dead may record a purchase before it dies indeed.
    package static func looksEvery(ownsAll: Bool) -> Duration { ownsAll ? .seconds(10) : .seconds(1) }

    /// What an answer means.
    package static func meaning(of told: Result<Observation, Trouble>, about watch: Watch, now: Timestamp) -> Meaning {
        switch told {
        case .success(let observation): news(observation, about: watch)
        // A process that died after its call and before the record of it makes the call twice, and the second is
        // refused like one for an order that never was.
        case .failure(.ended) where watch.state != .waiting: .check
        case .failure(let trouble): refusal(trouble, about: watch, now: now)
        }
    }

    /// What it means that the provider, having refused to end the order, says of it.
    package static func meaning(
        of told: Result<Observation, Trouble>, after refused: Trouble, about watch: Watch, now: Timestamp
    ) -> Meaning {
        switch told {
        case .success(let observation):
            observation.status == .open
                ? refusal(refused, about: watch, now: now) : .changed(.observed(observation))
        case .failure(.ended(isUnknown: true)): .changed(.unknownToProvider)
        case .failure(.heldBack(let pause)): .later(pause)
        // The refusal alone does not tell whose the money is.
        case .failure: .again
        }
    }

    private static func news(_ observation: Observation, about watch: Watch) -> Meaning {
        if observation.status == .open, observation.messages.count <= watch.messageCount,
            observation.callMark <= watch.callMark,
            observation.expiresAt == nil || observation.expiresAt == watch.expiresAt
        {
            return .nothing
        }
        return .changed(.observed(observation))
    }

    private static func refusal(_ trouble: Trouble, about watch: Watch, now: Timestamp) -> Meaning {
        switch (trouble, watch.state) {
        case (.heldBack(let pause), _): .later(pause)
        case (.ended(isUnknown: true), _): .changed(.unknownToProvider)
        case (.tooEarly(let after), .cancelling): .changed(.cancelRefused(.tooEarly(until: now + after)))
        case (.ended, .cancelling), (.unsupported, .cancelling): .changed(.cancelRefused(.tooLate))
        case (.ended, .received), (.unsupported, .received): .changed(.unknownToProvider)
        default: .again
        }
    }
}
