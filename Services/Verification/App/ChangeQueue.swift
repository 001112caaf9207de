import Choosing
import Database
import JSON
import Kit
import Runtime
import Synchronization
import VerificationCore

/// Lets many tasks share transactions: changes that arrive while a transaction is under way go into the next one
/// together. What was learned from a provider must not get lost, so a change is tried again until it is stored.
final class ChangeQueue: Service {
    let name = "changes"
    private static let batchLimit = 256

    private struct Waiting {
        let change: Change
        let done: CheckedContinuation<[Applied], Never>
    }
    private struct State {
        var waiting: [Waiting] = []
        var isStopping = false
        var isClosed = false
    }

    private let book: OrderBook
    private let log: Log
    private let state = Mutex(State())
    private let signal: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    init(_ book: OrderBook, log: Log) {
        self.book = book
        self.log = log
        (signal, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Returns once the change is committed, with what it did; empty when the process is ending first, or when the
    /// change cannot be stored at all (which is logged, and found again by the sweeps).
    @discardableResult
    func submit(_ change: Change) async -> [Applied] {
        var change = change
        change.traceparent = change.traceparent ?? TraceContext.current?.traceparent
        return await store(change)
    }

    private func store(_ change: Change) async -> [Applied] {
        await withCheckedContinuation { done in
            let accepted = state.withLock { state in
                guard !state.isClosed else { return false }
                state.waiting.append(Waiting(change: change, done: done))
                return true
            }
            if accepted { ring.yield() } else { done.resume(returning: []) }
        }
    }

    func run() async throws {
        for await _ in signal {
            while true {
                let batch = state.withLock { state in
                    let batch = Array(state.waiting.prefix(Self.batchLimit))
                    state.waiting.removeFirst(batch.count)
                    return batch
                }
                if batch.isEmpty { break }
                await store(batch)
            }
            if state.withLock({ $0.isStopping && $0.waiting.isEmpty }) { break }
        }
        let left = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiting in left { waiting.done.resume(returning: []) }
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        ring.yield()
    }

    private func store(_ batch: [Waiting]) async {
        var pause = Duration.milliseconds(50)
        while true {
            do {
                let applied = try await book.apply(batch.map(\.change))
                let byOrder = Dictionary(grouping: applied, by: \.order.id)
                for waiting in batch { waiting.done.resume(returning: byOrder[waiting.change.orderID] ?? []) }
                return
            } catch let error as DatabaseError where error.isRetriable || error.outcomeUnknown {
                log.warning("changes wait for the database", ["error": .string(error.code.description)])
            } catch is CancellationError {
                for waiting in batch { waiting.done.resume(returning: []) }
                return
            } catch {
                guard batch.count > 1 else {
                    log.error(
                        "a change cannot be stored",
                        [
                            "order.id": .string(batch[0].change.orderID.description),
                            "error": .string(String(describing: error)),
                        ])
                    batch[0].done.resume(returning: [])
                    return
                }
                // One change of the batch is the trouble: each gets a transaction of its own.
                for waiting in batch { await store([waiting]) }
                return
            }
            // Only a cancelled task wakes early, and then the next attempt says so.
            try? await Task.sleep(for: pause)
            if Task.isCancelled {
                for waiting in batch { waiting.done.resume(returning: []) }
                return
            }
            pause = min(pause * 2, .seconds(2))
        }
    }
}
