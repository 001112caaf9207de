import HTTPClient
import JSON
import Kit
import Runtime
import Synchronization

/// Sends the spans of this process to a collector: OTLP over HTTP, as JSON.
///
/// Life: made first and run by the service group, so stopped last: `stop` sends what is still waiting, for about as
/// long as `farewell`. From `init` on it is what the process's `Tracer` sends to.
/// Guarantees: no work waits for it; at most `capacity` spans are kept; what is more, or what the collector does not
/// take, is dropped and counted in `trace_spans_dropped_total`. Does not promise that a span arrives, nor only once.
package final class TraceExporter: Service {
    package let name = "traces"
    private let url: String
    private let document: SpanDocument
    private let queue: SpanQueue
    private let tracer: Tracer
    private let client: HTTPClient
    private let log: Log
    private let every: Duration
    private let farewell: Duration
    private let sent: Counter
    private let lost: Counter
    private let isStopping = Atomic<Bool>(false)
    /// Whether the collector took the last batch, so that its absence is logged once and not every second.
    private let isWell = Atomic<Bool>(true)

    /// `endpoint` is the collector's address without the path, as in `OTEL_EXPORTER_OTLP_ENDPOINT`.
    package init(
        endpoint: String, service: String, tracer: Tracer = .process, capacity: Int = 8192, batch: Int = 512,
        every: Duration = .seconds(1), farewell: Duration = .seconds(3), log: Log, metrics: Metrics
    ) {
        let base = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        url = base + "/v1/traces"
        document = SpanDocument(service: service, instance: ID.new().description)
        sent = metrics.counter("trace_spans_sent_total", "Spans that the collector took")
        let dropped = { (reason: String) in
            metrics.counter(
                "trace_spans_dropped_total", "Spans that were not sent: too many at once, or the collector is away",
                [("reason", reason)])
        }
        lost = dropped("collector")
        queue = SpanQueue(capacity: capacity, batch: batch, dropped: dropped("full"))
        client = HTTPClient(HTTPClient.Configuration(connectionsPerHost: 2, idleConnections: 2))
        self.tracer = tracer
        self.log = log
        self.every = every
        self.farewell = farewell
        tracer.send(to: queue)
    }

    /// The exporter as a part of a service; none where no collector is named.
    package static func make(_ endpoint: String, service: String, log: Log, metrics: Metrics) -> [any Service] {
        endpoint.isEmpty ? [] : [TraceExporter(endpoint: endpoint, service: service, log: log, metrics: metrics)]
    }

    package func stop() {
        isStopping.store(true, ordering: .releasing)
        queue.wake()
    }

    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    // Cancellation is seen by the loop.
                    try? await Task.sleep(for: self.every)
                    self.queue.wake()
                }
            }
            for await _ in queue.full {
                let limit = ContinuousClock.now + farewell
                while case let spans = queue.next(), !spans.isEmpty {
                    await send(spans)
                    if Task.isCancelled || (isOver && ContinuousClock.now > limit) { break }
                }
                if isOver { break }
            }
            group.cancelAll()
        }
        tracer.send(to: nil)
        client.shutdown()
    }

    private var isOver: Bool { isStopping.load(ordering: .acquiring) || Task.isCancelled }

    private func send(_ spans: [Span]) async {
        let body = document.bytes(spans)
        // What a collector may ask to have sent again is sent again once; it may miss the rest.
        for attempt in 1...2 {
            let outcome: String
            do {
                let response = try await client.send(
                    ClientRequest(
                        .post, url, headers: [(name: "Content-Type", value: "application/json")], body: body,
                        deadline: isOver ? farewell / 3 : .seconds(5), freshConnection: false))
                if (200..<300).contains(response.status) {
                    sent.add(spans.count)
                    if !isWell.exchange(true, ordering: .relaxed) { log.info("the collector takes spans again") }
                    return
                }
                outcome = "status \(response.status)"
                guard [429, 502, 503, 504].contains(response.status) else {
                    return drop(spans, outcome)
                }
            } catch {
                outcome = "\(error.code)"
            }
            guard attempt == 1, !isOver else { return drop(spans, outcome) }
            // Cancellation ends the pause, and the next attempt with it.
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    private func drop(_ spans: [Span], _ outcome: String) {
        lost.add(spans.count)
        guard isWell.exchange(false, ordering: .relaxed) else { return }
        log.warning("the collector does not take spans", ["outcome": .string(outcome)])
    }
}
