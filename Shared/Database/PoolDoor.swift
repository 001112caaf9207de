import CLinux
import Glibc
import Synchronization

/// What tasks and connecting threads have to say to the pool's thread: a mailbox whose bell, an eventfd, rings only
/// when that thread sleeps, so that a burst costs one wake-up.
final class PoolDoor: Sendable {
    enum Command: Sendable {
        case submit(Request)
        case cancel(Request)
        /// The transaction is given up: roll back what there is of it.
        case giveUp(Lease)
        case connected(slot: Int, Connector.Outcome)
        case listen(UInt64, channel: String, AsyncStream<String>.Continuation)
        case unlisten(UInt64)
        case stop(now: Bool)
    }

    private struct State {
        var commands: [Command] = []
        var isAsleep = false
        var isClosed = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// Readable when there is something to take.
    let bell: Int32
    private let state = Mutex(State())

    init() {
        bell = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        precondition(bell >= 0, "no eventfd could be had: the process has too many descriptors")
    }

    deinit { Glibc.close(bell) }

    /// False when the pool has ended and nobody will read it.
    @discardableResult
    func put(_ command: Command) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.commands.append(command)
            if state.isAsleep {
                state.isAsleep = false
                ring()
            }
            return true
        }
    }

    private func ring() {
        var one: UInt64 = 1
        // Cannot fail short of 2⁶⁴ rings that nobody heard.
        _ = write(bell, &one, 8)
    }

    /// Whether the thread may sleep; if so the next command will ring.
    func maySleep() -> Bool {
        state.withLock {
            $0.isAsleep = $0.commands.isEmpty
            return $0.isAsleep
        }
    }

    /// All commands since the last time, in order.
    func take() -> [Command] {
        state.withLock { state in
            state.isAsleep = false
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Nothing is taken after this; returns what came last, and lets those go on who wait for the end.
    func close() -> [Command] {
        let (commands, waiters) = state.withLock { state in
            defer {
                state.commands = []
                state.waiters = []
            }
            state.isClosed = true
            return (state.commands, state.waiters)
        }
        for waiter in waiters { waiter.resume() }
        return commands
    }

    /// Returns once the pool has ended.
    func untilClosed() async {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock {
                if !$0.isClosed { $0.waiters.append(continuation) }
                return $0.isClosed
            }
            if isClosed { continuation.resume() }
        }
    }
}
