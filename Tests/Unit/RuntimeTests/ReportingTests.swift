import Glibc
import JSON
import Kit
import Runtime
import Synchronization
import Testing

/// Takes lines of a log.
private final class Sink: Sendable {
    private let lines = Mutex<[[UInt8]]>([])
    var all: [[UInt8]] { lines.withLock { $0 } }
    func log(_ minimum: Log.Level = .debug) -> Log {
        Log(service: "tests", minimum: minimum) { line in self.lines.withLock { $0.append(line) } }
    }
}

@Suite("Log")
struct LogTests {
    @Test("a line is one JSON object with a line feed, however hostile what it tells of")
    func escaping() throws {
        let sink = Sink()
        let hostile = "\"quoted\" \\ \n\r\t\u{0}\u{1B}[31m \u{2028} 💩 \u{7F}"
        sink.log().info("something", ["b.text": .string(hostile), "a.number": 17, "c.list": [1, nil, true]])
        let line = try #require(sink.all.first)
        #expect(line.last == 0x0A && line.dropLast().allSatisfy { $0 >= 0x20 })
        // A NUL is written as JSON has it, though no parser of ours would take it from outside.
        #expect(String(decoding: line, as: UTF8.self).contains(#"\u0000\u001b[31m"#))
        sink.log().info("something", ["b.text": .string(hostile.filter { $0 != "\0" }), "a.number": 17])
        let json = try JSON(parsing: sink.all[1])
        #expect(json.objectValue?.map(\.name) == ["time", "level", "service", "message", "a.number", "b.text"])
        #expect(json["b.text"] == .string(hostile.filter { $0 != "\0" }) && json["message"] == "something")
        #expect(json["time"]?.stringValue.flatMap { Timestamp($0) } != nil)
    }

    @Test("a line below the level is not written, and what it would tell is not worked out")
    func levels() throws {
        for minimum in Log.Level.allCases {
            let sink = Sink()
            let log = sink.log(minimum)
            let worked = Mutex(0)
            func metadata() -> [String: JSON] {
                worked.withLock { $0 += 1 }
                return [:]
            }
            log.debug("m", metadata())
            log.info("m", metadata())
            log.warning("m", metadata())
            log.error("m", metadata())
            let expected = Log.Level.allCases.filter { $0 >= minimum }.map(\.text)
            #expect(try sink.all.map { try JSON(parsing: $0)["level"]?.stringValue } == expected)
            #expect(worked.withLock { $0 } == expected.count)
        }
        #expect(Log.Level.allCases.map { Log.Level($0.text) } == Log.Level.allCases)
        #expect(Log.Level("loud") == nil && Log.Level("INFO") == nil)
    }

    @Test("a line says which trace it belongs to")
    func trace() throws {
        let sink = Sink()
        let trace = TraceContext.root()
        TraceContext.$current.withValue(trace) { sink.log().error("inside") }
        sink.log().error("outside")
        #expect(try JSON(parsing: sink.all[0])["trace_id"] == .string(trace.traceID))
        #expect(try JSON(parsing: sink.all[1])["trace_id"] == nil)
        Log.silent.error("nobody reads this")
    }
}

