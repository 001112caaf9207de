import Synchronization

/// A nudge for one waiting task. Nudges that come while nobody waits are kept as one.
package final class Wakeup: Sendable {
    private struct State: Sendable {
        var isPending = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    package init() {}

    /// Wakes who waits, or else the next who does.
    package func signal() {
        let waiter = state.withLock { state in
            guard let waiter = state.waiter else {
                state.isPending = true
                return CheckedContinuation<Void, Never>?.none
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Waits for a nudge, at most so long; may also return for no reason.
    package func wait(_ limit: Duration) async {
        // A timer that fires late nudges the next wait, which is allowed.
        let timer = Task {
            do { try await Task.sleep(for: limit) } catch { return }
            signal()
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state in
                    precondition(state.waiter == nil, "only one task waits")
                    if state.isPending {
                        state.isPending = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            signal()
        }
        timer.cancel()
    }
}
