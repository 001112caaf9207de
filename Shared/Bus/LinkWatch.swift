import CLinux
import Glibc
import Kit
import Runtime
import Synchronization

/// Milliseconds of a clock that never jumps.
func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}

/// Frees a thread that is stuck inside librabbitmq: `amqp_basic_publish` sends without a deadline, and when the broker
/// has stopped reading neither heartbeats nor signals end that; only shutting the socket from another thread does.
///
/// The connection's thread says which socket it uses and that it is getting on; one thread for the whole process looks
/// once a second. The lock makes sure that a number is never shut after it was closed and given to somebody else.
final class LinkWatch: Sendable {
    private let descriptor = Mutex<Int32>(-1)
    private let progress = Atomic<Int64>(0)
    private let patience: Int64

    init(patience: Duration) { self.patience = patience.milliseconds }

    func watch(_ socket: Int32) {
        tick()
        descriptor.withLock { $0 = socket }
    }

    /// Must be called before the socket is closed.
    func forget() { descriptor.withLock { $0 = -1 } }

    /// The thread is getting on.
    func tick() { progress.store(monotonicMilliseconds(), ordering: .relaxed) }

    /// Makes every call on the socket fail at once.
    func shut() { descriptor.withLock { if $0 >= 0 { _ = shutdown($0, Int32(SHUT_RDWR)) } } }

    fileprivate func look() {
        if monotonicMilliseconds() - progress.load(ordering: .relaxed) > patience { shut() }
    }

    // One thread for all connections, started by the first and never ended: it costs a wake-up a second.
    private static let all = Mutex<[ObjectIdentifier: LinkWatch]>([:])
    private static let thread: Void = OSThread.start("bus-watchdog") {
        while true {
            sleep(1)
            for watch in all.withLock({ Array($0.values) }) { watch.look() }
        }
    }

    func enroll() {
        _ = Self.thread
        Self.all.withLock { $0[ObjectIdentifier(self)] = self }
    }

    func resign() { Self.all.withLock { $0[ObjectIdentifier(self)] = nil } }
}
