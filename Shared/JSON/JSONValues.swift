import Kit

extension String: JSONValue {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> String? {
        guard case .string(let value) = json else {
            reader.refuse("must be a string, not \(json.kind)")
            return nil
        }
        return value
    }
    package func write(to writer: inout JSONWriter) { writer.string(self) }
    package static var schema: JSON { ["type": "string"] }
}

extension Bool: JSONValue {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> Bool? {
        guard case .bool(let value) = json else {
            reader.refuse("must be true or false, not \(json.kind)")
            return nil
        }
        return value
    }
    package func write(to writer: inout JSONWriter) { writer.bool(self) }
    package static var schema: JSON { ["type": "boolean"] }
}

extension Int64: JSONValue {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> Int64? {
        guard case .integer(let value) = json else {
            reader.refuse("must be a whole number, not \(json.kind)")
            return nil
        }
        return value
    }
    package func write(to writer: inout JSONWriter) { writer.integer(self) }
    package static var schema: JSON { ["type": "integer", "format": "int64"] }
}

extension Int: JSONValue {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> Int? {
        Int64.read(json, &reader).map { Int($0) }
    }
    package func write(to writer: inout JSONWriter) { writer.integer(Int64(self)) }
    package static var schema: JSON { Int64.schema }
}

extension Double: JSONValue {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> Double? {
        guard let value = json.doubleValue else {
            reader.refuse("must be a number, not \(json.kind)")
            return nil
        }
        return value
    }
    package func write(to writer: inout JSONWriter) { writer.number(self) }
    package static var schema: JSON { ["type": "number"] }
}

extension ID: JSONValue {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> ID? {
        guard case .string(let text) = json, let value = ID(text) else {
            reader.refuse("must be a UUID such as 0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21")
            return nil
        }
        return value
    }
    package func write(to writer: inout JSONWriter) { writer.string(description) }
    package static var schema: JSON { ["type": "string", "format": "uuid"] }
}

extension Timestamp: JSONValue {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> Timestamp? {
        guard case .string(let text) = json, let value = Timestamp(text) else {
            reader.refuse("must be a time such as 2026-02-03T10:35:11Z")
            return nil
        }
        return value
    }
    package func write(to writer: inout JSONWriter) { writer.string(description) }
    package static var schema: JSON { ["type": "string", "format": "date-time"] }
}

extension PhoneNumber: JSONValue {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> PhoneNumber? {
        guard case .string(let text) = json, let value = PhoneNumber(text) else {
            reader.refuse("must be a phone number in E.164 form such as +447700900123")
            return nil
        }
        return value
    }
    package func write(to writer: inout JSONWriter) { writer.string(text) }
    package static var schema: JSON { ["type": "string", "pattern": "^\\+[1-9][0-9]{4,14}$"] }
}

/// On every wire: `{"amount":"0.7500","currency":"USD"}`.
extension Money: JSONValue {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> Money? {
        guard case .object(let members) = json else {
            reader.refuse("must be an object such as {\"amount\":\"0.7500\",\"currency\":\"USD\"}, not \(json.kind)")
            return nil
        }
        reader.refuseUnknown(members, known: ["amount", "currency"])
        let amount = reader.at("amount") { reader -> Money? in
            guard let value = json["amount"]?.stringValue.flatMap({ Money($0) }) else {
                reader.refuse("must be a decimal string such as \"0.7500\", with at most six decimals")
                return nil
            }
            return value
        }
        guard json["currency"]?.stringValue == Money.currency else {
            reader.at("currency") { $0.refuse("must be \"\(Money.currency)\"") }
            return nil
        }
        return amount
    }

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("amount")
        writer.string(description)
        writer.key("currency")
        writer.string(Money.currency)
        writer.endObject()
    }

    package static var schema: JSON {
        [
            "type": "object",
            "properties": [
                "amount": ["type": "string", "pattern": "^-?[0-9]{1,9}([.][0-9]{1,6})?$"],
                "currency": ["type": "string", "enum": ["USD"]],
            ],
            "required": ["amount", "currency"],
        ]
    }
}

extension JSON: JSONValue {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> JSON? { json }
    package static var schema: JSON { [:] }
}

extension Array: JSONValue where Element: JSONValue {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> [Element]? {
        guard case .array(let elements) = json else {
            reader.refuse("must be an array, not \(json.kind)")
            return nil
        }
        var values: [Element] = []
        values.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            if let value = reader.at(String(index), { Element.read(element, &$0) }) { values.append(value) }
        }
        return values.count == elements.count ? values : nil
    }

    package func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for element in self { element.write(to: &writer) }
        writer.endArray()
    }

    package static var schema: JSON { ["type": "array", "items": Element.schema] }
}

/// A closed set of words: any other is refused when read. For what callers send.
package protocol JSONEnum: JSONValue, RawRepresentable, CaseIterable where RawValue == String {}

extension JSONEnum {
    package static func read(_ json: JSON, _ reader: inout JSONReader) -> Self? {
        guard case .string(let text) = json, let value = Self(rawValue: text) else {
            reader.refuse("must be one of \(allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return value
    }
    package func write(to writer: inout JSONWriter) { writer.string(rawValue) }
    package static var schema: JSON { ["type": "string", "enum": .array(allCases.map { .string($0.rawValue) })] }
}

/// A word out of a set that may have grown since we were built: an unknown one is kept and written back unchanged.
/// For what services tell each other.
package enum Open<Known: JSONEnum>: JSONValue, Hashable where Known: Hashable {
    case known(Known)
    case unknown(String)

    package init(_ known: Known) { self = .known(known) }

    package var known: Known? { if case .known(let value) = self { value } else { nil } }
    package var text: String {
        switch self {
        case .known(let value): value.rawValue
        case .unknown(let text): text
        }
    }

    package static func read(_ json: JSON, _ reader: inout JSONReader) -> Open? {
        guard case .string(let text) = json else {
            reader.refuse("must be a string, not \(json.kind)")
            return nil
        }
        return Known(rawValue: text).map { .known($0) } ?? .unknown(text)
    }
    package func write(to writer: inout JSONWriter) { writer.string(text) }
    package static var schema: JSON { ["type": "string"] }
}

extension JSON {
    /// The value as JSON, for where a value rather than text is wanted.
    package init(of value: some JSONValue) {
        var writer = JSONWriter()
        value.write(to: &writer)
        do { self = try JSON(parsing: writer.bytes) } catch {
            preconditionFailure("what the writer wrote is JSON: \(error.message)")
        }
    }
}
