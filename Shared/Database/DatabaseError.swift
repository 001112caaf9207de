/// What the database, or the way to it, refused.
///
/// `isRetriable` says that the cause is passing: the same call may succeed later. `outcomeUnknown` says that it may
/// also have succeeded already, because the connection was lost while a COMMIT (or a statement that is its own
/// transaction) was under way; repeat only what can stand to happen twice. The message is the server's own, without
/// its DETAIL, which would carry values of the row.
package struct DatabaseError: Error, Sendable {
    /// What kind of refusal it was, by the meaning that callers decide on.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String, Hashable, Sendable {
            case uniqueViolation, foreignKeyViolation, checkViolation, notNullViolation, exclusionViolation
            case serializationFailure, deadlock, lockTimeout, statementTimeout, stalePlan, transactionAborted
            case connectionLost, unavailable, waitTimeout, closed, decoding, migration, statement
        }
        private let kind: Kind
        private init(_ kind: Kind) { self.kind = kind }

        package var description: String { kind.rawValue }

        package static let uniqueViolation = Code(.uniqueViolation)
        package static let foreignKeyViolation = Code(.foreignKeyViolation)
        package static let checkViolation = Code(.checkViolation)
        package static let notNullViolation = Code(.notNullViolation)
        package static let exclusionViolation = Code(.exclusionViolation)
        /// The transaction lost against a concurrent one; `transaction` tries again by itself.
        package static let serializationFailure = Code(.serializationFailure)
        /// Two transactions waited for each other; `transaction` tries again by itself.
        package static let deadlock = Code(.deadlock)
        /// A lock was not had within `lockTimeout`; `transaction` tries again by itself.
        package static let lockTimeout = Code(.lockTimeout)
        package static let statementTimeout = Code(.statementTimeout)
        /// The schema changed under a prepared statement; the next try prepares it afresh.
        package static let stalePlan = Code(.stalePlan)
        /// The transaction was rolled back because of a statement that had failed in it.
        package static let transactionAborted = Code(.transactionAborted)
        package static let connectionLost = Code(.connectionLost)
        /// No connection to the server could be had in time.
        package static let unavailable = Code(.unavailable)
        /// All connections stayed busy for as long as the call may wait.
        package static let waitTimeout = Code(.waitTimeout)
        /// The pool was stopped.
        package static let closed = Code(.closed)
        /// A row is not what the code expects.
        package static let decoding = Code(.decoding)
        package static let migration = Code(.migration)
        /// Any other refusal by the server; `sqlState` tells.
        package static let statement = Code(.statement)
    }

    package let code: Code
    /// Five characters of Postgres's own (Appendix A of its manual); nil when the server did not say it.
    package let sqlState: String?
    /// The constraint that was violated.
    package let constraint: String?
    package let message: String
    package let isRetriable: Bool
    package var outcomeUnknown: Bool

    package init(
        _ code: Code, _ message: String, sqlState: String? = nil, constraint: String? = nil, isRetriable: Bool = false,
        outcomeUnknown: Bool = false
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.constraint = constraint
        self.isRetriable = isRetriable
        self.outcomeUnknown = outcomeUnknown
    }
}

extension DatabaseError: CustomStringConvertible {
    package var description: String {
        var text = "\(code)"
        if let sqlState { text += " \(sqlState)" }
        if let constraint { text += " (\(constraint))" }
        if outcomeUnknown { text += ", outcome unknown" }
        return "\(text): \(message)"
    }
}

extension DatabaseError {
    /// From what the server sent.
    ///
    /// `routine` is the function of the server that refused: the one mark of a stale plan that no language setting
    /// translates.
    init(sqlState: String?, constraint: String?, message: String, routine: String? = nil) {
        let isStalePlan = sqlState == "0A000" && routine == "RevalidateCachedQuery"
        let code = isStalePlan ? .stalePlan : Self.code(of: sqlState ?? "")
        self.init(
            code, message, sqlState: sqlState, constraint: constraint,
            isRetriable: Self.isPassing(code, sqlState ?? ""))
    }

    private static func code(of sqlState: String) -> Code {
        switch sqlState {
        case "23505": .uniqueViolation
        case "23503": .foreignKeyViolation
        case "23514": .checkViolation
        case "23502": .notNullViolation
        case "23P01": .exclusionViolation
        case "40001": .serializationFailure
        case "40P01": .deadlock
        case "55P03": .lockTimeout
        case "57014": .statementTimeout
        case "25P02": .transactionAborted
        case "26000": .stalePlan
        case "57P01", "57P02", "57P03", "57P05", "25P03", "25P04": .connectionLost
        case _ where sqlState.hasPrefix("08"): .connectionLost
        default: .statement
        }
    }

    private static func isPassing(_ code: Code, _ sqlState: String) -> Bool {
        switch code {
        case .serializationFailure, .deadlock, .lockTimeout, .statementTimeout, .stalePlan, .connectionLost: true
        // Out of memory, disk or connections; a server that has just become a standby.
        default: sqlState.hasPrefix("53") || sqlState == "25006"
        }
    }

    /// Whether the same transaction, run again at once, is likely to pass.
    var asksForAnotherTry: Bool {
        switch code {
        case .serializationFailure, .deadlock, .lockTimeout, .stalePlan: !outcomeUnknown
        default: false
        }
    }
}
