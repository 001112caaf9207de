import Kit

/// A structure with named fields that is JSON on some wire: a message, an HTTP body.
///
/// One function, `map`, names each field once. It is run by three mappers: one reads (and collects every field that is
/// wrong, not only the first), one writes, one describes the shape as JSON Schema. So the decoder, the encoder and the
/// document cannot disagree.
///
///     struct TopUp: JSONRecord {
///         var userID = ID.zero
///         var reference: String?
///         mutating func map(_ fields: inout some JSONMapper) {
///             fields.required("user_id", &userID)
///             fields.optional("reference", &reference, .length(1...120))
///         }
///     }
package protocol JSONRecord: JSONValue {
    /// Every field at a value that stands for "not read yet".
    init()
    /// Names every field, in the order they are written.
    mutating func map(_ fields: inout some JSONMapper)
}

/// What a record's `map` speaks to.
package protocol JSONMapper {
    mutating func required<Value: JSONValue>(_ name: String, _ value: inout Value, _ rules: JSONRule...)
    /// Absent and `null` mean the same when read. Written as `null` when `written` says so, else left out.
    mutating func optional<Value: JSONValue>(_ name: String, _ value: inout Value?, _ rules: JSONRule...)
    /// Always written, as `null` when there is no value; when read, absent and `null` mean the same.
    mutating func nullable<Value: JSONValue>(_ name: String, _ value: inout Value?, _ rules: JSONRule...)
}

/// A limit on a value, checked when it is read and told in the schema.
package enum JSONRule: Hashable, Sendable {
    /// Characters of a string, or elements of an array.
    case length(ClosedRange<Int>)
    case range(ClosedRange<Int64>)
    case oneOf([String])
    /// Only lower-case letters, digits, `-` and `_`: the names of services, countries, operators.
    case slug
    case email
    /// What the field means, for the documents.
    case note(String)
}

/// A value that is JSON on some wire.
package protocol JSONValue: Sendable {
    /// Takes the value out of JSON; what is wrong goes to the reader, under the path it is at.
    static func read(_ json: JSON, _ reader: inout JSONReader) -> Self?
    func write(to writer: inout JSONWriter)
    /// JSON Schema (2020-12) of the value.
    static var schema: JSON { get }
}

extension JSONRecord {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> Self? {
        guard case .object(let members) = json else {
            reader.refuse("must be an object, not \(json.kind)")
            return nil
        }
        var value = Self()
        let before = reader.problems.count
        let outer = reader.enter(members)
        value.map(&reader)
        reader.leave(outer)
        return reader.problems.count == before ? value : nil
    }

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        var mapper = WritingMapper(writer: writer)
        // The mapper takes the buffer over, so that there is one reference to it and it grows in place.
        writer = JSONWriter(capacity: 0)
        var copy = self
        copy.map(&mapper)
        writer = mapper.writer
        writer.endObject()
    }

    package static var schema: JSON {
        var mapper = SchemaMapper()
        var value = Self()
        value.map(&mapper)
        return mapper.schema
    }

    /// The compact text.
    package var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// Reads a record from text. `strict` refuses members that the record does not name (a caller's typing error);
    /// without it they are ignored (a newer writer's field).
    package init(json bytes: some Sequence<UInt8>, strict: Bool = false) throws(JSONFailure) {
        let value: JSON
        do { value = try JSON(parsing: bytes) } catch {
            throw JSONFailure(fields: [FieldProblem(field: "", message: error.message)])
        }
        try self.init(value, strict: strict)
    }

    /// Reads a record from a value.
    package init(_ value: JSON, strict: Bool = false) throws(JSONFailure) {
        var reader = JSONReader(strict: strict)
        guard let record = Self.read(value, &reader), reader.problems.isEmpty else {
            throw JSONFailure(fields: reader.problems)
        }
        self = record
    }
}

