import Runtime
import Synchronization

/// Spans that wait to be sent: at most `capacity`; what comes when it is full is dropped and counted.
final class SpanQueue: SpanSink {
    private let capacity: Int
    /// So many are sent together without waiting for more.
    private let batch: Int
    private let waiting = Mutex<[Span]>([])
    private let dropped: Counter
    private let ring: AsyncStream<Void>.Continuation
    /// Rings when a batch is full.
    let full: AsyncStream<Void>

    init(capacity: Int, batch: Int, dropped: Counter) {
        self.capacity = capacity
        self.batch = batch
        self.dropped = dropped
        (full, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func take(_ span: Span) {
        let (isTaken, isFull) = waiting.withLock { waiting in
            guard waiting.count < capacity else { return (false, false) }
            waiting.append(span)
            return (true, waiting.count == batch)
        }
        if !isTaken { dropped.add() }
        if isFull { ring.yield() }
    }

    /// The oldest that wait, at most a batch.
    func next() -> [Span] {
        waiting.withLock { waiting in
            guard waiting.count > batch else {
                defer { waiting = [] }
                return waiting
            }
            let taken = Array(waiting.prefix(batch))
            waiting.removeFirst(batch)
            return taken
        }
    }

    var isEmpty: Bool { waiting.withLock { $0.isEmpty } }

    /// Looks for spans now.
    func wake() { ring.yield() }
}
