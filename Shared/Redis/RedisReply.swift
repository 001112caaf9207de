import CLinux
import CHiredis

/// What Redis answers.
package enum RedisReply: Hashable, Sendable {
    case null
    case integer(Int64)
    /// A bulk string, or a status such as `OK`.
    case bytes([UInt8])
    case array([RedisReply])
    /// An error inside an array; at the top it is thrown instead.
    case error(String)

    package var integerValue: Int64? { if case .integer(let value) = self { value } else { nil } }
    package var text: String? {
        if case .bytes(let value) = self { String(decoding: value, as: UTF8.self) } else { nil }
    }
    package var arrayValue: [RedisReply]? { if case .array(let value) = self { value } else { nil } }

    init(_ reply: UnsafePointer<redisReply>) {
        let reply = reply.pointee
        func bytes() -> [UInt8] {
            guard let start = reply.str else { return [] }
            return Array(UnsafeRawBufferPointer(start: start, count: reply.len))
        }
        switch reply.type {
        case REDIS_REPLY_INTEGER: self = .integer(reply.integer)
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: self = .bytes(bytes())
        case REDIS_REPLY_ERROR: self = .error(String(decoding: bytes(), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            self = .array((0..<reply.elements).map { index in reply.element[index].map { RedisReply($0) } ?? .null })
        default: self = .null
        }
    }
}
