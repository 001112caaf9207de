import Synchronization

/// What the publisher will say about a batch, for one task to wait for.
final class Answer: Sendable {
    private enum State: Sendable {
        case open
        case awaited(CheckedContinuation<[PublishOutcome], Never>)
        case given([PublishOutcome])
    }
    private let state = Mutex(State.open)

    /// Called once.
    func give(_ outcomes: [PublishOutcome]) {
        let waiter: CheckedContinuation<[PublishOutcome], Never>? = state.withLock { state in
            if case .awaited(let continuation) = state { return continuation }
            state = .given(outcomes)
            return nil
        }
        waiter?.resume(returning: outcomes)
    }

    /// Called once.
    func value() async -> [PublishOutcome] {
        await withCheckedContinuation { continuation in
            let given: [PublishOutcome]? = state.withLock { state in
                if case .given(let outcomes) = state { return outcomes }
                state = .awaited(continuation)
                return nil
            }
            if let given { continuation.resume(returning: given) }
        }
    }
}
