import Kit

extension JSONRule {
    /// What is wrong with a value, nil when the rule holds.
    func complaint(about json: JSON) -> String? {
        switch self {
        case .length(let range):
            switch json {
            case .string(let text) where !range.contains(text.unicodeScalars.count):
                "must have \(range.lowerBound) to \(range.upperBound) characters"
            case .array(let elements) where !range.contains(elements.count):
                "must have \(range.lowerBound) to \(range.upperBound) elements"
            default: nil
            }
        case .range(let range):
            json.integerValue.map { range.contains($0) } ?? true
                ? nil : "must be from \(range.lowerBound) to \(range.upperBound)"
        case .oneOf(let values):
            json.stringValue.map { values.contains($0) } ?? true
                ? nil : "must be one of \(values.joined(separator: ", "))"
        case .slug:
            json.stringValue.map { Self.isSlug($0) } ?? true
                ? nil : "must be 1 to 64 lower-case letters, digits, - or _"
        case .email:
            json.stringValue.map { Self.isEmail($0) } ?? true ? nil : "must be an e-mail address"
        case .note: nil
        }
    }

    private static func isSlug(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// The shape that mail servers agree on: one `@`, a local part of at most 64 bytes of ASCII without white space,
    /// a domain of dotted labels. Whether it exists only a mail can tell.
    private static func isEmail(_ text: String) -> Bool {
        let halves = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, halves.count == 2, (1...64).contains(halves[0].count),
            halves[0].allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return false }
        let labels = halves[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
                    && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { byte in
                        switch byte {
                        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): true
                        default: false
                        }
                    }
            }
    }

    /// What the rule adds to a schema.
    func keywords(for type: String?) -> [JSON.Member] {
        switch self {
        case .length(let range):
            type == "array"
                ? [
                    .init("minItems", .integer(Int64(range.lowerBound))),
                    .init("maxItems", .integer(Int64(range.upperBound))),
                ]
                : [
                    .init("minLength", .integer(Int64(range.lowerBound))),
                    .init("maxLength", .integer(Int64(range.upperBound))),
                ]
        case .range(let range):
            [.init("minimum", .integer(range.lowerBound)), .init("maximum", .integer(range.upperBound))]
        case .oneOf(let values): [.init("enum", .array(values.map(JSON.string)))]
        case .slug: [.init("pattern", "^[a-z0-9_-]{1,64}$")]
        case .email: [.init("format", "email"), .init("maxLength", 254)]
        case .note(let text): [.init("description", .string(text))]
        }
    }
}

/// Describes a record as JSON Schema.
struct SchemaMapper: JSONMapper {
    private var properties: [JSON.Member] = []
    private var required: [JSON] = []

    var schema: JSON {
        var members: [JSON.Member] = [.init("type", "object"), .init("properties", .object(properties))]
        if !required.isEmpty { members.append(.init("required", .array(required))) }
        return .object(members)
    }

    mutating func required<Value: JSONValue>(_ name: String, _ value: inout Value, _ rules: JSONRule...) {
        required.append(.string(name))
        properties.append(.init(name, Self.describe(Value.schema, rules)))
    }

    mutating func optional<Value: JSONValue>(_ name: String, _ value: inout Value?, _ rules: JSONRule...) {
        properties.append(.init(name, Self.describe(Value.schema, rules)))
    }

    mutating func nullable<Value: JSONValue>(_ name: String, _ value: inout Value?, _ rules: JSONRule...) {
        required.append(.string(name))
        properties.append(.init(name, Self.orNull(Self.describe(Value.schema, rules))))
    }

    private static func describe(_ schema: JSON, _ rules: [JSONRule]) -> JSON {
        guard !rules.isEmpty, case .object(let members) = schema else { return schema }
        return .object(members + rules.flatMap { $0.keywords(for: schema["type"]?.stringValue) })
    }

    private static func orNull(_ schema: JSON) -> JSON {
        guard case .object(let members) = schema, let type = schema["type"]?.stringValue, schema["enum"] == nil else {
            return ["anyOf": .array([schema, ["type": "null"]])]
        }
        return .object(members.map { $0.name == "type" ? .init("type", [.string(type), "null"]) : $0 })
    }
}
