/// Why there is no answer. The question that money asks of it is `wasCertainlyNotSent`.
package struct HTTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The URL, a header or the body cannot be sent at all.
        case invalidRequest = "invalid_request"
        /// No address, or nobody took the connection.
        case couldNotConnect = "could_not_connect"
        /// The peer could not prove who it is, or the handshake failed.
        case tls
        /// The deadline passed before the request began to leave.
        case timeoutBeforeSending = "timeout_before_sending"
        /// The deadline passed after the request began to leave.
        case timeoutAfterSending = "timeout_after_sending"
        /// The connection ended without an answer, or in the midst of one.
        case connectionLost = "connection_lost"
        /// The answer is not HTTP, or cannot be decompressed.
        case malformedAnswer = "malformed_answer"
        /// The answer's head or body is larger than was allowed.
        case tooLarge = "too_large"
        /// The task was cancelled.
        case cancelled
        /// The client has too many requests in hand already.
        case overloaded
        /// The client was shut down.
        case closed
    }

    package let code: Code
    /// In libcurl's words, for operators.
    package let message: String
    /// No byte of the request has left: sending it again, or elsewhere, cannot make it happen twice. False means that
    /// the peer may have acted on it.
    package let wasCertainlyNotSent: Bool

    package init(_ code: Code, _ message: String, wasCertainlyNotSent: Bool) {
        self.code = code
        self.message = message
        self.wasCertainlyNotSent = wasCertainlyNotSent
    }

    /// Whether a request that may be repeated stands a chance the next time.
    package var isRetriable: Bool {
        switch code {
        case .couldNotConnect, .timeoutBeforeSending, .timeoutAfterSending, .connectionLost, .overloaded: true
        case .invalidRequest, .tls, .malformedAnswer, .tooLarge, .cancelled, .closed: false
        }
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
