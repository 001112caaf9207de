/// Why something could not be hashed, opened or believed.
package struct SecurityError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        /// The token or key is not of our making: its shape, checksum, signature or algorithm is wrong.
        case invalid
        /// It was ours and its time is over.
        case expired
        /// It is ours but its time has not come.
        case notYetValid
        /// It is ours but made for something else.
        case wrongPurpose
        /// It was sealed with a key that is not in the ring.
        case unknownKey
        /// More work is waiting than we let wait.
        case busy
        /// The machine could not give what was asked for (memory, for argon2).
        case exhausted
    }

    package let code: Code
    /// For the log of an operator; says nothing of what was in the token.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same call may succeed a little later.
    package var isRetriable: Bool { code == .busy || code == .exhausted }
}
