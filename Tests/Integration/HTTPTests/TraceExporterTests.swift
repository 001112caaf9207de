import HTTPServer
import JSON
import Kit
import Runtime
import TestSupport
import Testing
import Tracing

@Suite struct TraceExporterTests {
    private let tracer = Tracer()
    private let metrics = Metrics()

    private func exporter(_ endpoint: String, capacity: Int = 8192, batch: Int = 512) -> TraceExporter {
        // Nothing but a full batch and the end makes it send. Beside a thousand other tests the end may take long.
        TraceExporter(
            endpoint: endpoint, service: "tests", tracer: tracer, capacity: capacity, batch: batch,
            every: .seconds(3600), farewell: .seconds(60), log: .silent, metrics: metrics)
    }

    private func record(_ count: Int) {
        for _ in 0..<count { tracer.record(Span(.root(), parent: nil, .internal, "work", start: .now)) }
    }

    /// A collector that answers with a status, and how many spans each request had.
    private func collector(_ status: Int, _ seen: Collected<Int>) throws -> HTTPServer {
        var router = Router()
        router.on(.post, "/v1/traces", bodyLimit: 4 << 20) { request in
            let spans = try request.json()["resourceSpans"]?[0]?["scopeSpans"]?[0]?["spans"]?.arrayValue ?? []
            seen.append(spans.count)
            return .json(status, [:] as JSON)
        }
        return try HTTPServer(port: 0, router: router, log: .silent)
    }

    private func figure(_ name: String) -> Int {
        let line = metrics.render().split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? -1
    }

    @Test("What is recorded before the end arrives, and afterwards nobody wants spans")
    func flush() async throws {
        let seen = Collected<Int>()
        let server = try collector(200, seen)
        try await running([server]) {
            try await running([exporter("http://127.0.0.1:\(server.port)/")]) { record(700) }
        }
        #expect(seen.all.reduce(0, +) == 700 && seen.all.allSatisfy { $0 <= 512 })
        #expect(figure("trace_spans_sent_total") == 700)
        #expect(!tracer.isOn)
    }

    @Test("More than is kept is dropped and counted; nobody waits for it")
    func bounded() async throws {
        let seen = Collected<Int>()
        let server = try collector(200, seen)
        let exporter = exporter("http://127.0.0.1:\(server.port)", capacity: 10, batch: 5)
        // Nothing takes spans out yet.
        record(100)
        try await running([server]) { try await running([exporter]) {} }
        #expect(seen.all == [5, 5])
        #expect(figure("trace_spans_dropped_total{reason=\"full\"}") == 90)
    }

    @Test("A collector that is away, or refuses, costs the spans and nothing else", arguments: [0, 400, 503])
    func away(_ status: Int) async throws {
        let seen = Collected<Int>()
        let server = status == 0 ? nil : try collector(status, seen)
        try await running(server.map { [$0] } ?? []) {
            let endpoint =
                try server.map { "http://127.0.0.1:\($0.port)" } ?? "http://127.0.0.1:\(TestFiles.freePort())"
            try await running([exporter(endpoint)]) { record(20) }
        }
        #expect(figure("trace_spans_dropped_total{reason=\"collector\"}") == 20)
        #expect(figure("trace_spans_sent_total") == 0)
    }
}