@Suite("Metrics")
struct MetricsTests {
    @Test("figures are told in the text form of Prometheus, families and series in order")
    func text() {
        let metrics = Metrics()
        metrics.gauge("b_size", "How large.").set(2.5)
        let counter = metrics.counter("a_total", "How often.", [("kind", "x\"\\\n"), ("code", "200")])
        counter.add()
        counter.add(41)
        metrics.counter("a_total", "How often.").add(3)
        #expect(
            metrics.render() == """
                # HELP a_total How often.
                # TYPE a_total counter
                a_total 3
                a_total{kind="x\\"\\\\\\n",code="200"} 42
                # HELP b_size How large.
                # TYPE b_size gauge
                b_size 2.5

                """)
    }

    @Test("the same name and labels are the same figure")
    func handles() {
        let metrics = Metrics()
        metrics.counter("a", "A.", [("l", "1")]).add()
        metrics.counter("a", "A.", [("l", "1")]).add()
        #expect(metrics.counter("a", "A.", [("l", "1")]).value == 2)
        #expect(metrics.counter("a", "A.", [("l", "2")]).value == 0)
        metrics.gauge("g", "G.").set(7)
        #expect(metrics.gauge("g", "G.").value == 7)
    }

    @Test("a reading is taken when the figures are told, and is left out while there is none")
    func readings() {
        let metrics = Metrics()
        let value = Mutex<Double?>(nil)
        metrics.reading("r", "R.", type: "counter") { value.withLock { $0 } }
        #expect(metrics.render() == "# HELP r R.\n# TYPE r counter\n")
        value.withLock { $0 = 2.5 }
        #expect(metrics.render().hasSuffix("\nr 2.5\n"))
        metrics.reading("r", "R.", type: "counter") { 7 }
        #expect(metrics.render().hasSuffix("\nr 2.5\n"))
    }

    @Test("the process tells what it takes")
    func process() throws {
        let metrics = Metrics()
        metrics.showProcess()
        func figure(_ name: String) throws -> Double {
            let line = metrics.render().split(separator: "\n").first { $0.hasPrefix(name + " ") }
            return try #require(line.flatMap { Double($0.dropFirst(name.count + 1)) })
        }
        let size = 256 << 20
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        memset(memory, 1, size)
        defer { memory.deallocate() }
        let opened = (0..<200).map { _ in dup(0) }
        defer { for file in opened { close(file) } }
        #expect(try figure("process_heap_bytes{state=\"used\"}") > Double(size))
        #expect(try figure("process_resident_memory_bytes") > Double(size))
        #expect(try figure("process_open_fds") > 200)
        #expect(try figure("process_max_fds") >= figure("process_open_fds"))
        #expect(try figure("process_heap_bytes{state=\"free\"}") >= 0)
        #expect(try figure("process_cpu_seconds_total") > 0)
    }

    @Test("a histogram counts what is not above each bound, and never less at a higher one")
    func histograms() throws {
        let metrics = Metrics()
        let histogram = metrics.histogram("d_seconds", "How long.", [("route", "/x")])
        for milliseconds in [0, 1, 2, 100, 90_000] { histogram.observe(.milliseconds(milliseconds)) }
        let lines = metrics.render().split(separator: "\n").map(String.init)
        #expect(lines.contains(#"d_seconds_bucket{route="/x",le="0.001"} 2"#))
        #expect(lines.contains(#"d_seconds_bucket{route="/x",le="0.0025"} 3"#))
        #expect(lines.contains(#"d_seconds_bucket{route="/x",le="60.0"} 4"#))
        #expect(lines.contains(#"d_seconds_bucket{route="/x",le="+Inf"} 5"#))
        #expect(lines.contains(#"d_seconds_count{route="/x"} 5"#))
        let sum = try #require(lines.first { $0.hasPrefix("d_seconds_sum") }?.split(separator: " ").last)
        #expect(abs((Double(sum) ?? 0) - 90.103) < 1e-9)
        let counts = lines.filter { $0.hasPrefix("d_seconds_bucket") }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        #expect(counts.count == 16 && counts == counts.sorted())
        metrics.histogram("e_seconds", "Bare.").observe(.zero)
        #expect(metrics.render().contains("e_seconds_bucket{le=\"0.001\"} 1\n"))
    }
}

@Suite("Health")
struct HealthTests {
    @Test("ready is when every part is, and a part is so since it changed")
    func parts() throws {
        let health = Health()
        #expect(health.isReady)
        health.report("postgres", ready: true)
        let first = try #require(health.all["postgres"]?.since)
        health.report("broker", ready: false, detail: "no connection")
        #expect(!health.isReady && health.json["status"] == "not_ready")
        #expect(health.json["parts"]?.objectValue?.map(\.name) == ["broker", "postgres"])
        #expect(health.json["parts"]?["broker"]?["detail"] == "no connection")
        health.report("postgres", ready: true, detail: "still")
        #expect(health.all["postgres"]?.since == first && health.all["postgres"]?.detail == "still")
        health.report("broker", ready: true)
        #expect(health.isReady && health.json["status"] == "ready")
        #expect(health.json["parts"]?["broker"]?["detail"] == nil)
    }
}

@Suite("Trace context")
struct TraceContextTests {
    @Test("what is written is read again; a child stays in its trace")
    func roundTrip() throws {
        for _ in 0..<100 {
            let root = TraceContext.root()
            #expect(TraceContext(traceparent: root.traceparent) == root && root.sampled)
            let child = root.child()
            #expect(child.traceID == root.traceID && child.spanID != root.spanID && child.sampled)
        }
        let unsampled = try #require(
            TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"))
        #expect(!unsampled.sampled && !unsampled.child().sampled && unsampled.traceparent.hasSuffix("-00"))
    }

    @Test("a later version may say more, which is passed over")
    func versions() throws {
        let text = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03"
        #expect(try #require(TraceContext(traceparent: "cc-\(text)")).traceparent == "00-\(text.dropLast())1")
        #expect(TraceContext(traceparent: "cc-\(text)-what-else") != nil)
        #expect(TraceContext(traceparent: "00-\(text)-more") == nil)
        #expect(TraceContext(traceparent: "ff-\(text)") == nil)
    }

    @Test(
        "garbage is no trace",
        arguments: [
            "", "-", "---", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
            "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01", "💩-💩-💩-💩",
        ])
    func garbage(_ text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }
}
