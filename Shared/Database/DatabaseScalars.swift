import JSON
import Kit

extension Int16: DatabaseScalar {
    package static var postgresType: PostgresType { .int2 }
    package func write(to writer: inout ValueWriter) { writer.append(self) }
    package static func read(_ cell: Cell) throws(DatabaseError) -> Int16 { try cell.integer() }
}

extension Int32: DatabaseScalar {
    package static var postgresType: PostgresType { .int4 }
    package func write(to writer: inout ValueWriter) { writer.append(self) }
    package static func read(_ cell: Cell) throws(DatabaseError) -> Int32 { try cell.integer() }
}

extension Int64: DatabaseScalar {
    package static var postgresType: PostgresType { .int8 }
    package func write(to writer: inout ValueWriter) { writer.append(self) }
    package static func read(_ cell: Cell) throws(DatabaseError) -> Int64 { try cell.integer() }
}

extension Int: DatabaseScalar {
    package static var postgresType: PostgresType { .int8 }
    package func write(to writer: inout ValueWriter) { writer.append(Int64(self)) }
    package static func read(_ cell: Cell) throws(DatabaseError) -> Int { try cell.integer() }
}

extension Money: DatabaseScalar {
    package static var postgresType: PostgresType { .int8 }
    package func write(to writer: inout ValueWriter) { writer.append(micro) }
    package static func read(_ cell: Cell) throws(DatabaseError) -> Money { Money(micro: try cell.integer()) }
}

extension Bool: DatabaseScalar {
    package static var postgresType: PostgresType { .bool }
    package func write(to writer: inout ValueWriter) { writer.append(UInt8(self ? 1 : 0)) }
    package static func read(_ cell: Cell) throws(DatabaseError) -> Bool {
        let bytes = try cell.required(as: Bool.self)
        try cell.check(PostgresType.bool.oid, as: Bool.self)
        guard bytes.count == 1 else { throw cell.malformed(Bool.self) }
        return bytes[0] != 0
    }
}

extension Double: DatabaseScalar {
    package static var postgresType: PostgresType { .float8 }
    package func write(to writer: inout ValueWriter) { writer.append(bitPattern) }
    package static func read(_ cell: Cell) throws(DatabaseError) -> Double {
        let bytes = try cell.required(as: Double.self)
        try cell.check(PostgresType.float8.oid, 700, as: Double.self)  // 700 is float4.
        switch bytes.count {
        case 8: return Double(bitPattern: bytes.bigEndian(at: 0))
        case 4: return Double(Float(bitPattern: bytes.bigEndian(at: 0)))
        default: throw cell.malformed(Double.self)
        }
    }
}

extension String: DatabaseScalar {
    package static var postgresType: PostgresType { .text }
    package func write(to writer: inout ValueWriter) { writer.append(utf8) }
    package static func read(_ cell: Cell) throws(DatabaseError) -> String {
        let bytes = try cell.required(as: String.self)
        // text, name, unknown, bpchar, varchar; types made by CREATE TYPE … AS ENUM are sent as their text.
        switch cell.type {
        case 25, 19, 705, 1042, 1043, 16_384...: break
        default: throw cell.mismatch(String.self)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw cell.malformed(String.self) }
        return text
    }
}

extension ID: DatabaseScalar {
    package static var postgresType: PostgresType { .uuid }
    package func write(to writer: inout ValueWriter) {
        writer.append(high)
        writer.append(low)
    }
    package static func read(_ cell: Cell) throws(DatabaseError) -> ID {
        let bytes = try cell.required(as: ID.self)
        try cell.check(PostgresType.uuid.oid, as: ID.self)
        guard bytes.count == 16 else { throw cell.malformed(ID.self) }
        return ID(high: bytes.bigEndian(at: 0), low: bytes.bigEndian(at: 8))
    }
}

/// Postgres counts microseconds from the year 2000. `infinity` is the latest `Timestamp` there is, `-infinity` the
/// earliest.
extension Timestamp: DatabaseScalar {
    private static let epochOfPostgres: Int64 = 946_684_800_000_000

    package static var postgresType: PostgresType { .timestamptz }
    package func write(to writer: inout ValueWriter) {
        switch microseconds {
        case .max, .min: writer.append(microseconds)
        default:
            let (value, overflow) = microseconds.subtractingReportingOverflow(Self.epochOfPostgres)
            // Too early for either side to hold: a value that the server refuses rather than one that means -infinity.
            writer.append(overflow ? .min + 1 : value)
        }
    }
    package static func read(_ cell: Cell) throws(DatabaseError) -> Timestamp {
        let bytes = try cell.required(as: Timestamp.self)
        try cell.check(PostgresType.timestamptz.oid, as: Timestamp.self)
        guard bytes.count == 8 else { throw cell.malformed(Timestamp.self) }
        let value = Int64(bitPattern: bytes.bigEndian(at: 0))
        if value == .max || value == .min { return Timestamp(microseconds: value) }
        let (microseconds, overflow) = value.addingReportingOverflow(Self.epochOfPostgres)
        guard !overflow else { throw cell.malformed(Timestamp.self) }
        return Timestamp(microseconds: microseconds)
    }
}

extension JSON: DatabaseScalar {
    package static var postgresType: PostgresType { .jsonb }
    package func write(to writer: inout ValueWriter) {
        writer.append(UInt8(1))  // The version of the binary form; there has been no other.
        writer.append(bytes)
    }
    package static func read(_ cell: Cell) throws(DatabaseError) -> JSON {
        var bytes = try cell.required(as: JSON.self)
        try cell.check(PostgresType.jsonb.oid, 114, as: JSON.self)  // 114 is json, which has no version byte.
        if cell.type == PostgresType.jsonb.oid {
            guard bytes.first == 1 else { throw cell.malformed(JSON.self) }
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        }
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw DatabaseError(.decoding, "\(cell.place()) does not hold JSON that we take: \(error.message)")
        }
    }
}

extension Cell {
    /// A whole number of any width, refused when it does not fit.
    fileprivate func integer<Number: FixedWidthInteger>() throws(DatabaseError) -> Number {
        let bytes = try required(as: Number.self)
        try check(PostgresType.int8.oid, PostgresType.int4.oid, PostgresType.int2.oid, as: Number.self)
        let value: Int64
        switch bytes.count {
        case 8: value = Int64(bitPattern: bytes.bigEndian(at: 0))
        case 4: value = Int64(Int32(bitPattern: bytes.bigEndian(at: 0)))
        case 2: value = Int64(Int16(bitPattern: bytes.bigEndian(at: 0)))
        default: throw malformed(Number.self)
        }
        guard let number = Number(exactly: value) else {
            throw DatabaseError(.decoding, "\(place()) holds a number that does not fit \(Number.self)")
        }
        return number
    }
}

extension UnsafeRawBufferPointer {
    /// The number in network order at an offset that the caller has checked.
    func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number {
        Number(bigEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
