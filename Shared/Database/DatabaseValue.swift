import Kit

/// A value that can be bound to a statement and read from a row, always in Postgres's binary form.
///
/// There are conformances for what our schemas use: `Int16`, `Int32`, `Int`, `Int64`, `Bool`, `Double`, `String`, `ID`,
/// `Timestamp`, `Money`, `[UInt8]` and `JSON`; optionals of them; arrays of them and of their optionals. An enumeration
/// with such a raw value conforms by naming the protocol: `enum State: String, DatabaseValue`.
package protocol DatabaseValue: Sendable {
    /// What Postgres calls it.
    static var postgresType: PostgresType { get }
    /// Appends the binary form, or says that it is NULL.
    func write(to writer: inout ValueWriter)
    /// Reads the binary form.
    static func read(_ cell: Cell) throws(DatabaseError) -> Self
}

/// A value that is one thing and never NULL: what arrays and optionals are made of.
package protocol DatabaseScalar: DatabaseValue, DatabaseElement {}

/// A type of Postgres by its number in `pg_type`; those built in never change.
package struct PostgresType: Hashable, Sendable {
    let oid: UInt32
    /// The number of the array of it; nil when we use none.
    let array: UInt32?

    package static let bool = PostgresType(oid: 16, array: 1000)
    package static let bytea = PostgresType(oid: 17, array: 1001)
    package static let int8 = PostgresType(oid: 20, array: 1016)
    package static let int2 = PostgresType(oid: 21, array: 1005)
    package static let int4 = PostgresType(oid: 23, array: 1007)
    package static let text = PostgresType(oid: 25, array: 1009)
    package static let float8 = PostgresType(oid: 701, array: 1022)
    package static let timestamptz = PostgresType(oid: 1184, array: 1185)
    package static let uuid = PostgresType(oid: 2950, array: 2951)
    package static let jsonb = PostgresType(oid: 3802, array: 3807)

    /// The array of this type, as a type.
    var ofArray: PostgresType { PostgresType(oid: array ?? 0, array: nil) }
}

/// Collects the binary forms of values, one behind the other.
package struct ValueWriter {
    private(set) var bytes: [UInt8]
    private(set) var isNull = false

    init(appendingTo bytes: [UInt8] = []) { self.bytes = bytes }

    /// Says that the value is NULL.
    package mutating func null() { isNull = true }

    /// Takes the NULL back, for the next element of an array.
    mutating func takeNull() -> Bool {
        defer { isNull = false }
        return isNull
    }

    /// Appends bytes as they are.
    package mutating func append(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

    /// Appends a number in network order.
    package mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    var count: Int { bytes.count }

    /// Writes a number over what stands at an offset: a length that was not known before.
    mutating func replace(at offset: Int, with number: Int32) {
        withUnsafeBytes(of: number.bigEndian) { bytes.replaceSubrange(offset..<(offset + 4), with: $0) }
    }
}

/// One field of one row, or one element of an array, lent for the length of a call.
package struct Cell {
    let type: UInt32
    /// Nil is NULL. Belongs to the result and must not be kept.
    let bytes: UnsafeRawBufferPointer?
    /// For messages: `column 2 ("amount")`.
    let place: () -> String

    /// The bytes of a value that must not be NULL.
    package func required(as type: Any.Type) throws(DatabaseError) -> UnsafeRawBufferPointer {
        guard let bytes else {
            throw DatabaseError(.decoding, "\(place()) is NULL, which cannot be read as \(type)")
        }
        return bytes
    }

    /// Refuses a type of Postgres that is not one of these.
    func check(_ accepted: UInt32..., as type: Any.Type) throws(DatabaseError) {
        if !accepted.contains(self.type) { throw mismatch(type) }
    }

    func mismatch(_ type: Any.Type) -> DatabaseError {
        DatabaseError(
            .decoding,
            "\(place()) has the Postgres type number \(self.type), which cannot be read as \(type); cast it in the statement"
        )
    }

    func malformed(_ type: Any.Type) -> DatabaseError {
        DatabaseError(.decoding, "\(place()) does not hold a well-formed \(type)")
    }
}

extension Optional: DatabaseValue where Wrapped: DatabaseValue {
    package static var postgresType: PostgresType { Wrapped.postgresType }

    package func write(to writer: inout ValueWriter) {
        if let self { self.write(to: &writer) } else { writer.null() }
    }

    package static func read(_ cell: Cell) throws(DatabaseError) -> Wrapped? {
        cell.bytes == nil ? nil : try Wrapped.read(cell)
    }
}

extension DatabaseValue where Self: RawRepresentable, RawValue: DatabaseScalar {
    package static var postgresType: PostgresType { RawValue.postgresType }

    package func write(to writer: inout ValueWriter) { rawValue.write(to: &writer) }

    package static func read(_ cell: Cell) throws(DatabaseError) -> Self {
        guard let value = Self(rawValue: try RawValue.read(cell)) else { throw cell.malformed(Self.self) }
        return value
    }
}
