import JSON
import Kit
import Runtime

extension HTTPResponse {
    /// A refusal as bytes, here alone: RFC 9457 members and the four that clients of this platform read. Handlers throw
    /// the problem; one that has to keep what is answered makes the answer itself.
    package static func problem(_ problem: Problem) -> HTTPResponse {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.key("type")
        writer.string("/errors/" + problem.code.rawValue)
        writer.key("title")
        writer.string(problem.code.title)
        writer.key("status")
        writer.integer(Int64(problem.code.status))
        writer.key("error_code")
        writer.string(problem.code.rawValue)
        writer.key("message")
        writer.string(problem.message)
        writer.key("details")
        writeDetails(of: problem, to: &writer)
        writer.key("timestamp")
        writer.string(Timestamp.now.description)
        writer.key("trace_id")
        if let trace = TraceContext.current { writer.string(trace.traceID) } else { writer.null() }
        writer.endObject()
        var response = HTTPResponse(
            problem.code.status, headers: ["Content-Type": "application/problem+json"], body: writer.bytes)
        if let retryAfter = problem.retryAfter { response.headers.append("Retry-After", String(retryAfter)) }
        if problem.code == .unauthenticated { response.headers.append("WWW-Authenticate", "Bearer") }
        return response
    }

    private static func writeDetails(of problem: Problem, to writer: inout JSONWriter) {
        writer.beginObject()
        if !problem.fields.isEmpty {
            writer.key("fields")
            writer.beginArray()
            for field in problem.fields {
                writer.beginObject()
                writer.key("field")
                writer.string(field.field)
                writer.key("message")
                writer.string(field.message)
                writer.endObject()
            }
            writer.endArray()
        }
        if let retryAfter = problem.retryAfter {
            writer.key("retry_after_seconds")
            writer.integer(Int64(retryAfter))
        }
        for (name, value) in problem.details.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
    }
}
