import CLinux
import CRabbitMQ
import Kit

extension String {
    /// Copies; bytes that are not UTF-8 are replaced, since third parties may send anything.
    init(_ bytes: amqp_bytes_t) {
        self.init(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}

extension HeaderValue {
    /// Copies a table of the library's. Tables may nest without end on the wire; eight levels are read.
    static func table(_ table: amqp_table_t, depth: Int = 8) -> [String: HeaderValue] {
        guard depth > 0, table.num_entries > 0, let entries = table.entries else { return [:] }
        var result: [String: HeaderValue] = [:]
        result.reserveCapacity(Int(table.num_entries))
        for entry in UnsafeBufferPointer(start: entries, count: Int(table.num_entries)) {
            result[String(entry.key)] = HeaderValue(entry.value, depth: depth)
        }
        return result
    }

    private init(_ field: amqp_field_value_t, depth: Int) {
        switch amqp_field_value_kind_t(UInt32(field.kind)) {
        case AMQP_FIELD_KIND_BOOLEAN: self = .bool(field.value.boolean != 0)
        case AMQP_FIELD_KIND_I8: self = .integer(Int64(field.value.i8))
        case AMQP_FIELD_KIND_U8: self = .integer(Int64(field.value.u8))
        case AMQP_FIELD_KIND_I16: self = .integer(Int64(field.value.i16))
        case AMQP_FIELD_KIND_U16: self = .integer(Int64(field.value.u16))
        case AMQP_FIELD_KIND_I32: self = .integer(Int64(field.value.i32))
        case AMQP_FIELD_KIND_U32: self = .integer(Int64(field.value.u32))
        case AMQP_FIELD_KIND_I64: self = .integer(field.value.i64)
        case AMQP_FIELD_KIND_U64: self = .integer(Int64(clamping: field.value.u64))
        case AMQP_FIELD_KIND_F32: self = .number(Double(field.value.f32))
        case AMQP_FIELD_KIND_F64: self = .number(field.value.f64)
        case AMQP_FIELD_KIND_UTF8: self = .string(String(field.value.bytes))
        case AMQP_FIELD_KIND_BYTES:
            let bytes = field.value.bytes
            self = .bytes(Array(UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len)))
        case AMQP_FIELD_KIND_TIMESTAMP: self = .time(Timestamp(wireSeconds: field.value.u64))
        case AMQP_FIELD_KIND_TABLE: self = .table(Self.table(field.value.table, depth: depth - 1))
        case AMQP_FIELD_KIND_ARRAY:
            let array = field.value.array
            guard depth > 0, array.num_entries > 0, let entries = array.entries else {
                self = .list([])
                return
            }
            self = .list(
                UnsafeBufferPointer(start: entries, count: Int(array.num_entries)).map {
                    HeaderValue($0, depth: depth - 1)
                })
        default: self = .null
        }
    }
}

extension Timestamp {
    /// AMQP carries whole seconds in 64 bits, and anybody may put anything into them.
    init(wireSeconds: UInt64) { self.init(seconds: Int64(min(wireSeconds, 253_402_300_799))) }
}

/// Lays a message's strings side by side in one buffer that is used again for the next message, and points the
/// library's structures into it.
///
/// Belongs to one thread. Nested tables and lists are not written: none of our headers has one.
struct PropertyEncoder {
    private enum Field {
        case bytes(Range<Int>, UInt32)
        case integer(Int64)
        case number(Double)
        case bool(Bool)
        case time(UInt64)
        case void
    }

    private var buffer: [UInt8] = []
    private var fields: [(key: Range<Int>, value: Field)] = []
    private var entries: [amqp_table_entry_t] = []

    private mutating func put(_ text: String) -> Range<Int> {
        let start = buffer.count
        buffer.append(contentsOf: text.utf8)
        return start..<buffer.count
    }

