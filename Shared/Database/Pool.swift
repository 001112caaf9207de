import CLinux
import Glibc
import JSON
import Kit
import Runtime

/// The pool, on its one thread: epoll over all connections and the door. Made on that thread and never seen elsewhere,
/// so nothing in it is locked. Calls of libpq here never wait.
///
/// This file: the loop, connections coming and going. `Pool+requests.swift`: who gets which connection.
/// `Pool+listening.swift`: LISTEN.
final class Pool {
    struct Slot {
        var connection: PostgresConnection?
        var isConnecting = false
        var retryAt: ContinuousClock.Instant?
        var backoff: Backoff
    }

    let settings: ConnectionSettings
    let door: PoolDoor
    let metrics: DatabaseMetrics
    let health: Health
    let log: Log

    /// One for each connection, and the last for listening.
    var slots: [Slot]
    var listening = Listening()
    var waiting = FIFO<Request>()
    /// How many in `waiting` have not ended meanwhile.
    var waitingCount = 0
    var now = ContinuousClock.now
    var lastFailure = "no try has ended yet"
    var isStopping = false

    private let epoll: Int32
    private var bySerial: [UInt64: Int] = [:]
    private var lastSerial: UInt64 = 0
    private var isOver = false
    private var wasReady: Bool?

    init(
        _ settings: ConnectionSettings, connections: Int, door: PoolDoor, metrics: DatabaseMetrics, health: Health,
        log: Log
    ) {
        self.settings = settings
        self.door = door
        self.metrics = metrics
        self.health = health
        self.log = log
        let backoff = Backoff(first: settings.options.firstPause, limit: settings.options.longestPause)
        slots = Array(repeating: Slot(backoff: backoff), count: connections + 1)
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(epoll >= 0, "no epoll could be had: the process has too many descriptors")
        watch(door.bell, EPOLL_CTL_ADD, serial: 0)
    }

    deinit { close(epoll) }

    var listeningSlot: Int { slots.count - 1 }
    var readyCount: Int { slots.dropLast().count { $0.connection != nil } }

    /// Runs until the pool was stopped and has finished.
    func run() {
        for index in slots.indices.dropLast() { connect(index) }
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while !isOver {
            let timeout = door.maySleep() ? untilNextTimer() : 0
            let count = epoll_wait(epoll, &events, Int32(events.count), timeout)
            now = .now
            for event in events.prefix(max(0, Int(count))) { handle(event) }
            for command in door.take() { handle(command) }
            checkTimers()
            // No connection is made any more, so there is nothing to wait for.
            if isStopping, readyCount == 0 { failWaiting(DatabaseError(.closed, "the pool is stopping")) }
            dispatch()
            flush()
            report()
            if isStopping, waitingCount == 0, slots.allSatisfy({ $0.connection?.isFree ?? true }) { end() }
        }
    }

    private func handle(_ event: epoll_event) {
        let serial = withUnsafePointer(to: event) { namaskah_epoll_data($0) }
        if serial == 0 {
            var rings: UInt64 = 0
            _ = read(door.bell, &rings, 8)
            return
        }
        // The connection may have been lost by an earlier event of the same batch.
        guard let index = bySerial[serial], let connection = slots[index].connection else { return }
        var ended: [Request] = []
        var failure: DatabaseError?
        do {
            try connection.receive(&ended)
        } catch {
            failure = error
        }
        for request in ended { finish(request, on: connection, index) }
        if index == listeningSlot { deliverNotifications(of: connection) }
        if failure == nil {
            do {
                try connection.sendHeld()
            } catch {
                failure = error
            }
        }
        if let failure { lose(index, connection, failure) }
    }

    private func handle(_ command: PoolDoor.Command) {
        switch command {
        case .submit(let request): submit(request)
        case .cancel(let request): cancel(request)
        case .giveUp(let lease): giveUp(lease, .overAndDone)
        case .connected(let slot, let outcome): connected(slot, outcome)
        case .listen(let id, let channel, let stream): listen(id, channel, stream)
        case .unlisten(let id): unlisten(id)
        case .stop(let now):
            isStopping = true
            if now { end() }
        }
    }

    // MARK: Connections

    func connect(_ index: Int) {
        slots[index].isConnecting = true
        slots[index].retryAt = nil
        let door = door
        Connector.start(settings) { door.put(.connected(slot: index, $0)) }
    }

