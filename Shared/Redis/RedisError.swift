/// Redis did not do what it was asked. Everything kept in it can be lost or done without: whoever catches this goes on
/// without Redis.
package struct RedisError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The address cannot be understood.
        case invalidURL = "invalid_url"
        /// There is no connection, and none could be made just now.
        case unavailable
        /// The connection was lost, or no answer came in time; the command may have been carried out.
        case connectionLost = "connection_lost"
        /// Redis answered with an error.
        case refused
        /// An answer of another kind than the command gives.
        case unexpectedReply = "unexpected_reply"
        /// Too many commands wait already.
        case overloaded
        case closed
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var isRetriable: Bool {
        switch code {
        case .unavailable, .connectionLost, .overloaded: true
        case .invalidURL, .refused, .unexpectedReply, .closed: false
        }
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