/// Every field of some JSON that could not be read.
package struct JSONFailure: Error, Hashable, Sendable {
    package let fields: [FieldProblem]

    package init(fields: [FieldProblem]) { self.fields = fields }

    /// One line naming each field.
    package var message: String {
        fields.map { $0.field.isEmpty ? $0.message : "\($0.field): \($0.message)" }.joined(separator: "; ")
    }

    /// The same for who sent it, to whom `body` names the whole.
    package var problem: Problem {
        Problem(
            .validationFailed, message,
            fields: fields.map { $0.field.isEmpty ? FieldProblem(field: "body", message: $0.message) : $0 })
    }
}

/// Reads records, and keeps what was wrong with them.
package struct JSONReader: JSONMapper, Sendable {
    package private(set) var problems: [FieldProblem] = []
    private let strict: Bool
    private var path: [String] = []
    private var members: [JSON.Member] = []
    private var known: [String] = []

    package init(strict: Bool) { self.strict = strict }

    /// Notes that the value at the present path is wrong.
    package mutating func refuse(_ message: String) {
        problems.append(FieldProblem(field: path.joined(separator: "."), message: message))
    }

    /// Reads something under a further step of the path.
    package mutating func at<Value>(_ step: String, _ body: (inout JSONReader) -> Value) -> Value {
        path.append(step)
        defer { path.removeLast() }
        return body(&self)
    }

    fileprivate struct Outer {
        var members: [JSON.Member]
        var known: [String]
    }

    fileprivate mutating func enter(_ inner: [JSON.Member]) -> Outer {
        defer {
            members = inner
            known = []
        }
        return Outer(members: members, known: known)
    }

    fileprivate mutating func leave(_ outer: Outer) {
        refuseUnknown(members, known: known)
        members = outer.members
        known = outer.known
    }

    /// When reading strictly: refuses members that are not among the known ones.
    mutating func refuseUnknown(_ members: [JSON.Member], known: [String]) {
        guard strict else { return }
        for member in members where !known.contains(member.name) {
            let allowed = known.joined(separator: ", ")
            at(member.name) { $0.refuse("is not a field here; the fields are \(allowed)") }
        }
    }

    package mutating func required<Value: JSONValue>(_ name: String, _ value: inout Value, _ rules: JSONRule...) {
        if let found = take(Value.self, name, rules) {
            value = found
        } else if member(name)?.isNull ?? true {
            at(name) { $0.refuse("is required") }
        }
    }

    package mutating func optional<Value: JSONValue>(_ name: String, _ value: inout Value?, _ rules: JSONRule...) {
        value = take(Value.self, name, rules)
    }

    package mutating func nullable<Value: JSONValue>(_ name: String, _ value: inout Value?, _ rules: JSONRule...) {
        value = take(Value.self, name, rules)
    }

    private func member(_ name: String) -> JSON? { members.first { $0.name == name }?.value }

    private mutating func take<Value: JSONValue>(_: Value.Type, _ name: String, _ rules: [JSONRule]) -> Value? {
        if strict { known.append(name) }
        guard let json = member(name), !json.isNull else { return nil }
        return at(name) { reader in
            guard let value = Value.read(json, &reader) else { return nil }
            for rule in rules {
                if let complaint = rule.complaint(about: json) {
                    reader.refuse(complaint)
                    return nil
                }
            }
            return value
        }
    }
}

private struct WritingMapper: JSONMapper {
    var writer: JSONWriter

    mutating func required<Value: JSONValue>(_ name: String, _ value: inout Value, _ rules: JSONRule...) {
        writer.key(name)
        value.write(to: &writer)
    }

    mutating func optional<Value: JSONValue>(_ name: String, _ value: inout Value?, _ rules: JSONRule...) {
        guard let value else { return }
        writer.key(name)
        value.write(to: &writer)
    }

    mutating func nullable<Value: JSONValue>(_ name: String, _ value: inout Value?, _ rules: JSONRule...) {
        writer.key(name)
        if let value { value.write(to: &writer) } else { writer.null() }
    }
}
