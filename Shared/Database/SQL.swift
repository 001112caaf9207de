/// A statement and the values bound to it.
///
///     let open: SQL = "SELECT id FROM orders WHERE state = \(state) AND made_at > \(since)"
///
/// Whatever is interpolated becomes a parameter (`$1`, `$2`, …) and travels beside the text, never in it. The text
/// itself can only come out of literals: even `init(stringLiteral:)` takes a `StaticString`, so no string made at run
/// time has a way into a statement, except as one quoted name (`identifier:`).
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// Where one value lies in `values`, and where its `$n` begins in `text`.
    struct Parameter: Sendable {
        /// Offset into `values`.
        var start: Int
        /// Count of bytes; nil is NULL.
        var length: Int?
        /// Offset into `text`.
        var mark: Int
    }

    /// The statement in UTF-8, with `$1`… where values go.
    private(set) var text: [UInt8]
    /// The types of the parameters (`pg_type.oid`), in order: part of what makes two statements the same.
    private(set) var types: [UInt32] = []
    private(set) var parameters: [Parameter] = []
    /// All values in Postgres's binary form, one after the other. The first byte is no value: it sees to it that even
    /// an empty value has an address, because to libpq no address means NULL.
    private(set) var values: [UInt8] = [0]

    package init(stringLiteral value: StaticString) {
        text = value.withUTF8Buffer { Array($0) }
    }

    package init(stringInterpolation: StringInterpolation) { self = stringInterpolation.sql }

    /// Text that this module composed itself.
    init(composed text: [UInt8]) { self.text = text }

    /// The text with its placeholders; values are not shown, so that it is fit for a log.
    var statement: String { String(decoding: text, as: UTF8.self) }

    package struct StringInterpolation: StringInterpolationProtocol, Sendable {
        package typealias StringLiteralType = StaticString

        fileprivate(set) var sql: SQL

        package init(literalCapacity: Int, interpolationCount: Int) {
            sql = SQL(composed: [])
            sql.text.reserveCapacity(literalCapacity + 3 * interpolationCount)
            sql.types.reserveCapacity(interpolationCount)
            sql.parameters.reserveCapacity(interpolationCount)
            sql.values.reserveCapacity(1 + 16 * interpolationCount)
        }

        package mutating func appendLiteral(_ literal: StaticString) {
            literal.withUTF8Buffer { sql.text.append(contentsOf: $0) }
        }

        /// Binds a value.
        package mutating func appendInterpolation<Value: DatabaseValue>(_ value: Value) { sql.bind(value) }

        /// Binds a value, or NULL.
        package mutating func appendInterpolation<Value: DatabaseValue>(_ value: Value?) { sql.bind(value) }

        /// Puts another statement, or a part of one, in this place and renumbers its parameters.
        package mutating func appendInterpolation(_ nested: SQL) { sql.append(nested) }

        /// Splices text that was written in the source: a column's name, `ASC`.
        package mutating func appendInterpolation(raw text: StaticString) { appendLiteral(text) }

        /// Puts the name of a partition, a database, a channel, which cannot be a parameter. It is quoted, so whatever
        /// it holds, it can be nothing but one name.
        package mutating func appendInterpolation(identifier name: String) {
            precondition(!name.utf8.contains(0), "a name in Postgres has no NUL character")
            let quote = UInt8(ascii: "\"")
            sql.text.append(quote)
            for byte in name.utf8 {
                if byte == quote { sql.text.append(quote) }
                sql.text.append(byte)
            }
            sql.text.append(quote)
        }
    }

    private mutating func bind<Value: DatabaseValue>(_ value: Value) {
        let start = values.count
        var writer = ValueWriter(appendingTo: values)
        // The writer must be the only owner of the buffer, or each value would copy those before it.
        values = []
        value.write(to: &writer)
        values = writer.bytes
        if writer.isNull { values.removeSubrange(start...) }
        add(
            Value.postgresType.oid, Parameter(start: start, length: writer.isNull ? nil : values.count - start, mark: 0)
        )
    }

    private mutating func add(_ type: UInt32, _ parameter: Parameter) {
        types.append(type)
        parameters.append(Parameter(start: parameter.start, length: parameter.length, mark: text.count))
        text.append(UInt8(ascii: "$"))
        text.append(contentsOf: String(parameters.count).utf8)
    }

    private mutating func append(_ nested: SQL) {
        let shift = values.count
        values.append(contentsOf: nested.values)
        var copied = 0
        for (index, parameter) in nested.parameters.enumerated() {
            text.append(contentsOf: nested.text[copied..<parameter.mark])
            copied = parameter.mark + 1 + String(index + 1).utf8.count
            add(nested.types[index], Parameter(start: parameter.start + shift, length: parameter.length, mark: 0))
        }
        text.append(contentsOf: nested.text[copied...])
    }
}

extension SQL {
    /// Puts `right` behind `left`; for conditions that are there or not.
    package static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }

    package static func += (left: inout SQL, right: SQL) { left.append(right) }
}

extension Sequence where Element == SQL {
    /// One statement of many parts: `conditions.joined(separator: " AND ")`.
    package func joined(separator: SQL) -> SQL {
        var result = SQL(composed: [])
        for (index, part) in enumerated() {
            if index > 0 { result += separator }
            result += part
        }
        return result
    }
}
