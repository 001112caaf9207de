import Kit
import Synchronization
import TestSupport

/// Does the steps of a schedule to a stack, counts them, and notes when what each disturbed was well again.
final class Injector: Sendable {
    /// A step that could not be done, with the reason.
    struct Missed: Sendable {
        let step: Schedule.Step
        let reason: String
    }

    private struct State {
        var done: [FaultKind: Int] = [:]
        var missed: [Missed] = []
        var healed: [(at: ContinuousClock.Instant, kind: FaultKind)] = []
        /// By its mark, the queue that it certainly came to.
        var poison: [String: String] = [:]
        /// Sent, but nobody knows whether it arrived.
        var perhapsPoison: [String] = []
        /// How often each queue was emptied.
        var emptied: [String: Int] = [:]
        var busyWires: Set<Wire> = []
        var history: Int?
        var unmet = 0
    }
    private let state = Mutex(State())

    let stack: TestStack
    let keeper: Keeper
    let clocks: Clocks
    let memory: Memory
    let waiting: WaitingOrders
    let diary: Diary

    init(
        _ stack: TestStack, keeper: Keeper, clocks: Clocks, memory: Memory, waiting: WaitingOrders, diary: Diary
    ) {
        self.stack = stack
        self.keeper = keeper
        self.clocks = clocks
        self.memory = memory
        self.waiting = waiting
        self.diary = diary
    }

    var done: [FaultKind: Int] { state.withLock { $0.done } }
    var missed: [Missed] { state.withLock { $0.missed } }
    var healed: [(at: ContinuousClock.Instant, kind: FaultKind)] { state.withLock { $0.healed } }
    var poison: (sent: Set<String>, perhaps: Set<String>) {
        state.withLock { (Set($0.poison.keys), Set($0.perhapsPoison)) }
    }

    /// Does one step, to its end.
    func inject(_ step: Schedule.Step) async {
        var generator = SplitMix64(seed: step.dice)
        do {
            diary.note("\(step)")
            try await act(step, &generator)
            state.withLock { state in
                state.done[step.kind, default: 0] += 1
                if step.kind.lane != .open { state.healed.append((.now, step.kind)) }
            }
            if step.kind.lane != .open { diary.note("#\(step.number) is over") }
        } catch {
            diary.note("#\(step.number) was missed: \(error)")
            state.withLock { $0.missed.append(Missed(step: step, reason: "\(error)")) }
        }
    }

    private func act(_ step: Schedule.Step, _ generator: inout SplitMix64) async throws {
        switch step.kind.lane {
        case .services: try await disturbService(step, &generator)
        case .servers: try await disturbServer(step, &generator)
        case .open:
            switch step.kind {
            case .cutInPublish, .resetWire, .lateWire, .slicedWire, .silentWire, .refusedWire, .sessionsEnded,
                .brokerCloses, .leaseLost:
                try await disturbWay(step, &generator)
            case .duplicate, .stale, .reorder, .poison, .queueEmptied, .bindingLost:
                try await disturbDeliveries(step, &generator)
            default: try await disturbProvider(step, &generator)
            }
        }
    }

    /// Until it works: what a step needs may itself be away for a while.
    @discardableResult
    func insist<Result: Sendable>(
        within limit: Duration = .seconds(90), _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        let end = ContinuousClock.now + limit
        while true {
            do { return try await body() } catch {
                guard ContinuousClock.now < end, !Task.isCancelled else { throw error }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Has a wire for itself while `body` runs, and heals it.
    func withWire(_ wire: Wire, _ body: (ChaosProxy) async throws -> Void) async throws {
        let isOurs = await eventually(within: .seconds(60)) {
            state.withLock { $0.busyWires.insert(wire).inserted }
        }
        guard isOurs else { throw TestStackError("the wire was always busy") }
        let proxy = stack.wire(wire.service, to: wire.server)
        defer {
            proxy.heal()
            state.withLock { _ = $0.busyWires.remove(wire) }
        }
        try await body(proxy)
    }

    /// Sends poison, and notes what is known of it: certainly in its queue only if that was not emptied meanwhile.
    func sendPoison(_ poison: Poison, _ body: @Sendable () async throws -> Void) async throws {
        let before = state.withLock { state in
            state.perhapsPoison.append(poison.mark)
            return state.emptied[poison.queue]
        }
        try await body()
        state.withLock { state in
            if state.emptied[poison.queue] == before { state.poison[poison.mark] = poison.queue }
        }
    }

    /// A queue is about to be emptied: what waits in it will not be seen.
    func noteEmptied(_ queue: String) {
        state.withLock { state in
            state.emptied[queue, default: 0] += 1
            state.poison = state.poison.filter { $0.value != queue }
        }
    }

    /// The fault of an empty history that waits at the provider, in exchange for the one before.
    func exchangeHistory(_ id: Int?) -> Int? {
        state.withLock { state in
            defer { state.history = id }
            return state.history
        }
    }

    /// Faults of the provider that nobody has met.
    func noteUnmet(_ count: Int) { state.withLock { $0.unmet = count } }
    var unmet: Int { state.withLock { $0.unmet } }

    /// Those that were set up and never met anything were no faults.
    func takeBack(_ kind: FaultKind, _ count: Int) {
        state.withLock { $0.done[kind, default: 0] -= count }
    }
}
