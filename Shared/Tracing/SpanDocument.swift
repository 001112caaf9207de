import JSON
import Kit
import Runtime

/// Spans in the JSON encoding of OTLP (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): ids in
/// hexadecimal, 64-bit numbers as text, kinds and codes as numbers.
struct SpanDocument: Sendable {
    let service: String
    /// Tells the processes of one service apart.
    let instance: String

    /// The body of a request to `/v1/traces`.
    func bytes(_ spans: [Span]) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 * spans.count + 512)
        writer.beginObject()
        writer.key("resourceSpans")
        writer.beginArray()
        writer.beginObject()
        writer.key("resource")
        writer.beginObject()
        attributes(
            [
                ("service.name", .string(service)), ("service.instance.id", .string(instance)),
                ("service.version", .string(Version.text)), ("service.namespace", .string("namaskah")),
            ], to: &writer)
        writer.endObject()
        writer.key("scopeSpans")
        writer.beginArray()
        writer.beginObject()
        writer.key("scope")
        writer.beginObject()
        writer.key("name")
        writer.string("namaskah")
        writer.endObject()
        writer.key("spans")
        writer.beginArray()
        for span in spans { write(span, to: &writer) }
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func write(_ span: Span, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("traceId")
        writer.string(span.context.traceID)
        writer.key("spanId")
        writer.string(span.context.spanID)
        if let parent = span.parentSpanID {
            writer.key("parentSpanId")
            writer.string(parent)
        }
        writer.key("name")
        writer.string(span.name)
        writer.key("kind")
        writer.integer(Int64(span.kind.rawValue))
        writer.key("startTimeUnixNano")
        writer.string(Self.nanoseconds(span.start))
        writer.key("endTimeUnixNano")
        // A clock that was set back in between must not make a span of negative length.
        writer.string(Self.nanoseconds(max(span.start, span.end)))
        attributes(span.attributes, to: &writer)
        if let failure = span.failure {
            writer.key("status")
            writer.beginObject()
            writer.key("code")
            writer.integer(2)
            writer.key("message")
            writer.string(failure)
            writer.endObject()
        }
        writer.endObject()
    }

    private func attributes(_ attributes: Span.Attributes, to writer: inout JSONWriter) {
        writer.key("attributes")
        writer.beginArray()
        for attribute in attributes {
            writer.beginObject()
            writer.key("key")
            writer.string(attribute.name)
            writer.key("value")
            writer.beginObject()
            switch attribute.value {
            case .string(let text):
                writer.key("stringValue")
                writer.string(text)
            case .integer(let number):
                writer.key("intValue")
                writer.string(String(number))
            }
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
    }

    private static func nanoseconds(_ time: Timestamp) -> String { "\(time.microseconds)000" }
}
