import Kit
import Synchronization

/// Takes spans that are over. `take` returns at once, whatever becomes of the span.
package protocol SpanSink: Sendable {
    func take(_ span: Span)
}

/// Records what the process does as spans, if anybody wants to know.
///
/// Life: one for the process, off from the start and turned on once by whoever sends spans on. While it is off, asking
/// costs one read of an atomic: no name and no attribute is made, nothing is allocated, no task-local value is set.
/// Guarantees: never waits, and never changes what the work does or throws. Does not promise that a span arrives.
package final class Tracer: Sendable {
    /// That of this process.
    package static let process = Tracer()

    /// The lock holds this and not the sink itself, so that lending it allocates nothing.
    private struct Receiver {
        var sink: (any SpanSink)?
    }

    private let isWanted = Atomic<Bool>(false)
    private let receiver = Mutex(Receiver())

    package init() {}

    /// Whether spans are wanted.
    @inline(__always)
    package var isOn: Bool { isWanted.load(ordering: .relaxed) }

    /// From here on spans go to `sink`; to nobody with nil.
    package func send(to sink: (any SpanSink)?) {
        receiver.withLock { $0.sink = sink }
        isWanted.store(sink != nil, ordering: .relaxed)
    }

    /// Hands on a span that is over. It is made only when it is wanted; traces that their beginner does not want
    /// sampled are not recorded.
    package func record(_ span: @autoclosure () -> Span) {
        guard isOn else { return }
        let span = span()
        guard span.context.sampled else { return }
        receiver.withLock { $0.sink }?.take(span)
    }

    /// Runs `body` as a span of its own under the current one, which is what everything inside it belongs to.
    package func span<Result: Sendable, Failure: Error>(
        _ name: StaticString, _ kind: Span.Kind = .internal, _ attributes: @autoclosure () -> Span.Attributes = [],
        _ body: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        guard isOn else { return try await body() }
        let parent = TraceContext.current
        let context = parent?.child() ?? .root()
        let start = Timestamp.now
        // Through a result, because a task-local value is lent to closures that throw anything.
        let outcome: Swift.Result<Result, Failure> = await TraceContext.$current.withValue(context) {
            do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
        }
        var failure: String?
        // The type alone: what an error says may hold what belongs to a customer.
        if case .failure(let error) = outcome { failure = String(describing: type(of: error as any Error)) }
        record(
            Span(context, parent: parent, kind, name.description, start: start, attributes(), failure: failure))
        return try outcome.get()
    }
}
