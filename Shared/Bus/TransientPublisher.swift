import Kit
import Runtime
import Synchronization

/// Sends what may be lost: live updates to clients, which are told the truth by a read model anyhow. No confirms, not
/// persistent, nobody waits.
///
/// Life: `run` by the service group. `publish` never waits and never fails.
/// Guarantees: holds at most `capacity` messages; beyond that, and while the broker is away or blocks publishing, new
/// ones are dropped and counted. Does not promise that anything arrives.
package final class TransientPublisher: Service {
    private struct State: Sendable {
        var waiting: [WireMessage] = []
        var accepts = false
    }

    package let name: String
    private let runner: LinkRunner
    private let applicationID: String
    private let capacity: Int
    private let state = Mutex(State())
    private let sent: Counter
    private let dropped: Counter

    package init(
        _ address: AMQPAddress, applicationID: String, name: String = "push", topology: Topology = Topology(),
        capacity: Int = 4096, log: Log, metrics: Metrics, health: Health? = nil
    ) {
        self.name = name
        self.applicationID = applicationID
        self.capacity = capacity
        runner = LinkRunner(
            address: address, name: "\(applicationID) \(name)", topology: topology,
            control: LinkControl(heartbeat: LinkRunner.heartbeat), log: log, health: health)
        sent = metrics.counter(
            "bus_transient_sent_total", "Messages sent that may be lost", [("publisher", name)])
        dropped = metrics.counter(
            "bus_transient_dropped_total", "Messages dropped because the broker was away or slow",
            [("publisher", name)])
    }

    package var isConnected: Bool { runner.control.connected.load(ordering: .relaxed) }
    package var isBlocked: Bool { runner.control.blocked.load(ordering: .relaxed) }

    /// Hands messages over and returns at once.
    package func publish(_ batch: [OutgoingMessage]) {
        guard !batch.isEmpty else { return }
        let blocked = isBlocked
        let (taken, wasEmpty) = state.withLock { state in
            let room = state.accepts && !blocked ? capacity - state.waiting.count : 0
            let wasEmpty = state.waiting.isEmpty
            for message in batch.prefix(max(0, room)) {
                var wire = WireMessage(message)
                wire.isPersistent = false
                state.waiting.append(wire)
            }
            return (min(batch.count, max(0, room)), wasEmpty)
        }
        if taken < batch.count { dropped.add(batch.count - taken) }
        if taken > 0, wasEmpty { runner.control.wake() }
    }

    package func run() async throws {
        await runner.run { TransientRole(self, applicationID: self.applicationID) }
    }

    package func stop() { runner.control.end() }

    fileprivate var shouldEnd: Bool { runner.control.shouldEnd }

    fileprivate func take() -> [WireMessage] {
        state.withLock { state in
            var taken: [WireMessage] = []
            swap(&taken, &state.waiting)
            return taken
        }
    }

    fileprivate func accept(_ accepts: Bool) {
        let lost = state.withLock { state in
            state.accepts = accepts
            guard !accepts else { return 0 }
            let count = state.waiting.count
            state.waiting = []
            return count
        }
        dropped.add(lost)
    }

    fileprivate func note(sent count: Int, dropped lost: Int) {
        sent.add(count)
        dropped.add(lost)
    }
}

private final class TransientRole: LinkRole {
    private let owner: TransientPublisher
    private let applicationID: String

    init(_ owner: TransientPublisher, applicationID: String) {
        self.owner = owner
        self.applicationID = applicationID
    }

    func opened(_ link: AMQPLink) throws(BusError) { owner.accept(true) }

    func received(_ event: LinkEvent) throws(BusError) {}

    func turn(_ link: AMQPLink) throws(BusError) -> LinkTurn {
        let batch = owner.take()
        var lost = 0
        for message in batch {
            if owner.isBlocked || message.refusal(maximumBody: 256 * 1024) != nil {
                lost += 1
            } else {
                try link.publish(message, mandatory: false, applicationID: applicationID)
            }
        }
        owner.note(sent: batch.count - lost, dropped: lost)
        return owner.shouldEnd ? .finished : .wait(.seconds(60))
    }

    func disconnectedTurn() -> LinkTurn { owner.shouldEnd ? .finished : .wait(.seconds(60)) }

    func lost(_ error: BusError) { owner.accept(false) }

    func ended() { owner.accept(false) }
}
