import JSON
import Kit

/// A value in an AMQP header table.
package enum HeaderValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case bytes([UInt8])
    case time(Timestamp)
    case list([HeaderValue])
    case table([String: HeaderValue])

    package var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    /// A whole number, also when it was sent as text (other clients write their headers as they like).
    package var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .string(let text): Int64(text)
        default: nil
        }
    }

    /// How the value is kept in a table of ours. Bytes become text of hexadecimal digits.
    package var json: JSON {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .number(let value): .number(value)
        case .string(let value): .string(value)
        case .bytes(let value): .string(value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        case .time(let value): .string(value.description)
        case .list(let values): .array(values.map(\.json))
        case .table(let members):
            .object(members.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.json) })
        }
    }

    /// The other way round, for a message that is sent again out of a table.
    package init(json: JSON) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .array(let elements): self = .list(elements.map { HeaderValue(json: $0) })
        case .object(let members):
            self = .table(
                Dictionary(members.map { ($0.name, HeaderValue(json: $0.value)) }, uniquingKeysWith: { $1 }))
        }
    }
}
