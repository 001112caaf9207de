import CLinux
import Glibc
import JSON
import Kit
import Runtime
import Synchronization

/// What other threads may do with a connection: wake its thread, ask it to end, look at its state.
final class LinkControl: Sendable {
    private let event: Int32
    private let wantsEnd = Atomic<Bool>(false)
    private let wantsLeave = Atomic<Bool>(false)
    let connected = Atomic<Bool>(false)
    let blocked = Atomic<Bool>(false)
    let watch: LinkWatch

    init(heartbeat: Int) {
        event = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        precondition(event >= 0, "no descriptor is left for a connection to the broker")
        watch = LinkWatch(patience: .seconds(2 * heartbeat))
    }

    deinit { close(event) }

    /// Finish what is in hand, then end.
    var shouldEnd: Bool { wantsEnd.load(ordering: .acquiring) || shouldLeave }
    /// End now.
    var shouldLeave: Bool { wantsLeave.load(ordering: .acquiring) }

    func end() {
        wantsEnd.store(true, ordering: .releasing)
        wake()
    }

    /// Also frees the thread from a call that hangs.
    func leave() {
        wantsLeave.store(true, ordering: .releasing)
        watch.shut()
        wake()
    }

    func wake() {
        var one: UInt64 = 1
        // It can fail only when the counter is full, and then the thread is awake already.
        _ = write(event, &one, 8)
    }

    /// Waits until the socket (if there is one) has something to say, `wake` was called, or the time is over.
    fileprivate func wait(socket: Int32?, _ limit: Duration) {
        var waits = [pollfd(fd: event, events: Int16(POLLIN), revents: 0)]
        if let socket { waits.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0)) }
        // A round up, lest a wait of half a millisecond become a spin.
        poll(&waits, nfds_t(waits.count), Int32(clamping: max(0, (limit.microseconds + 999) / 1000)))
        var count: UInt64 = 0
        _ = read(event, &count, 8)
    }
}

/// What a role wants after its turn.
enum LinkTurn {
    /// Sleep until something happens, at most this long.
    case wait(Duration)
    /// Everything is finished: end the connection and the thread.
    case finished
}

/// What a connection is for. Every call comes on the connection's own thread, so that a role needs no locks for
/// itself.
protocol LinkRole: AnyObject {
    /// The link is logged in and the topology declared.
    func opened(_ link: AMQPLink) throws(BusError)
    func received(_ event: LinkEvent) throws(BusError)
    /// Sends what there is to send. Called after everything that arrived was received, and after every wake-up.
    func turn(_ link: AMQPLink) throws(BusError) -> LinkTurn
    /// As `turn`, while there is no connection.
    func disconnectedTurn() -> LinkTurn
    /// The link is gone, and all that was not settled on it is unknown.
    func lost(_ error: BusError)
    /// The thread ends; nobody will ask again.
    func ended()
}

/// The life of a connection: connect, declare, work; when the link is lost, wait (full jitter from 0.2 to 15 seconds)
/// and begin again, for ever. It gives up only when it is asked to end.
struct LinkRunner: Sendable {
    static let heartbeat = 10

    let address: AMQPAddress
    /// Shown by the broker, and in logs and health.
    let name: String
    let topology: Topology
    let control: LinkControl
    let log: Log
    let health: Health?

    /// Runs the connection on a thread of its own and returns when that has ended.
    func run(_ makeRole: @escaping @Sendable () -> any LinkRole) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                OSThread.start("bus-\(name)") {
                    control.watch.enroll()
                    let role = makeRole()
                    work(role)
                    role.ended()
                    control.watch.resign()
                    continuation.resume()
                }
            }
        } onCancel: {
            control.leave()
        }
    }

    private func work(_ role: any LinkRole) {
        var generation = 0
        var failures = 0
        health?.report(part, ready: false, detail: "connecting")
        while !control.shouldLeave {
            generation += 1
            let started = monotonicMilliseconds()
            do throws(BusError) {
                try connection(generation, role)
                return
            } catch {
                let wasOpen = control.connected.exchange(false, ordering: .relaxed)
                control.blocked.store(false, ordering: .relaxed)
                role.lost(error)
                // A link that lasted shows that the broker is well; one that fails at once may fail for long.
                failures = wasOpen && monotonicMilliseconds() - started > 5000 ? 0 : failures + 1
                if error.code == .reset { failures = 0 }
                health?.report(part, ready: false, detail: error.message)
                if error.code != .reset, !control.shouldEnd {
                    log.warning(
                        "broker connection lost",
                        [
                            "bus.connection": .string(name), "error": .string(error.description),
                            "bus.failures": .integer(Int64(failures)),
                        ])
                }
            }
            if !pause(role, failures: failures) { return }
        }
    }

    /// Sleeps before the next try. False when the role has nothing left to do.
    private func pause(_ role: any LinkRole, failures: Int) -> Bool {
        let until = monotonicMilliseconds() + Backoff.reconnect.delay(failures: failures).milliseconds
        while true {
            if control.shouldLeave { return false }
            guard case .wait(let limit) = role.disconnectedTurn() else { return false }
            let left = until - monotonicMilliseconds()
            if left <= 0 { return true }
            control.wait(socket: nil, min(limit, .milliseconds(left)))
        }
    }

    private func connection(_ generation: Int, _ role: any LinkRole) throws(BusError) {
        let link = try AMQPLink(
            address, name: name, heartbeat: Self.heartbeat, generation: generation, watch: control.watch)
        do throws(BusError) {
            try link.declare(topology)
            try role.opened(link)
            control.connected.store(true, ordering: .relaxed)
            health?.report(part, ready: true)
            log.debug("broker connection open", ["bus.connection": .string(name)])
            while !control.shouldLeave {
                control.watch.tick()
                try link.receive(limit: 2000) { event throws(BusError) in
                    switch event {
                    case .blocked(let reason):
                        control.blocked.store(true, ordering: .relaxed)
                        log.warning(
                            "broker blocks publishing",
                            ["bus.connection": .string(name), "bus.reason": .string(reason)])
                    case .unblocked: control.blocked.store(false, ordering: .relaxed)
                    default: break
                    }
                    try role.received(event)
                }
                switch try role.turn(link) {
                case .finished:
                    link.close()
                    control.connected.store(false, ordering: .relaxed)
                    return
                case .wait(let limit):
                    if link.hasBuffered { continue }
                    // Heartbeats are sent and checked while receiving, so no sleep may be long.
                    control.wait(socket: link.descriptor, min(limit, .milliseconds(Self.heartbeat * 250)))
                }
            }
        } catch {
            // When it was only the channel that the broker closed, a word of farewell spares it a warning in its log.
            if error.code == .closedByBroker || error.code == .consumerCancelled || error.code == .reset {
                link.close()
            }
            throw error
        }
        throw BusError(.reset, "asked to leave")
    }

    private var part: String { "rabbitmq \(name)" }
}

/// How long to wait before the next try: evenly spread between nothing and a bound that doubles with each failure, so
/// that those who failed together do not return together.
struct Backoff: Sendable {
    let first: Duration
    let limit: Duration

    static let reconnect = Backoff(first: .milliseconds(200), limit: .seconds(15))

    func delay(failures: Int) -> Duration {
        let bound = min(limit, first * (1 << min(max(failures - 1, 0), 16)))
        return .microseconds(Int64.random(in: 0...max(1, bound.microseconds)))
    }
}