    private mutating func put(headers: [String: HeaderValue]) {
        for (name, value) in headers {
            let key = put(name)
            let field: Field
            switch value {
            case .null: field = .void
            case .bool(let value): field = .bool(value)
            case .integer(let value): field = .integer(value)
            case .number(let value): field = .number(value)
            case .string(let value): field = .bytes(put(value), AMQP_FIELD_KIND_UTF8.rawValue)
            case .bytes(let value):
                let start = buffer.count
                buffer.append(contentsOf: value)
                field = .bytes(start..<buffer.count, AMQP_FIELD_KIND_BYTES.rawValue)
            case .time(let value):
                field = .time(UInt64(max(0, value.microseconds / 1_000_000)))
            case .list, .table: continue
            }
            fields.append((key, field))
        }
    }

    private mutating func begin() {
        buffer.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    /// Lends a table to `body`; it must not be kept.
    mutating func withTable<Result>(
        _ headers: [String: HeaderValue], _ body: (amqp_table_t) -> Result
    ) -> Result {
        begin()
        put(headers: headers)
        return withPointers { _, table in body(table) }
    }

    /// Lends a message's exchange, key and properties to `body`; they must not be kept.
    mutating func withProperties<Result>(
        of message: WireMessage, applicationID: String, user: String,
        _ body: (_ exchange: amqp_bytes_t, _ key: amqp_bytes_t, inout amqp_basic_properties_t) -> Result
    ) -> Result {
        begin()
        let exchange = put(message.exchange)
        let key = put(message.routingKey)
        let id = put(message.messageID)
        let type = put(message.type)
        let contentType = put(message.contentType)
        let correlation = message.correlationID.map { put($0) }
        let application = put(applicationID)
        let sender = put(user)
        put(headers: message.headers)
        return withPointers { at, table in
            var properties = amqp_basic_properties_t()
            properties._flags = UInt32(
                AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG
                    | AMQP_BASIC_APP_ID_FLAG | AMQP_BASIC_USER_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG
                    | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG)
            properties.message_id = at(id)
            properties.type = at(type)
            properties.content_type = at(contentType)
            properties.app_id = at(application)
            properties.user_id = at(sender)
            properties.timestamp = UInt64(max(0, message.timestamp.microseconds / 1_000_000))
            properties.delivery_mode = message.isPersistent ? 2 : 1
            properties.headers = table
            if let correlation {
                properties._flags |= UInt32(AMQP_BASIC_CORRELATION_ID_FLAG)
                properties.correlation_id = at(correlation)
            }
            return body(at(exchange), at(key), &properties)
        }
    }

    private mutating func withPointers<Result>(
        _ body: (_ at: (Range<Int>) -> amqp_bytes_t, _ table: amqp_table_t) -> Result
    ) -> Result {
        var entries = entries
        swap(&entries, &self.entries)
        defer { swap(&entries, &self.entries) }
        let fields = fields
        // An empty array has no address that the library may be given.
        if buffer.isEmpty { buffer.append(0) }
        return buffer.withUnsafeMutableBytes { buffer in
            func at(_ range: Range<Int>) -> amqp_bytes_t {
                amqp_bytes_t(len: range.count, bytes: buffer.baseAddress?.advanced(by: range.lowerBound))
            }
            for (key, field) in fields {
                var value = amqp_field_value_t()
                switch field {
                case .bytes(let range, let kind):
                    value.kind = UInt8(kind)
                    value.value.bytes = at(range)
                case .integer(let integer):
                    value.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
                    value.value.i64 = integer
                case .number(let number):
                    value.kind = UInt8(AMQP_FIELD_KIND_F64.rawValue)
                    value.value.f64 = number
                case .bool(let bool):
                    value.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
                    value.value.boolean = bool ? 1 : 0
                case .time(let seconds):
                    value.kind = UInt8(AMQP_FIELD_KIND_TIMESTAMP.rawValue)
                    value.value.u64 = seconds
                case .void:
                    value.kind = UInt8(AMQP_FIELD_KIND_VOID.rawValue)
                }
                entries.append(amqp_table_entry_t(key: at(key), value: value))
            }
            return entries.withUnsafeMutableBufferPointer { entries in
                body(at, amqp_table_t(num_entries: Int32(entries.count), entries: entries.baseAddress))
            }
        }
    }
}
