/// Why a server could not be started. Never retriable: the address is wrong, taken or not ours to use.
package struct HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case address
        case listen
        case start
    }

    package let code: Code
    package let message: String
    package var isRetriable: Bool { false }
    package var description: String { "HTTP server: \(message)" }
}
