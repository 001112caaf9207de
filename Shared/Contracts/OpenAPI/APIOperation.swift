import JSON
import Kit

/// One operation of the HTTP API, as the document tells it. What follows from its other properties (the answers that
/// every operation can give, those that come with authentication, with a body, with a parameter in the path) is added
/// by the document and not written here.
package struct APIOperation: Sendable {
    package enum Access: Hashable, Sendable {
        /// Anybody, not counted.
        case free
        /// Anybody, counted by address.
        case open
        /// Whoever is known.
        case known
        /// Whoever has at least that role.
        case role(String)
    }

    package struct Answer: Sendable {
        var status: Int
        var summary: String
        /// Nil when there is no body.
        var schema: JSON?
        var mediaType = "application/json"
        /// Names out of `APIDocument.headers`.
        var headers: [String] = []
    }

    package struct Parameter: Sendable {
        enum Place: String, Sendable {
            case path, query, header
        }
        var place: Place
        var name: String
        var summary: String
        var schema: JSON
        var isRequired = false
        var example: JSON?
    }

    /// Another operation whose `id` is a member of this one's answer.
    package struct Link: Sendable {
        let operation: String
        let member: String
    }

    package let method: String
    package let path: String
    /// The same operation under other paths.
    package var aliases: [String] = []
    package let id: String
    package let tag: String
    package let summary: String
    package var description: String?
    package var access = Access.known
    package var parameters: [Parameter] = []
    package var request: JSON?
    /// A body that is taken, to copy and change.
    package var example: JSON?
    /// What can be done with what this operation made.
    package var links: [Link] = []
    package var answers: [Answer]
    /// Refusals of its own; those common to all are added.
    package var problems: [ErrorCode] = []

    init(
        _ method: String, _ path: String, _ id: String, tag: String, _ summary: String, answers: [Answer]
    ) {
        self.method = method
        self.path = path
        self.id = id
        self.tag = tag
        self.summary = summary
        self.answers = answers
    }

    func described(_ text: String) -> APIOperation { with { $0.description = text } }
    func access(_ access: Access) -> APIOperation { with { $0.access = access } }
    func taking(_ parameters: Parameter...) -> APIOperation { with { $0.parameters += parameters } }
    /// The example is read as the record, so that it cannot grow old.
    func receiving<Record: JSONRecord>(_ record: Record.Type, for example: JSON) -> APIOperation {
        do { _ = try Record(example, strict: true) } catch {
            preconditionFailure("the example of \(method) \(path) is not taken: \(error.message)")
        }
        return with {
            $0.request = record.schema
            $0.example = example
        }
    }
    /// The operations that take the member of the answer as their `id`.
    func leading(to operations: String..., by member: String) -> APIOperation {
        with { $0.links += operations.map { Link(operation: $0, member: member) } }
    }
    func refusing(_ codes: ErrorCode...) -> APIOperation { with { $0.problems += codes } }

    /// The same under each prefix in the place of the first.
    func aliased(_ prefix: String, _ others: [String]) -> APIOperation {
        with { $0.aliases = others.map { other in other + path.dropFirst(prefix.count) } }
    }

    private func with(_ change: (inout APIOperation) -> Void) -> APIOperation {
        var copy = self
        change(&copy)
        return copy
    }

    /// Every refusal it can answer with.
    package var allProblems: [ErrorCode] {
        var codes: Set<ErrorCode> = Set(problems)
        codes.formUnion([
            .validationFailed, .requestTimeout, .payloadTooLarge, .uriTooLong, .headersTooLarge, .internalError,
            .unavailable,
        ])
        switch access {
        case .free: break
        case .open: codes.insert(.rateLimited)
        case .known: codes.formUnion([.unauthenticated, .rateLimited])
        case .role: codes.formUnion([.unauthenticated, .rateLimited, .forbidden])
        }
        if request != nil { codes.insert(.unsupportedMediaType) }
        if path.contains("{") { codes.insert(.notFound) }
        return ErrorCode.allCases.filter { codes.contains($0) }
    }
}

extension APIOperation.Answer {
    static func json(_ status: Int, _ summary: String, _ type: any JSONValue.Type, headers: [String] = []) -> Self {
        Self(status: status, summary: summary, schema: type.schema, headers: headers)
    }

    static func json(_ status: Int, _ summary: String, schema: JSON) -> Self {
        Self(status: status, summary: summary, schema: schema)
    }

    static func text(_ summary: String, _ mediaType: String) -> Self {
        Self(status: 200, summary: summary, schema: ["type": "string"], mediaType: mediaType)
    }

    /// A recording, of whatever type it is.
    static func sound(_ status: Int, _ summary: String, headers: [String]) -> Self {
        Self(
            status: status, summary: summary, schema: ["type": "string", "format": "binary"], mediaType: "audio/*",
            headers: headers)
    }

    static func empty(_ status: Int, _ summary: String) -> Self { Self(status: status, summary: summary) }
}

extension APIOperation.Parameter {
    static func id(_ summary: String) -> Self {
        Self(place: .path, name: "id", summary: summary, schema: ID.schema, isRequired: true)
    }

    static func query(
        _ name: String, _ summary: String, _ schema: JSON, required: Bool = false, example: JSON? = nil
    ) -> Self {
        Self(place: .query, name: name, summary: summary, schema: schema, isRequired: required, example: example)
    }

    static func header(_ name: String, _ summary: String, _ schema: JSON) -> Self {
        Self(place: .header, name: name, summary: summary, schema: schema)
    }

    static func slug(_ name: String, _ summary: String) -> Self {
        query(name, summary, ["type": "string", "pattern": "^[a-z0-9_-]{1,64}$"])
    }

    static func words(_ name: String, _ summary: String, _ words: [String]) -> Self {
        query(name, summary, ["type": "string", "enum": .array(words.map(JSON.string))])
    }

    static let from = query("from", "Only what is not older than this.", Timestamp.schema)
    static let to = query("to", "Only what is older than this.", Timestamp.schema)
    static let limit = query(
        "limit", "How many at most.", ["type": "integer", "minimum": 1, "maximum": 200, "default": 50])
    static let cursor = query(
        "cursor", "Where to go on: `next_cursor` of the page before, as it was given.",
        ["type": "string", "minLength": 1, "maxLength": 64])
    static let idempotencyKey = header(
        "Idempotency-Key",
        "A repeat with the same key and body within 24 hours gets the first answer again and changes nothing.",
        ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"])
    static let prefer = header(
        "Prefer",
        "`wait=N`: for how many seconds, up to 60, to wait for the number before the answer is 202; "
            + "other preferences are ignored, as RFC 7240 asks.",
        ["type": "string"])
}
