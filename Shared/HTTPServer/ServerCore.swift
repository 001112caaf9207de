import CLinux
import Glibc
import JSON
import Kit
import Runtime
import Synchronization

/// What all connections of a server share. Outlives the daemon, whose callbacks borrow it.
final class ServerCore: Sendable {
    let name: String
    let routes: RouteTree
    let limits: HTTPLimits
    let log: Log
    let metrics: RequestMetrics
    let streams = StreamLoop()
    let webSockets: WebSocketLoop
    /// A socket that leads nowhere, for `Connection.take`.
    let deadEnd: Int32

    private let connections = Mutex<[ObjectIdentifier: Connection]>([:])
    private let draining = Atomic<Bool>(false)
    private let sweepHasEnded = Atomic<Bool>(false)
    private let inHand = Atomic<Int>(0)
    private let drained = Latch()

    init(name: String, routes: RouteTree, limits: HTTPLimits, log: Log, metrics: RequestMetrics) {
        self.name = name
        self.routes = routes
        self.limits = limits
        self.log = log
        self.metrics = metrics
        webSockets = WebSocketLoop(outgoingLimit: limits.outgoing, idle: limits.idle)
        deadEnd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        precondition(deadEnd >= 0, "no socket could be made")
    }

    deinit { close(deadEnd) }

    var isDraining: Bool { draining.load(ordering: .relaxed) }

    // MARK: Connections

    func opened(_ connection: Connection) {
        connections.withLock { $0[ObjectIdentifier(connection)] = connection }
        metrics.connections.add()
    }

    func closed(_ connection: Connection) {
        connections.withLock { $0[ObjectIdentifier(connection)] = nil }
        metrics.connectionsClosed.add()
    }

    /// How many connections there are, with those that were taken; tests look for leaks here.
    var connectionCount: Int { connections.withLock { $0.count } }

    /// Whether one more may be taken from libmicrohttpd, which counts those it has itself.
    func mayTake(_ connection: Connection) -> Bool {
        connections.withLock { connections in
            if connections.count > limits.connections { return false }
            guard limits.connectionsPerAddress > 0 else { return true }
            let address = connection.remoteAddress
            return connections.values.count { $0.remoteAddress == address } <= limits.connectionsPerAddress
        }
    }

    /// Ends what has taken too long, again and again until `endSweep`; waits in between, so it needs a thread of its own.
    /// One walk over all connections costs less than a timer for every request would.
    func sweep() {
        let shortest = min(limits.idle, limits.receive, limits.handler)
        let interval = min(.milliseconds(250), max(.milliseconds(10), shortest / 4))
        while !sweepHasEnded.load(ordering: .relaxed) {
            usleep(UInt32(interval.milliseconds * 1000))
            let now = Uptime.milliseconds
            for connection in connections.withLock({ Array($0.values) }) { connection.endIfLate(now) }
            for stream in streams.all { stream.endIfStuck(now, idle: limits.idle.milliseconds) }
        }
    }

    func endSweep() { sweepHasEnded.store(true, ordering: .relaxed) }

    // MARK: Drain

    /// A request has arrived in part or whole; `left` follows when its answer has been sent or the connection is gone.
    func entered() { inHand.wrappingAdd(1, ordering: .relaxed) }

    func left() {
        if inHand.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue == 0,
            draining.load(ordering: .sequentiallyConsistent)
        {
            drained.open()
        }
    }

    func beginDrain() {
        draining.store(true, ordering: .sequentiallyConsistent)
        for connection in connections.withLock({ Array($0.values) }) { connection.drain() }
        for stream in streams.all { stream.stopping() }
        webSockets.drain()
        if inHand.load(ordering: .sequentiallyConsistent) == 0 { drained.open() }
    }

    /// Returns when nothing is in hand any more. What is left after `limit` is answered 503 or cut; whoever does not
    /// take that answer within a second is cut too. False when something is left all the same.
    func waitUntilDrained(within limit: Duration) async -> Bool {
        if await drained.wait(within: limit) { return true }
        log.warning("requests were cut off by the stop", ["http.server": .string(name)])
        for connection in connections.withLock({ Array($0.values) }) { connection.abandon() }
        for stream in streams.all { stream.peerLeft() }
        webSockets.cut()
        if await drained.wait(within: .seconds(1)) { return true }
        for connection in connections.withLock({ Array($0.values) }) { connection.cut() }
        return await drained.wait(within: .seconds(1))
    }
}

/// Time that never goes back.
enum Uptime {
    /// Milliseconds, to the kernel's tick of a few: fit for limits, cheap enough for every request.
    static var milliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Microseconds, exact: fit for measuring.
    static var microseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
