import Kit
import Runtime
import Synchronization
import Testing

/// Takes spans.
private final class Spans: SpanSink {
    private let taken = Mutex<[Span]>([])
    var all: [Span] { taken.withLock { $0 } }
    func take(_ span: Span) { taken.withLock { $0.append(span) } }
}

private struct Refusal: Error {}

@Suite("Tracer")
struct TracerTests {
    private func unwanted(_ worked: borrowing Atomic<Int>) -> Span.Attributes {
        worked.add(1, ordering: .relaxed)
        return []
    }

    @Test("while nobody wants spans nothing is worked out, and the work is in the trace it was in")
    func off() async throws {
        let tracer = Tracer()
        let worked = Atomic(0)
        let trace = TraceContext.root()
        await TraceContext.$current.withValue(trace) {
            await tracer.span("work", .internal, unwanted(worked)) { #expect(TraceContext.current == trace) }
        }
        await #expect(throws: Refusal.self) { try await tracer.span("work") { throw Refusal() } }
        tracer.record(Span(trace, parent: nil, .server, "request", start: .now, unwanted(worked)))
        #expect(!tracer.isOn && worked.load(ordering: .relaxed) == 0)
    }

    @Test("spans nest: what is inside has what is around it as its parent, and all are of one trace")
    func nesting() async throws {
        let tracer = Tracer()
        let spans = Spans()
        tracer.send(to: spans)
        let client = TraceContext.root()
        let answer = await TraceContext.$current.withValue(client) {
            await tracer.span("outer", .server, [("a", .integer(1))]) {
                await tracer.span("inner", .client) { 17 }
            }
        }
        #expect(answer == 17)
        let all = spans.all
        try #require(all.map(\.name) == ["inner", "outer"])
        #expect(all.map(\.context.traceID) == [client.traceID, client.traceID])
        #expect(all[0].parentSpanID == all[1].context.spanID && all[1].parentSpanID == client.spanID)
        #expect(all.map(\.kind) == [.client, .server] && all[0].start >= all[1].start && all[0].end <= all[1].end)
        #expect(all[1].attributes.map(\.name) == ["a"] && all.allSatisfy { $0.failure == nil })
    }

    @Test("a span tells what kind of error ended it, and not what the error says; the error goes on")
    func failure() async throws {
        let tracer = Tracer()
        let spans = Spans()
        tracer.send(to: spans)
        await #expect(throws: Refusal.self) { try await tracer.span("work") { throw Refusal() } }
        #expect(spans.all.map(\.failure) == ["Refusal"])
        // Without a trace around it, it begins one.
        #expect(spans.all.first?.parentSpanID == nil && spans.all.first?.context.sampled == true)
    }

    @Test("a trace that its beginner does not want is not recorded; and after the end nothing is")
    func unsampled() async throws {
        let tracer = Tracer()
        let spans = Spans()
        tracer.send(to: spans)
        let unsampled = try #require(
            TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"))
        await TraceContext.$current.withValue(unsampled) { await tracer.span("work") {} }
        tracer.send(to: nil)
        await tracer.span("work") {}
        #expect(spans.all.isEmpty && !tracer.isOn)
    }
}
