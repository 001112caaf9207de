import Synchronization

/// One trip to the server: some statements behind each other, then a Sync; and the task that waits for the answer.
///
/// `@unchecked Sendable`: the immutable part is free to all. The mutable part belongs to the pool's thread from the
/// moment the request is put into its mailbox, whose lock orders the hand-over.
final class Request: @unchecked Sendable {
    enum Work: Sendable {
        case statements([SQL])
        /// Many statements in one text, as migrations are; by the simple protocol, outside of the pipeline.
        case script([UInt8])
    }

    typealias Continuation = CheckedContinuation<[PostgresResult], any Error>

    let work: Work
    /// The transaction it belongs to; nil is its own.
    let lease: Lease?
    /// Whether a COMMIT follows the statements.
    let commits: Bool
    /// Whether a ROLLBACK is all there is to it.
    let rollsBack: Bool
    /// Whether the server, or a full pool, may take as long as it likes.
    let isPatient: Bool

    // From here on: the pool's thread alone.
    var continuation: Continuation?
    var isCancelled = false
    var state = State.new
    var queuedAt = ContinuousClock.now
    var sentAt = ContinuousClock.now
    /// Whether a BEGIN went ahead of the statements.
    var begins = false
    var steps: [Step] = []
    var step = 0
    var results: [PostgresResult] = []
    var error: DatabaseError?
    var commitTag: String?
    /// Called when it has ended, before the task goes on; for requests that the pool makes itself.
    var ended: ((DatabaseError?) -> Void)?

    enum State { case new, queued, sent, finished }

    /// What the server will answer, in this order; a Sync follows the last.
    enum Step {
        case begin
        case prepare(PreparedStatements.Key)
        case statement(PreparedStatements.Key?)
        case commit
        case rollback
    }

    init(_ work: Work, lease: Lease? = nil, commits: Bool = false, rollsBack: Bool = false, isPatient: Bool = false) {
        self.work = work
        self.lease = lease
        self.commits = commits
        self.rollsBack = rollsBack
        self.isPatient = isPatient
    }

    /// Whether something lasting may have happened once this was sent: it is its own transaction, or commits one.
    var mayCommit: Bool { commits || lease == nil && !rollsBack }

    /// Ends it, once; what comes later is dropped.
    func finish(_ result: Result<[PostgresResult], any Error>) {
        guard state != .finished else { return }
        state = .finished
        if let ended {
            self.ended = nil
            if case .failure(let error) = result {
                ended(error as? DatabaseError ?? DatabaseError(.closed, "the pool was stopped"))
            } else {
                ended(nil)
            }
        }
        release(result)
    }

    /// Lets the task go on while the answer, when it comes, is dropped.
    func abandon(_ error: any Error) { release(.failure(error)) }

    private func release(_ result: Result<[PostgresResult], any Error>) {
        guard let continuation else { return }
        self.continuation = nil
        continuation.resume(with: result)
    }
}

/// A transaction's claim on a connection, from its first statement to the answer to COMMIT or ROLLBACK.
///
/// `@unchecked Sendable`: `state` and `firstError` belong to the pool's thread alone; tasks only pass the reference.
final class Lease: @unchecked Sendable {
    enum State {
        case new
        /// In the queue; what else was asked for meanwhile follows it.
        case queued(Request, followers: [Request])
        case held(PostgresConnection)
        /// Nothing more can be done with it.
        case over(DatabaseError)
    }

    let begin: SQL
    var state = State.new
    /// The refusal after which the server skipped the rest: what a COMMIT that became a ROLLBACK is answered with.
    var firstError: DatabaseError?

    /// How far it has come, as far as the transaction's own task knows.
    enum Progress: UInt8, AtomicRepresentable { case untouched, open, committed }
    private let progressSeen = Atomic(Progress.untouched)

    var progress: Progress {
        get { progressSeen.load(ordering: .relaxed) }
        set { progressSeen.store(newValue, ordering: .relaxed) }
    }

    init(_ isolation: Isolation) { begin = isolation.begin }
}

extension Request {
    /// Refuses what libpq would refuse after it had queued half of it.
    func check() throws(DatabaseError) {
        guard case .statements(let statements) = work else { return }
        for statement in statements where statement.parameters.count > 65_535 {
            throw DatabaseError(
                .statement, "a statement takes 65535 values at most; bind arrays and unnest them in the statement")
        }
    }
}

/// How much of concurrent transactions a transaction may see (manual, 13.2).
package enum Isolation: Sendable {
    case readCommitted, repeatableRead, serializable
    /// A stable picture for reports, which refuses to write.
    case readOnlySnapshot

    var begin: SQL {
        switch self {
        case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED"
        case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
        case .readOnlySnapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        }
    }
}
