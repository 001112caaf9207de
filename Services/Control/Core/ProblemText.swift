import JSON

/// An answer of the API that is a refusal, as a person reads it on a terminal.
package enum ProblemText {
    /// `No provider sells this. (NO_OFFER)` and a line for each field that is wrong.
    package static func lines(status: Int, body: [UInt8]) -> [String] {
        guard let json = try? JSON(parsing: body), let code = json["error_code"]?.stringValue else {
            // Not an answer of ours: a proxy's page, or another program on that port.
            return ["the server answered with status \(status), and not as Namaskah does"]
        }
        let message = json["message"]?.stringValue ?? json["title"]?.stringValue ?? "refused"
        var lines = ["\(message) (\(code))"]
        for field in json["details"]?["fields"]?.arrayValue ?? [] {
            guard let name = field["field"]?.stringValue, let message = field["message"]?.stringValue else { continue }
            lines.append("  \(name.isEmpty ? "the body" : name): \(message)")
        }
        if let seconds = json["details"]?["retry_after_seconds"]?.integerValue {
            lines.append("  try again in \(seconds) s")
        }
        if status >= 500, let trace = json["trace_id"]?.stringValue { lines.append("  trace id: \(trace)") }
        return lines.map(TextTable.printable)
    }
}
