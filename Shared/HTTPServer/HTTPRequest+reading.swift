import JSON
import Kit

extension HTTPRequest {
    /// What to say of a path parameter that cannot be read.
    package enum IllFormedParameter: Sendable {
        /// 404: nothing can have such an id, so nothing is there.
        case notFound
        /// 400, naming the parameter.
        case invalid
    }

    /// The text of a parameter of the route's pattern, percent-decoded.
    package func parameter(_ name: String) -> String {
        guard let field = parameters.first(where: { $0.name == name }) else {
            preconditionFailure("the pattern \(route) has no parameter \(name)")
        }
        return field.value
    }

    /// A parameter of the route's pattern as a value: `try request.parameter("id", as: ID.self)`.
    package func parameter<Value: LosslessStringConvertible>(
        _ name: String, as type: Value.Type, orElse: IllFormedParameter = .notFound
    ) throws(Problem) -> Value {
        if let value = Value(parameter(name)) { return value }
        switch orElse {
        case .notFound: throw Problem(.notFound, "There is nothing at this address.")
        case .invalid: throw Problem.invalid("path.\(name)", "is not well-formed")
        }
    }

    /// The query, after checking that it has no other names than these and none of them twice.
    package func query(allowing names: [String]) throws(Problem) -> QueryReader {
        var wrong: [FieldProblem] = []
        for (index, field) in query.enumerated() {
            if !names.contains(field.name) {
                let allowed = names.isEmpty ? "there are none here" : "they are \(names.joined(separator: ", "))"
                wrong.append(
                    FieldProblem(field: "query.\(field.name)", message: "is not a query parameter; \(allowed)"))
            } else if query[..<index].contains(where: { $0.name == field.name }) {
                wrong.append(FieldProblem(field: "query.\(field.name)", message: "must not be given twice"))
            }
        }
        if !wrong.isEmpty {
            throw Problem(.validationFailed, "The query is not valid.", fields: wrong)
        }
        return QueryReader(fields: query)
    }

    /// The body as a record. 415 unless it is `application/json`, 400 naming every field that is wrong. `strict`
    /// refuses members that the record does not name.
    package func record<Record: JSONRecord>(
        _ type: Record.Type = Record.self, strict: Bool = true
    ) throws(Problem) -> Record {
        try requireJSON()
        do { return try Record(json: body, strict: strict) } catch { throw error.problem }
    }

    /// The body as a JSON value, under the same conditions.
    package func json() throws(Problem) -> JSON {
        try requireJSON()
        do { return try JSON(parsing: body) } catch { throw Problem.invalid("", error.message) }
    }

    /// The body as `application/x-www-form-urlencoded` fields; 415 for another type, 400 when it is not well-formed.
    package func form() throws(Problem) -> [Field] {
        guard mediaType == "application/x-www-form-urlencoded" else {
            throw Problem(.unsupportedMediaType, "The body must be application/x-www-form-urlencoded.")
        }
        guard let fields = PercentCoding.decodePairs(body) else {
            throw Problem.invalid("", "The body is not a well-formed form.")
        }
        return fields
    }

    /// `application/json` of `Application/JSON; charset=utf-8`; nil when the request has no content type.
    package var mediaType: String? {
        headers["Content-Type"].map { value in
            var type = value.prefix { $0 != ";" }
            while type.last == " " || type.last == "\t" { type.removeLast() }
            return type.lowercased()
        }
    }

    /// The protocols a WebSocket client offers, in its order.
    package var webSocketProtocols: [String] {
        headers.values("Sec-WebSocket-Protocol").flatMap { $0.split(separator: ",") }
            .map { $0.trimmingSpaces }.filter { !$0.isEmpty }
    }

    private func requireJSON() throws(Problem) {
        guard let mediaType, mediaType == "application/json" || mediaType.hasSuffix("+json") else {
            throw Problem(.unsupportedMediaType, "The body must be JSON, with Content-Type: application/json.")
        }
        guard !body.isEmpty else { throw Problem.invalid("", "The body is empty; it must be a JSON object.") }
    }
}

/// A query whose names have been checked. A parameter without a value is refused: what a caller's template left empty
/// must not turn a filter into none.
package struct QueryReader: Sendable {
    private let fields: [HTTPRequest.Field]

    fileprivate init(fields: [HTTPRequest.Field]) { self.fields = fields }

    /// The text, of at most so many bytes.
    package func string(_ name: String, maximum: Int = 512) throws(Problem) -> String? {
        guard let value = fields.first(where: { $0.name == name })?.value else { return nil }
        guard !value.isEmpty else { throw Problem.invalid("query.\(name)", "must have a value, or be left out") }
        guard value.utf8.count <= maximum else {
            throw Problem.invalid("query.\(name)", "must have at most \(maximum) characters")
        }
        return value
    }

    package func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = try string(name) else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }), let value = Int(text),
            range.contains(value)
        else {
            throw Problem.invalid(
                "query.\(name)", "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    package func boolean(_ name: String) throws(Problem) -> Bool? {
        switch try string(name) {
        case nil: return nil
        case "true", "1": return true
        case "false", "0": return false
        default: throw Problem.invalid("query.\(name)", "must be true or false")
        }
    }

    package func timestamp(_ name: String) throws(Problem) -> Timestamp? {
        try value(name, "must be a time such as 2026-02-03T10:35:11Z")
    }

    package func id(_ name: String) throws(Problem) -> ID? {
        try value(name, "must be a UUID such as 0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21")
    }

    /// The name of a service, country or operator: lower-case letters, digits, `-` and `_`.
    package func slug(_ name: String) throws(Problem) -> String? {
        guard let text = try string(name) else { return nil }
        let fits = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        guard fits, text.utf8.count <= 64 else {
            throw Problem.invalid("query.\(name)", "must be 1 to 64 lower-case letters, digits, - or _")
        }
        return text
    }

    /// One of the words of an enumeration.
    package func oneOf<Word: RawRepresentable & CaseIterable>(
        _ type: Word.Type, _ name: String
    ) throws(Problem) -> Word? where Word.RawValue == String {
        guard let text = try string(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            throw Problem.invalid(
                "query.\(name)", "must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    private func value<Value: LosslessStringConvertible>(_ name: String, _ complaint: String) throws(Problem) -> Value?
    {
        guard let text = try string(name) else { return nil }
        guard let value = Value(text) else { throw Problem.invalid("query.\(name)", complaint) }
        return value
    }
}

extension StringProtocol {
    /// Without the spaces and tabs at either end.
    var trimmingSpaces: String {
        var rest = self[...]
        while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return String(rest)
    }
}
