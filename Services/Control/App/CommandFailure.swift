/// Why a command could not do what it was asked for, in words for the one who asked.
package struct CommandFailure: Error, Sendable {
    /// The first follows `error: `; the rest are printed below it.
    package let lines: [String]
    package let exitCode: Int32
    /// The API's code, where it was the API that refused.
    let errorCode: String?
    /// When trying again makes sense, where the API said so.
    let retryAfter: Int?

    package init(_ lines: String..., exitCode: Int32 = 1) {
        self.init(lines: lines, exitCode: exitCode)
    }

    init(lines: [String], exitCode: Int32 = 1, errorCode: String? = nil, retryAfter: Int? = nil) {
        self.lines = lines
        self.exitCode = exitCode
        self.errorCode = errorCode
        self.retryAfter = retryAfter
    }
}
