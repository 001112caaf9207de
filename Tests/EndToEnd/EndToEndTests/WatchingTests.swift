import HTTPClient
import JSON
import Kit
import Runtime
import TestSupport
import Testing

/// What operators see. On a stack of its own, whose services send their spans to a collector and log all they can.
@Suite("Watching the suite", .serialized, .enabled(if: TestEnvironment.hasServers), .watched)
struct WatchingTests {
    @Test(
        "One trace leads from the request over every service to the provider's answer, and nothing of a customer's is in it"
    )
    func trace() async throws {
        let stack = try TestStack.lent()
        let collector = try #require(Collector.current)
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

    @Test(
        "Support can follow an order by its id through the logs of all services, which hold nothing of the customer's")
    func logs() async throws {
        let stack = try TestStack.lent()
        let customer = try await stack.customer()
        let made = try await customer.create(wait: 30)
        #expect(made.status == 201, "\(made.text)")
        let id = try #require(made.json["verification_id"]?.stringValue.flatMap { ID($0) })
        let number = try #require(made.json["phone_number"]?.stringValue)
        #expect(try await customer.state(of: id) == "completed")
        let cancelled = try await customer.order(service: "viber")
        #expect(await stack.faults() == [])

        let steps: @Sendable (ID) async -> [(step: String, trace: String)] = { id in
            // A failed look is repeated.
            let reply = try? await customer.send(.get, "/verify/\(id)/timeline")
            return (reply?.json["data"]?.arrayValue ?? []).map {
                ($0["step"]?.stringValue ?? "", $0["trace_id"]?.stringValue ?? "")
            }
        }
        #expect(await eventually { await steps(id).last?.step == "finished" })
        let timeline = await steps(id)
        let order = lines(of: stack, about: id)
        let told = order[.verification, default: []].filter { $0["step"] != nil }
        #expect(told.compactMap { $0["step"]?.stringValue } == timeline.map(\.step))
        #expect(told.allSatisfy { $0["level"] == "info" && $0["order.state"]?.stringValue != nil })
        #expect(told.last?["order.state"] == "completed")
        #expect(
            order[.billing, default: []].compactMap { $0["ledger.fact"]?.stringValue }
                == ["billing.hold.placed.v1", "billing.hold.posted.v1"])
        let shown = order[.gateway, default: []].compactMap { $0["order.state"]?.stringValue }
        #expect(shown.first == "pending" && shown.last == "completed")
        // Every line about the order names its trace, the same in all services.
        let trace = try #require(timeline.first?.trace)
        for line in order.values.flatMap({ $0 }) where line["level"] == "info" {
            #expect(line["trace_id"]?.stringValue == trace, "\(line.text)")
        }

        let messages = try await customer.send(.get, "/verify/\(id)/messages")
        let message = try #require(messages.json["data"]?.arrayValue?.first)
        let code = try #require(message["code"]?.stringValue)
        let text = try #require(message["text"]?.stringValue)
        let secrets = [
            number, String(number.dropFirst()), text, customer.key, TestStack.adminKey, "sandbox-key-of-the-tests",
        ]
        for service in TestStack.Service.allCases {
            let log = stack.log(service)
            for secret in secrets { #expect(!log.contains(secret), "\(service) logs \(secret)") }
            // Digits alone may stand in an id; as a word of their own they may not.
            for line in lines(of: stack, service) {
                for member in line.objectValue ?? [] where member.value.stringValue == code {
                    Issue.record("\(service) logs the code as \(member.name)")
                }
            }
            #expect(!log.contains(" \(code)") && !log.contains("\(code) "), "\(service) logs the code")
        }
        _ = try await customer.send(.delete, "/verify/\(cancelled)")
    }

    private func lines(of stack: TestStack, _ service: TestStack.Service) -> [JSON] {
        stack.log(service).split(separator: "\n").compactMap { line in
            // What a C library or the runtime writes is no JSON, and tells of no order.
            try? JSON(parsing: Array(line.utf8))
        }
    }

    private func lines(of stack: TestStack, about order: ID) -> [TestStack.Service: [JSON]] {
        Dictionary(
            uniqueKeysWithValues: TestStack.Service.allCases.map { service in
                (service, lines(of: stack, service).filter { $0["order.id"]?.stringValue == order.description })
            })
    }

    @Test("Every figure that operators are promised is there, with its help, and moves")
    func figures() async throws {
        let stack = try TestStack.lent()
        let customer = try await stack.customer()
        // One that stays open, so that there is something to count.
        try await stack.sandbox("PUT", "/arrival", ["mode": "never", "product": "discord"])
        let open = try await customer.order(service: "discord")
        let id = try await customer.order()
        #expect(try await customer.state(of: id) == "completed")
        _ = try await stack.reference(of: open)
        for service in [TestStack.Service.gateway, .verification, .billing] { try await stack.poison(service) }

        let route = "method=\"POST\",route=\"/verify/create\""
        let moved: [(TestStack.Service, String)] = [
            (.gateway, "http_server_requests_total{server=\"http\",\(route),status=\"2xx\"}"),
            (.gateway, "http_server_request_duration_seconds_count{server=\"http\",\(route)}"),
            (.gateway, "bus_outcomes_total{queue=\"gateway.events\",outcome=\"done\"}"),
            (.gateway, "bus_handling_seconds_count{queue=\"gateway.events\"}"),
            (.verification, "bus_outcomes_total{queue=\"verification.commands\",outcome=\"done\"}"),
            (.verification, "bus_outcomes_total{queue=\"verification.events\",outcome=\"done\"}"),
            (.billing, "bus_outcomes_total{queue=\"billing.commands\",outcome=\"done\"}"),
            (.verification, "verification_poll_lag_seconds_count"),
            (.verification, "verification_purchase_seconds_count"),
            (.verification, "verification_orders{state=\"waiting\"}"), (.verification, "verification_open_orders"),
            (.verification, "verification_shards"), (.verification, "provider_budget_cap{provider=\"5sim\"}"),
            (.verification, "provider_budget_rate{provider=\"5sim\"}"),
            (.verification, "provider_budget_granted_total{provider=\"5sim\"}"),
            (.verification, "provider_requests_total{provider=\"5sim\",endpoint=\"buy\",outcome=\"ok\"}"),
            (.verification, "provider_request_seconds_count{provider=\"5sim\",endpoint=\"check\"}"),
        ]
        let everywhere = { (figure: String) in
            [TestStack.Service.gateway, .verification, .billing].map {
                ($0, figure.replacing("SERVICE", with: $0.rawValue))
            }
        }
        let everyone = [
            "service_ready", "outbox_published_total", "outbox_publish_seconds_count", "outbox_lanes",
            "database_connections{pool=\"SERVICE\"}", "database_statement_seconds_count{pool=\"SERVICE\"}",
            "database_wait_seconds_count{pool=\"SERVICE\"}", "bus_parked{service=\"SERVICE\"}",
            "trace_spans_sent_total",
        ].flatMap(everywhere)
        for (service, figure) in moved + everyone {
            #expect(
                await eventually(within: .seconds(15)) { await stack.metric(figure, of: service) ?? 0 > 0 },
                "\(service) does not show \(figure)")
        }
        // These are zero when all is well.
        let still: [(TestStack.Service, String)] = [
            (.verification, "verification_drift{kind=\"hold\"}"),
            (.verification, "verification_drift{kind=\"number\"}"),
            (.verification, "provider_breaker_state{provider=\"5sim\"}"),
            (.verification, "provider_budget_waiting{provider=\"5sim\"}"), (.billing, "billing_ledger_drift"),
            (.gateway, "bus_queue_depth{queue=\"gateway.events\"}"),
            (.verification, "bus_queue_depth{queue=\"verification.commands\"}"),
            (.billing, "bus_queue_depth{queue=\"billing.commands\"}"),
        ]
        let quiet = ["outbox_depth", "outbox_oldest_seconds", "database_waiting{pool=\"SERVICE\"}"].flatMap(everywhere)
        for (service, figure) in still + quiet {
            #expect(
                await eventually(within: .seconds(15)) { await stack.metric(figure, of: service) == 0 },
                "\(service) does not show \(figure)")
        }
        for service in [TestStack.Service.gateway, .verification, .billing] {
            let text = try await stack.metrics(of: service)
            for line in text.split(separator: "\n") where line.hasPrefix("# HELP ") {
                #expect(line.split(separator: " ").count > 3, "\(line) explains nothing")
            }
        }
        _ = try await customer.send(.delete, "/verify/\(open)")
        #expect(try await customer.state(of: open) == "cancelled")
    }
}

/// Starts the collector and the stack around the suite, and stops both afterwards.
struct Watched: SuiteTrait, TestScoping {
    var isRecursive: Bool { false }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let collector = try Collector()
        let setting = ["OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "LOG_LEVEL": "debug"]
        let settings: [TestStack.Service: [String: String]] = [
            .gateway: setting, .verification: setting, .billing: setting,
        ]
        try await running([collector.server]) {
            try await TestServers.shared { servers in
                try await TestStack.with(servers, settings) { _ in
                    try await Collector.$current.withValue(collector) { try await function() }
                }
            }
        }
    }
}

extension Trait where Self == Watched {
    static var watched: Self { Watched() }
}
