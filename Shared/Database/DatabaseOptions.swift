import Kit

/// How a pool behaves. The defaults are those of a service that answers people.
package struct DatabaseOptions: Sendable {
    /// The server gives up on a statement after this; zero is never.
    package var statementTimeout: Duration = .seconds(10)
    /// The server gives up waiting for a lock after this; zero is never.
    package var lockTimeout: Duration = .seconds(5)
    /// The server ends a session that sits in an open transaction for so long. Whoever was cut off in one holds its locks
    /// until then, and others wait for them: shorter than any lease.
    package var idleInTransactionTimeout: Duration = .seconds(5)
    /// How long one try to connect may take, with name resolution and log-in.
    package var connectTimeout: Duration = .seconds(5)
    /// How long sent bytes may stay unacknowledged by the peer's kernel before the connection counts as dead.
    package var unacknowledgedTimeout: Duration = .seconds(5)
    /// How long a call may wait for a connection before it throws `waitTimeout`, or `unavailable` when there is none.
    package var waitTimeout: Duration = .seconds(5)
    /// How many statements one connection keeps prepared.
    package var preparedStatements = 256
    /// How many statements may be under way on one connection at once.
    package var pipelineDepth = 64
    /// Reconnecting pauses for anything up to this after the first failure…
    package var firstPause: Duration = .milliseconds(200)
    /// … and up to this after many.
    package var longestPause: Duration = .seconds(15)

    package init() {}
}

/// Where to connect to and as whom; everything that a new connection is made of.
struct ConnectionSettings: Sendable {
    let url: String
    let applicationName: String
    let schema: String?
    let options: DatabaseOptions

    /// The keywords of libpq, in order; a later one wins over an earlier, so the URL cannot undo ours.
    var keywords: [(String, String)] {
        [
            ("dbname", url),  // With expand_dbname, the URL stands here.
            ("application_name", applicationName),
            ("client_encoding", "UTF8"),
            ("keepalives", "1"), ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", String(options.unacknowledgedTimeout.milliseconds)),
            ("options", sessionOptions),
        ]
    }

    private var sessionOptions: String {
        var settings = [
            "statement_timeout=\(options.statementTimeout.milliseconds)",
            "lock_timeout=\(options.lockTimeout.milliseconds)",
            "idle_in_transaction_session_timeout=\(options.idleInTransactionTimeout.milliseconds)",
            // To compile a statement takes longer than any of ours wins by it: measured on the proof of the ledger.
            "jit=off",
        ]
        if let schema { settings.append("search_path=\(schema)") }
        return settings.map { "-c \($0)" }.joined(separator: " ")
    }
}