    private func connected(_ index: Int, _ outcome: Connector.Outcome) {
        slots[index].isConnecting = false
        switch outcome {
        case .failed(let message):
            lastFailure = message
            log.debug("postgres refused a connection", ["error": .string(message)])
            retryLater(index)
        case .connected(let handle):
            lastSerial += 1
            let connection = PostgresConnection(
                serial: lastSerial, handle: handle, preparedStatements: settings.options.preparedStatements)
            bySerial[lastSerial] = index
            slots[index].connection = connection
            slots[index].backoff.reset()
            watch(connection.descriptor, EPOLL_CTL_ADD, serial: connection.serial)
            if index == listeningSlot { resumeListening() }
        }
    }

    /// Drops a connection, answers everyone who waits for it, and has another made.
    func lose(_ index: Int, _ connection: PostgresConnection, _ error: DatabaseError) {
        guard slots[index].connection === connection else { return }
        drop(index, connection)
        lastFailure = error.message
        metrics.reconnects.add()
        log.debug("lost a connection to postgres", ["error": .string(error.message)])
        fail(connection, error)
        retryLater(index)
        if index == listeningSlot { stopHearing() }
    }

    private func drop(_ index: Int, _ connection: PostgresConnection) {
        // Before the descriptor is closed: its number may be another's at once.
        epoll_ctl(epoll, EPOLL_CTL_DEL, connection.descriptor, nil)
        bySerial[connection.serial] = nil
        slots[index].connection = nil
    }

    private func retryLater(_ index: Int) {
        guard index != listeningSlot || listening.isWanted else { return }
        slots[index].retryAt = now + slots[index].backoff.next()
    }

    private func watch(_ descriptor: Int32, _ operation: Int32, serial: UInt64, writing: Bool = false) {
        let events = EPOLLIN.rawValue | (writing ? EPOLLOUT.rawValue : 0)
        namaskah_epoll_ctl(epoll, operation, descriptor, events, serial)
    }

    private func flush() {
        for index in slots.indices {
            guard let connection = slots[index].connection, connection.load > 0 else { continue }
            do {
                let hasMore = try connection.flush()
                if hasMore != connection.watchesWriting {
                    connection.watchesWriting = hasMore
                    watch(connection.descriptor, EPOLL_CTL_MOD, serial: connection.serial, writing: hasMore)
                }
            } catch {
                lose(index, connection, error)
            }
        }
    }

    // MARK: Time

    /// Milliseconds until something is due; -1 when nothing ever is.
    private func untilNextTimer() -> Int32 {
        var next: ContinuousClock.Instant?
        func consider(_ instant: ContinuousClock.Instant?) {
            guard let instant else { return }
            next = min(next ?? instant, instant)
        }
        consider(firstWaitDeadline)
        for slot in slots {
            consider(slot.retryAt)
            consider(slot.connection.flatMap(answerDeadline))
        }
        guard let next else { return -1 }
        return Int32(clamping: max(.zero, next - .now).milliseconds + 1)
    }

    private func checkTimers() {
        expireWaiting()
        for index in slots.indices {
            if let retryAt = slots[index].retryAt, retryAt <= now, !isStopping { connect(index) }
            if let connection = slots[index].connection, let deadline = answerDeadline(connection), deadline <= now {
                lose(index, connection, .lost("no answer came although the server's own time limit is over"))
            }
        }
    }

    /// The server ends slow statements by itself; when even that does not come, it is the connection that is gone.
    private func answerDeadline(_ connection: PostgresConnection) -> ContinuousClock.Instant? {
        guard let head = connection.head, !head.isPatient, settings.options.statementTimeout > .zero else { return nil }
        return connection.headSince + settings.options.statementTimeout + .seconds(5)
    }

    // MARK: The end

    private func end() {
        guard !isOver else { return }
        isOver = true
        lastFailure = "stopped"
        let error = DatabaseError(.closed, "the pool was stopped")
        for index in slots.indices {
            guard let connection = slots[index].connection else { continue }
            drop(index, connection)
            fail(connection, error)
        }
        failWaiting(error)
        endListening()
        report()
        for case .submit(let request) in door.close() { request.finish(.failure(error)) }
    }

    private func report() {
        let ready = readyCount
        metrics.connections.set(ready)
        metrics.idle.set(slots.dropLast().count { $0.connection?.isFree ?? false })
        metrics.waiting.set(waitingCount)
        let isReady = ready > 0 && !isOver
        if isReady != wasReady {
            if !isReady, wasReady == true, !isOver {
                log.warning("postgres is out of reach", ["error": .string(lastFailure)])
            }
            if isReady { log.info("postgres is within reach") }
            wasReady = isReady
            health.report("postgres", ready: isReady, detail: isReady ? nil : lastFailure)
        }
    }
}

extension PostgresConnection {
    /// Whether nobody uses it.
    var isFree: Bool { lease == nil && load == 0 }
}
