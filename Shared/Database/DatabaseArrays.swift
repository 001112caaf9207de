/// What may stand in an array that is bound or read: for `unnest(\(ids), \(amounts))`, the one statement that writes a
/// thousand rows. Bytes are elements too, because `[UInt8]` is `bytea`.
package protocol DatabaseElement: Sendable {
    /// What Postgres calls an array of it.
    static var arrayType: PostgresType { get }
    static func write(array: [Self], to writer: inout ValueWriter)
    static func read(array cell: Cell) throws(DatabaseError) -> [Self]
}

extension Array: DatabaseValue where Element: DatabaseElement {
    package static var postgresType: PostgresType { Element.arrayType }
    package func write(to writer: inout ValueWriter) { Element.write(array: self, to: &writer) }
    package static func read(_ cell: Cell) throws(DatabaseError) -> [Element] { try Element.read(array: cell) }
}

extension UInt8: DatabaseElement {
    package static var arrayType: PostgresType { .bytea }
    package static func write(array: [UInt8], to writer: inout ValueWriter) { writer.append(array) }
    package static func read(array cell: Cell) throws(DatabaseError) -> [UInt8] {
        let bytes = try cell.required(as: [UInt8].self)
        try cell.check(PostgresType.bytea.oid, as: [UInt8].self)
        return Array(bytes)
    }
}

extension Array: DatabaseElement where Element == UInt8 {}
extension Array: DatabaseScalar where Element == UInt8 {}
extension Optional: DatabaseElement where Wrapped: DatabaseScalar {}

extension DatabaseElement where Self: DatabaseValue {
    package static var arrayType: PostgresType { postgresType.ofArray }

    package static func write(array: [Self], to writer: inout ValueWriter) {
        writer.append(Int32(array.isEmpty ? 0 : 1))  // Dimensions: an empty array has none.
        let nullFlag = writer.count
        writer.append(Int32(0))
        writer.append(postgresType.oid)
        guard !array.isEmpty else { return }
        writer.append(Int32(array.count))
        writer.append(Int32(1))  // The first index.
        var hasNull = false
        for element in array {
            let length = writer.count
            writer.append(Int32(-1))
            element.write(to: &writer)
            if writer.takeNull() {
                hasNull = true
            } else {
                writer.replace(at: length, with: Int32(writer.count - length - 4))
            }
        }
        if hasNull { writer.replace(at: nullFlag, with: 1) }
    }

    package static func read(array cell: Cell) throws(DatabaseError) -> [Self] {
        let bytes = try cell.required(as: [Self].self)
        guard PostgresType.isArray(cell.type) else { throw cell.mismatch([Self].self) }
        guard bytes.count >= 12 else { throw cell.malformed([Self].self) }
        let dimensions: Int32 = bytes.bigEndian(at: 0)
        let type: UInt32 = bytes.bigEndian(at: 8)
        if dimensions == 0 { return [] }
        guard dimensions == 1, bytes.count >= 20 else { throw cell.malformed([Self].self) }
        let count: Int32 = bytes.bigEndian(at: 12)
        // Each element takes four bytes at least, so that a count which lies cannot make us reserve memory.
        guard count >= 0, Int(count) <= (bytes.count - 20) / 4 else { throw cell.malformed([Self].self) }
        var elements: [Self] = []
        elements.reserveCapacity(Int(count))
        var offset = 20
        for index in 0..<Int(count) {
            guard offset + 4 <= bytes.count else { throw cell.malformed([Self].self) }
            let length = Int(bytes.bigEndian(at: offset) as Int32)
            offset += 4
            guard length >= -1, offset + max(length, 0) <= bytes.count else { throw cell.malformed([Self].self) }
            let value = length < 0 ? nil : UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + length)])
            elements.append(
                try read(Cell(type: type, bytes: value, place: { "element \(index + 1) of \(cell.place())" })))
            offset += max(length, 0)
        }
        return elements
    }
}

extension PostgresType {
    /// Whether a number is that of an array of something we read: those we write, then name, varchar, bpchar, float4
    /// and json, and arrays of types that a schema of ours made.
    static func isArray(_ oid: UInt32) -> Bool {
        switch oid {
        case 1000, 1001, 1005, 1007, 1009, 1016, 1022, 1185, 2951, 3807: true
        case 1003, 1014, 1015, 1021, 199, 16_384...: true
        default: false
        }
    }
}
