import HTTPClient
import HTTPServer
import JSON
import Kit
import Runtime
import TestSupport
import Testing

/// Services that tell a collector what they do: on a stack of their own, because the others tell nobody.
@Suite("A trace of one verification", .enabled(if: TestEnvironment.hasServers))
struct TraceTests {
    @Test(
        "One trace leads from the request over every service to the provider's answer, and nothing of a customer's is in it"
    )
    func wholeWay() async throws {
        let collector = try Collector()
        try await running([collector.server]) {
            try await TestServers.shared { servers in
                let setting = ["OTEL_EXPORTER_OTLP_ENDPOINT": collector.url]
                let settings: [TestStack.Service: [String: String]] = [
                    .gateway: setting, .verification: setting, .billing: setting,
                ]
                try await TestStack.with(servers, settings) { stack in try await order(stack, collector) }
            }
        }
    }

    private func order(_ stack: TestStack, _ collector: Collector) async throws {
        let customer = try await stack.customer()
        let client = TraceContext.root()
        let made = try await customer.send(
            .post, "/verify/create", ["service": "telegram", "country": "england", "capability": "sms"],
            headers: [("traceparent", client.traceparent), ("Prefer", "wait=30")], within: .seconds(60))
        #expect(made.status == 201, "\(made.text)")
        let id = try #require(made.json["verification_id"]?.stringValue.flatMap { ID($0) })
        let number = try #require(made.json["phone_number"]?.stringValue)
        #expect(try await customer.state(of: id) == "completed")
        let messages = try await customer.send(.get, "/verify/\(id)/messages")
        let message = try #require(messages.json["data"]?.arrayValue?.first)
        let code = try #require(message["code"]?.stringValue)
        let text = try #require(message["text"]?.stringValue)
        #expect(await stack.faults() == [])

        let expected = [
            "POST /verify/create", "accept", "process verification.commands", "process billing.commands",
            "process verification.events", "purchase", "GET 5sim buy",
        ]
        let trace: @Sendable () -> [CollectedSpan] = { collector.spans.filter { $0.traceID == client.traceID } }
        // The last thing that happens: the gateway learns that the order is finished. Each service sends its own spans
        // when it is ready to, so that a child may come before its parent.
        #expect(
            await eventually {
                let spans = trace()
                let known = Set(spans.map(\.spanID) + [client.spanID])
                return Set(expected).isSubset(of: Set(spans.map(\.name)))
                    && spans.count { $0.name == "process gateway.events" } >= 3
                    && spans.allSatisfy { $0.parentSpanID.map { known.contains($0) } == true }
            }, "\(trace().map(\.name))")
        let spans = trace()
        // From the provider's call up, each span's parent is the one before it.
        var next = try #require(spans.first { $0.name == "GET 5sim buy" })
        #expect(next.kind == 3)
        for name in expected.dropLast().reversed() {
            next = try #require(spans.first { $0.spanID == next.parentSpanID }, "the parent of \(next.name)")
            #expect(next.name == name)
        }
        #expect(next.kind == 2 && next.parentSpanID == client.spanID)
        let services = [
            "accept": "gateway", "process billing.commands": "billing", "purchase": "verification",
            "process gateway.events": "gateway",
        ]
        for (name, service) in services {
            #expect(spans.filter { $0.name == name }.allSatisfy { $0.service == service }, "\(name)")
        }
        // No span hangs in the air.
        let known = Set(spans.map(\.spanID) + [client.spanID])
        #expect(known.count == spans.count + 1)
        for span in spans {
            #expect(span.parentSpanID.map { known.contains($0) } == true, "\(span.name) has no parent")
            #expect(span.start <= span.end)
        }
        // What was written to the outbox was sent under it, and taken under it.
        #expect(spans.contains { $0.kind == 4 && $0.name == "send namaskah.commands" })
        #expect(spans.contains { $0.kind == 5 && $0.attributes["messaging.system"] == "rabbitmq" })
        #expect(spans.first { $0.name == "purchase" }?.attributes["namaskah.order.id"] == id.description)

        let bodies = collector.bodies.joined(separator: "\n")
        for secret in [number, String(number.dropFirst()), code, text, customer.key, TestStack.adminKey] {
            #expect(!bodies.contains(secret), "a span tells what is a customer's")
        }
        for service in [TestStack.Service.gateway, .billing, .verification] {
            #expect(await stack.metric("trace_spans_dropped_total{reason=\"full\"}", of: service) == 0)
            #expect(await stack.metric("trace_spans_dropped_total{reason=\"collector\"}", of: service) == 0)
        }
    }
}

/// A span as the collector was told of it.
struct CollectedSpan: Sendable {
    let service: String
    let traceID: String
    let spanID: String
    let parentSpanID: String?
    let name: String
    let kind: Int64
    let start: Int64
    let end: Int64
    let attributes: [String: String]
}

/// A collector of the test's own: it takes what is posted to `/v1/traces`, and refuses what OTLP would not have.
final class Collector: Sendable {
    let server: HTTPServer
    var url: String { "http://127.0.0.1:\(server.port)" }
    var spans: [CollectedSpan] { seen.all }
    /// Every request's body, as text.
    var bodies: [String] { texts.all }

    private let seen: Collected<CollectedSpan>
    private let texts: Collected<String>

    init() throws {
        let seen = Collected<CollectedSpan>()
        let texts = Collected<String>()
        var router = Router()
        router.on(.post, "/v1/traces", bodyLimit: 4 << 20) { request in
            guard request.headers["Content-Type"] == "application/json",
                let spans = Self.read(try JSON(parsing: request.body))
            else { throw Problem(.validationFailed, "This is no OTLP.") }
            texts.append(String(decoding: request.body, as: UTF8.self))
            seen.append(contentsOf: spans)
            return .json(200, [:] as JSON)
        }
        self.seen = seen
        self.texts = texts
        server = try HTTPServer(name: "collector", port: 0, router: router, log: .silent)
    }

    private static func read(_ body: JSON) -> [CollectedSpan]? {
        var spans: [CollectedSpan] = []
        for resource in body["resourceSpans"]?.arrayValue ?? [] {
            guard let service = attributes(resource["resource"])["service.name"] else { return nil }
            for scope in resource["scopeSpans"]?.arrayValue ?? [] {
                for span in scope["spans"]?.arrayValue ?? [] {
                    guard let read = self.span(span, service) else { return nil }
                    spans.append(read)
                }
            }
        }
        return spans
    }

    private static func span(_ span: JSON, _ service: String) -> CollectedSpan? {
        guard let traceID = span["traceId"]?.stringValue, traceID.utf8.count == 32,
            let spanID = span["spanId"]?.stringValue, spanID.utf8.count == 16,
            let name = span["name"]?.stringValue, let kind = span["kind"]?.integerValue,
            // 64-bit numbers are text in JSON.
            let start = span["startTimeUnixNano"]?.stringValue.flatMap({ Int64($0) }),
            let end = span["endTimeUnixNano"]?.stringValue.flatMap({ Int64($0) })
        else { return nil }
        return CollectedSpan(
            service: service, traceID: traceID, spanID: spanID, parentSpanID: span["parentSpanId"]?.stringValue,
            name: name, kind: kind, start: start, end: end, attributes: attributes(span))
    }

    private static func attributes(_ holder: JSON?) -> [String: String] {
        var result: [String: String] = [:]
        for attribute in holder?["attributes"]?.arrayValue ?? [] {
            guard let key = attribute["key"]?.stringValue, let value = attribute["value"] else { continue }
            result[key] = value["stringValue"]?.stringValue ?? value["intValue"]?.stringValue
        }
        return result
    }
}
