import HTTPServer
import JSON
import Kit
import Runtime
import TestSupport

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
    /// That of the running test.
    @TaskLocal static var current: Collector?

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
