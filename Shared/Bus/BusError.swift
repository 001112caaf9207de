/// What went wrong on the way to the broker or back.
package struct BusError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The address of the broker cannot be read.
        case badAddress
        /// No connection could be made, or the login was refused.
        case notConnected
        /// The connection ended, or the socket failed.
        case connectionLost
        /// The broker closed the connection or the channel and said why.
        case closedByBroker
        /// A queue that we consume was deleted or moved.
        case consumerCancelled
        /// The broker sent what the protocol does not allow at this place.
        case protocolViolation
        /// Our own side asked for a fresh connection.
        case reset
    }

    package let code: Code
    package let message: String
    /// The broker's reply code (404, 406, …); zero when the broker said nothing.
    package let replyCode: Int

    package init(_ code: Code, _ message: String, replyCode: Int = 0) {
        self.code = code
        self.message = message
        self.replyCode = replyCode
    }

    /// Everything but an unreadable address may work with the next connection.
    package var isRetriable: Bool { code != .badAddress }

    package var description: String { "\(code.rawValue): \(message)" }
}
