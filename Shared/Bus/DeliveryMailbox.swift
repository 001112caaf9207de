import Kit
import Synchronization

/// Between the connection's thread, which puts deliveries in, and the workers, which take batches out and say what is
/// finished.
///
/// While one batch is in hand, what arrives gathers for the next, as in a group commit: a second worker begins only
/// when a crowd has gathered, or when the first takes long. Two small transactions cost twice what one larger does, and
/// often wait for each other's rows.
final class DeliveryMailbox: Sendable {
    private struct State: Sendable {
        var ready: [Delivery] = []
        var head = 0
        /// Since when some of them have been waiting.
        var readySince: Int64?
        var idle: [CheckedContinuation<[Delivery]?, Never>] = []
        var batchesInHand = 0
        /// Deliveries handed to a worker and not yet given back.
        var inHand = 0
        var finished: [(generation: Int, tags: [UInt64])] = []
        var generation = 0
        var resetAt: Int64?
        var failures = 0
        var lastSuccess: Int64?
        var isStopping = false
    }

    /// What the connection's thread has to do.
    struct Work {
        var finished: [UInt64]
        var resetAt: Int64?
        var inHand: Int
    }

    private let state = Mutex(State())
    private let batchLimit: Int
    private let crowd: Int
    private let patience: Int64
    private let wake: @Sendable () -> Void

    init(batchLimit: Int, patience: Duration = .milliseconds(20), wake: @escaping @Sendable () -> Void) {
        self.batchLimit = batchLimit
        crowd = max(1, batchLimit / 4)
        self.patience = patience.milliseconds
        self.wake = wake
    }

    // MARK: For workers

    /// The next batch; nil when there will be none any more.
    func next() async -> [Delivery]? {
        await withCheckedContinuation { continuation in
            let answer: [Delivery]?? = state.withLock { state in
                if state.isStopping { return .some(nil) }
                if let batch = takeBatch(&state, now: monotonicMilliseconds()) { return batch }
                state.idle.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// These may be acknowledged, if they came on the present link.
    func finish(_ deliveries: [Delivery]) {
        guard let generation = deliveries.first?.generation else { return }
        let isFirst = state.withLock { state in
            state.finished.append((generation, deliveries.map(\.tag)))
            return state.finished.count == 1
        }
        if isFirst { wake() }
    }

    /// A worker has nothing more to do with so many deliveries.
    func returned(_ count: Int) {
        let shouldWake = state.withLock { state in
            state.inHand -= count
            state.batchesInHand -= 1
            return state.isStopping && state.inHand == 0
        }
        if shouldWake { wake() }
    }

    func isCurrent(_ generation: Int) -> Bool { state.withLock { $0.generation == generation } }

    func noteSuccess() {
        state.withLock { state in
            state.lastSuccess = monotonicMilliseconds()
            state.failures = 0
        }
    }

    /// Whether any batch succeeded within the last minute.
    var succeededLately: Bool {
        state.withLock { $0.lastSuccess.map { monotonicMilliseconds() - $0 < 60_000 } ?? false }
    }

    /// The link is to be given up after a pause, unless that is already under way.
    func scheduleReset(_ generation: Int, _ pause: (_ failures: Int) -> Duration) {
        state.withLock { state in
            guard state.generation == generation, state.resetAt == nil else { return }
            state.failures += 1
            state.resetAt = monotonicMilliseconds() + pause(state.failures).milliseconds
        }
        wake()
    }

    /// No more batches; what was fetched but not begun is forgotten here and goes back when the link closes.
    func stop() {
        let idle = state.withLock { state in
            state.isStopping = true
            state.ready = []
            state.readySince = nil
            state.head = 0
            let idle = state.idle
            state.idle = []
            return idle
        }
        for worker in idle { worker.resume(returning: nil) }
        wake()
    }

    // MARK: For the connection's thread

    func opened(generation: Int) {
        state.withLock { state in
            state.generation = generation
            state.resetAt = nil
        }
    }

    /// The link is gone: nothing of it can be settled any more.
    func lost() {
        state.withLock { state in
            state.ready = []
            state.readySince = nil
            state.head = 0
            state.finished = []
            state.generation = 0
            state.resetAt = nil
        }
    }

    func offer(_ deliveries: [Delivery]) {
        var handed: [(CheckedContinuation<[Delivery]?, Never>, [Delivery])] = []
        state.withLock { state in
            guard !state.isStopping else { return }
            state.ready.append(contentsOf: deliveries)
            handed = handOut(&state, now: monotonicMilliseconds())
        }
        for (worker, batch) in handed { worker.resume(returning: batch) }
    }

    /// Gives an idle worker what has waited too long for a busy one; tells when to look again, if there is anything.
    func relieve(now: Int64) -> Int64? {
        var handed: [(CheckedContinuation<[Delivery]?, Never>, [Delivery])] = []
        let next = state.withLock { state -> Int64? in
            handed = handOut(&state, now: now)
            guard !state.idle.isEmpty, let since = state.readySince else { return nil }
            return since + patience
        }
        for (worker, batch) in handed { worker.resume(returning: batch) }
        return next
    }

    private func handOut(
        _ state: inout State, now: Int64
    ) -> [(CheckedContinuation<[Delivery]?, Never>, [Delivery])] {
        var handed: [(CheckedContinuation<[Delivery]?, Never>, [Delivery])] = []
        while !state.idle.isEmpty, let batch = takeBatch(&state, now: now) {
            handed.append((state.idle.removeLast(), batch))
        }
        return handed
    }

    func work() -> Work {
        state.withLock { state in
            let current = state.generation
            let tags = state.finished.filter { $0.generation == current }.flatMap(\.tags)
            state.finished.removeAll(keepingCapacity: true)
            return Work(finished: tags, resetAt: state.resetAt, inHand: state.inHand)
        }
    }

    private func takeBatch(_ state: inout State, now: Int64) -> [Delivery]? {
        let waiting = state.ready.count - state.head
        guard waiting > 0 else { return nil }
        let since = state.readySince ?? now
        guard state.batchesInHand == 0 || waiting >= crowd || now - since >= patience else {
            state.readySince = since
            return nil
        }
        var end = state.head + 1
        // What was handed out twice before and never settled may have killed its process: it comes alone.
        if state.ready[state.head].deliveryCount < 2 {
            while end < state.ready.count, end - state.head < batchLimit, state.ready[end].deliveryCount < 2 {
                end += 1
            }
        }
        let batch = Array(state.ready[state.head..<end])
        state.head = end
        state.inHand += batch.count
        state.batchesInHand += 1
        state.readySince = nil
        if end == state.ready.count {
            state.ready.removeAll(keepingCapacity: true)
            state.head = 0
        }
        return batch
    }
}
