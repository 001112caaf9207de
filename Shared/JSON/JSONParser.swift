import CJansson
import Kit

/// Text that is not JSON, or not JSON we take.
package struct JSONSyntaxError: Error, Hashable, Sendable {
    /// What is wrong and where, for the one who sent it.
    package let message: String
}

extension JSON {
    /// How deep arrays and objects may nest. A request of ours needs three.
    package static let depthLimit = 32

    /// Parses strict JSON (RFC 8259) in UTF-8: no trailing commas, no comments, no repeated names, no NUL characters,
    /// integers within 64 bits, at most `depthLimit` levels.
    package init(parsing bytes: some Sequence<UInt8>) throws(JSONSyntaxError) {
        let parsed: Result<JSON, JSONSyntaxError>? = bytes.withContiguousStorageIfAvailable { JSON.parse($0) }
        self = try (parsed ?? Array(bytes).withUnsafeBufferPointer { JSON.parse($0) }).get()
    }

    /// Parses strict JSON from text.
    package init(parsing text: String) throws(JSONSyntaxError) {
        try self.init(parsing: text.utf8)
    }

    private static func parse(_ buffer: UnsafeBufferPointer<UInt8>) -> Result<JSON, JSONSyntaxError> {
        // To jansson a NUL after the value is the end of the text, whatever follows.
        guard !buffer.contains(0) else {
            return .failure(JSONSyntaxError(message: "The text is not valid JSON: it contains a NUL byte."))
        }
        var failure = json_error_t()
        let flags = Int(JSON_REJECT_DUPLICATES) | Int(JSON_DECODE_ANY)
        let root = buffer.withMemoryRebound(to: CChar.self) {
            json_loadb($0.baseAddress, $0.count, flags, &failure)
        }
        guard let root else {
            let text = withUnsafeBytes(of: &failure.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            let place = failure.line > 0 ? " (line \(failure.line), column \(failure.column))" : ""
            return .failure(JSONSyntaxError(message: "The text is not valid JSON: \(text)\(place)."))
        }
        defer { json_decref(root) }
        guard let value = convert(root, depthLeft: depthLimit) else {
            return .failure(JSONSyntaxError(message: "The JSON nests deeper than \(depthLimit) levels."))
        }
        return .success(value)
    }

    private static func convert(_ node: UnsafeMutablePointer<json_t>, depthLeft: Int) -> JSON? {
        switch node.pointee.type {
        case JSON_NULL: return .null
        case JSON_TRUE: return .bool(true)
        case JSON_FALSE: return .bool(false)
        case JSON_INTEGER: return .integer(Int64(json_integer_value(node)))
        case JSON_REAL: return .number(json_real_value(node))
        case JSON_STRING:
            return .string(text(json_string_value(node), json_string_length(node)))
        case JSON_ARRAY:
            guard depthLeft > 0 else { return nil }
            let count = json_array_size(node)
            var elements: [JSON] = []
            elements.reserveCapacity(count)
            for index in 0..<count {
                guard let child = json_array_get(node, index), let value = convert(child, depthLeft: depthLeft - 1)
                else { return nil }
                elements.append(value)
            }
            return .array(elements)
        default:
            guard depthLeft > 0 else { return nil }
            var members: [Member] = []
            members.reserveCapacity(json_object_size(node))
            var iterator = json_object_iter(node)
            while let at = iterator {
                guard let child = json_object_iter_value(at), let value = convert(child, depthLeft: depthLeft - 1)
                else { return nil }
                members.append(Member(String(cString: json_object_iter_key(at)), value))
                iterator = json_object_iter_next(node, at)
            }
            return .object(members)
        }
    }

    private static func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
        guard let start else { return "" }
        return start.withMemoryRebound(to: UInt8.self, capacity: length) {
            String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
        }
    }
}
