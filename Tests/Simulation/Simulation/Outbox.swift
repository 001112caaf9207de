import Bus
import Kit

/// The table from which messages leave. Ids are given out before a transaction is committed, so that rows may appear
/// behind others that were read already.
final class OutboxTable {
    struct Row {
        let id: Int64
        let message: Message
        /// When it was written, in milliseconds.
        let at: Int64
    }

    private unowned(unsafe) let world: World
    var relays: [Relay] = []
    /// By their ids.
    private(set) var rows: [Row] = []
    private var last: Int64 = 0
    /// Given out to transactions that are not committed yet.
    private var given: [Int64] = []

    init(_ world: World) { self.world = world }

    func write(_ bodies: [Message.Body]) {
        if world.dice.chance(world.weather.lateRow) {
            given += (1...3).map { last + $0 }
            last += 3
        }
        var written: [Row] = []
        for body in bodies {
            let message = Message(world.newID(), body)
            world.told(message)
            if world.mutation == .loseOutbox, world.dice.chance(300) { continue }
            if !given.isEmpty, world.dice.chance(5000) {
                let row = Row(id: given.removeFirst(), message: message, at: world.now / 1000)
                rows.insert(row, at: rows.firstIndex { $0.id > row.id } ?? rows.count)
                written.append(row)
            } else {
                last += 1
                rows.append(Row(id: last, message: message, at: world.now / 1000))
                written.append(rows[rows.count - 1])
            }
        }
        world.written.append((self, written))
        for relay in relays { relay.lookLater() }
    }

    func read(after id: Int64, writtenBefore moment: Int64, limit: Int) -> [Row] {
        Array(rows.lazy.filter { $0.id > id && $0.at <= moment }.prefix(limit))
    }

    func read(_ ids: [Int64]) -> [Row] { rows.filter { ids.contains($0.id) } }

    func delete(_ ids: [Int64]) { rows.removeAll { ids.contains($0.id) } }
}

/// A service's relay in one process: the real window, over the table and the broker of a history.
final class Relay {
    private unowned(unsafe) let process: Process
    private unowned(unsafe) let table: OutboxTable
    private let lease: String
    private let leases: Leases
    private var state = Relay.newState
    private var isOwner = false
    private var isAwake = false
    private var isDeleting = false

    /// So little room that it is sometimes wanting.
    private static var newState: RelayState { RelayState(capacity: 30, page: 20, grace: 1000) }

    init(_ process: Process, _ table: OutboxTable, _ leases: Leases) {
        self.process = process
        self.table = table
        self.leases = leases
        lease = "outbox"
        table.relays.append(self)
    }

    private var world: World { process.world }
    private var milliseconds: Int64 { world.now / 1000 }

    func forget() {
        state = Relay.newState
        isOwner = false
        isAwake = false
        isDeleting = false
    }

    func belongs(to process: Process) -> Bool { process === self.process }

    /// Sends what was just committed.
    func send(_ rows: [OutboxTable.Row]) {
        guard process.isUp, !rows.isEmpty, state.handOver(rows.map(\.id), now: milliseconds) else { return }
        publish(rows)
    }

    /// There are rows; in a while those that nobody sent are to be found.
    func lookLater() {
        guard !isAwake, process.isUp else { return }
        isAwake = true
        process.after(world.dice.pause(200, 1500), "read the outbox") { [self] in scan() }
    }

    private func scan() {
        isAwake = false
        let owns = leases.hold(lease, by: process, for: 15)
        if owns != isOwner { state.restart() }
        isOwner = owns
        if owns { read() } else { state.leaveToOthers() }
        payOwed()
        retry()
        // With nothing to do it is woken; with work left it looks in again, soon where it is the one to do it.
        if !table.rows.isEmpty || !state.isSettled {
            isAwake = true
            let pause = owns ? world.dice.pause(100, 500) : world.dice.pause(2000, 5000)
            process.after(pause, "read the outbox") { [self] in scan() }
        }
    }

    private func read() {
        guard state.hasRoom else { return }
        let start = state.pageStart(now: milliseconds, sweepEvery: 2000)
        let rows = table.read(after: start, writtenBefore: milliseconds - state.grace, limit: state.page)
        let fresh = state.begin(rows.map(\.id), now: milliseconds)
        publish(rows.filter { fresh.contains($0.id) })
    }

    private func payOwed() {
        while state.paysOwed {
            let rows = table.read(state.takeOwed())
            let fresh = state.publish(rows.map(\.id), now: milliseconds)
            publish(rows.filter { fresh.contains($0.id) })
        }
    }

    private func retry() {
        // The window keeps no order among those whose pause is over; a history must.
        let due = state.due(now: milliseconds, limit: .max).sorted()
        let there = isOwner ? table.read(due) : []
        state.forget(Set(due).subtracting(there.map(\.id)))
        let fresh = state.publish(there.map(\.id), now: milliseconds)
        publish(there.filter { fresh.contains($0.id) })
    }

    private func publish(_ batch: [OutboxTable.Row]) {
        guard !batch.isEmpty else { return }
        process.after(world.dice.pause(0, 5), "publish") { [self] in
            let outcomes = batch.map { world.broker.publish($0.message) }
            process.after(world.dice.pause(1, 100), "note confirms") { [self] in settle(batch, outcomes) }
        }
    }

    private func settle(_ batch: [OutboxTable.Row], _ outcomes: [PublishOutcome]) {
        for (row, outcome) in zip(batch, outcomes) {
            if outcome == .confirmed {
                state.confirmed(row.id)
            } else {
                _ = state.failed(row.id, outcome, now: milliseconds, jitter: world.dice.share())
            }
        }
        if !isDeleting { delete() }
    }

    private func delete() {
        isDeleting = true
        process.after(world.dice.pause(1, 40), "delete what was confirmed") { [self] in
            let ids = state.takeDone(limit: 500)
            let isDeleted = ids.isEmpty || process.transaction { table.delete(ids) } != nil
            if isDeleted { state.deleted(ids) } else { state.notDeleted(ids) }
            isDeleting = state.doneCount > 0
            if isDeleting { delete() }
        }
    }
}

/// Jobs that one process at a time should do. Losing one for a moment does no harm.
final class Leases {
    private unowned(unsafe) let world: World
    private var held: [String: (owner: Int, until: Int64)] = [:]

    init(_ world: World) { self.world = world }

    /// True when the lease is this life's for the next `seconds`.
    func hold(_ name: String, by process: Process, for seconds: Int64) -> Bool {
        let owner = process.instance
        if let lease = held[name], lease.owner != owner, lease.until >= world.now { return false }
        held[name] = (owner, world.now + seconds * 1_000_000)
        return true
    }
}
