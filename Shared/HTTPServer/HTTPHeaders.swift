import CLinux
import Glibc

/// Header fields in the order they were sent or set; names compare without regard to case, a name may occur more than
/// once. All text lies in one buffer, so that taking over a request's fields costs two allocations, not two a field.
package struct HTTPHeaders: Sendable {
    /// Each field as `name NUL value NUL`: what libmicrohttpd wants for answers, without another copy.
    private var text: [UInt8] = []
    private var fields: [Field] = []

    private struct Field: Sendable {
        var start: Int32
        var nameLength: Int32
        var valueLength: Int32
        var valueStart: Int32 { start + nameLength + 1 }
    }

    package init() {}

    /// How many fields there are, repeated ones each counted.
    package var count: Int { fields.count }

    /// The value of the first field of that name.
    package subscript(name: String) -> String? {
        guard let field = fields.first(where: { matches($0, name) }) else { return nil }
        return value(field)
    }

    /// The values of all fields of that name.
    package func values(_ name: String) -> [String] { fields.filter { matches($0, name) }.map(value) }

    package func contains(_ name: String) -> Bool { fields.contains { matches($0, name) } }

    /// Every field, in order.
    package var all: [(name: String, value: String)] {
        fields.map { field in
            (
                String(decoding: text[Int(field.start)..<Int(field.start + field.nameLength)], as: UTF8.self),
                value(field)
            )
        }
    }

    /// Adds a field behind those there are. Control characters in the value become spaces, so that a value made of a
    /// caller's words can never start a header of its own.
    package mutating func append(_ name: String, _ value: String) {
        precondition(Self.isToken(name), "a header field's name must be a token")
        let field = Field(
            start: Int32(text.count), nameLength: Int32(name.utf8.count), valueLength: Int32(value.utf8.count))
        text.append(contentsOf: name.utf8)
        text.append(0)
        for byte in value.utf8 { text.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte) }
        text.append(0)
        fields.append(field)
    }

    /// Puts this field in the place of all that have its name.
    package mutating func set(_ name: String, _ value: String) {
        fields = fields.filter { !matches($0, name) }
        append(name, value)
    }

    /// Adds a field as it came off the wire.
    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        if fields.isEmpty {
            fields.reserveCapacity(12)
            text.reserveCapacity(512)
        }
        fields.append(
            Field(start: Int32(text.count), nameLength: Int32(name.count), valueLength: Int32(value.count)))
        text.append(contentsOf: name)
        text.append(0)
        text.append(contentsOf: value)
        text.append(0)
    }

    /// Lends each field as two C strings.
    func withEachCString(_ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Void) {
        text.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            for field in fields { body(base + Int(field.start), base + Int(field.valueStart)) }
        }
    }

    private func value(_ field: Field) -> String {
        String(decoding: text[Int(field.valueStart)..<Int(field.valueStart + field.valueLength)], as: UTF8.self)
    }

    private func matches(_ field: Field, _ name: String) -> Bool {
        guard name.utf8.count == Int(field.nameLength) else { return false }
        var index = Int(field.start)
        for byte in name.utf8 {
            guard Self.lower(byte) == Self.lower(text[index]) else { return false }
            index += 1
        }
        return true
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }
}
