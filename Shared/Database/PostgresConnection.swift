import CLinux
import CPostgres
import Kit

/// One connection in pipeline mode, on the pool's thread: requests go out behind each other, answers come back in the
/// same order. Knows nothing of queues and leases; it says which requests ended, and throws when it is of no more use.
///
/// Every request ends with a Sync of its own: without, all that was sent together would be one transaction.
final class PostgresConnection {
    let serial: UInt64
    /// The transaction that has it for itself.
    var lease: Lease?
    /// Whether epoll was asked to tell when there is room to write.
    var watchesWriting = false
    /// Since when the answer at the head has been waited for.
    private(set) var headSince = ContinuousClock.now

    private let handle: PostgresHandle
    private var raw: OpaquePointer { handle.raw }
    private var inFlight = FIFO<Request>()
    /// What must wait because a script is under way, or for one to begin.
    private var held = FIFO<Request>()
    private var isRunningScript = false
    private var prepared: PreparedStatements
    private var parameters = ParameterPointers()

    init(serial: UInt64, handle: PostgresHandle, preparedStatements: Int) {
        self.serial = serial
        self.handle = handle
        prepared = PreparedStatements(limit: preparedStatements)
    }

    var descriptor: Int32 { PQsocket(raw) }
    /// How many requests it has in hand.
    var load: Int { inFlight.count + held.count }
    /// The request whose answer comes next.
    var head: Request? { inFlight.first }

    /// Everything in hand, for when the connection is lost.
    func takeAll() -> [Request] { inFlight.removeAll() + held.removeAll() }

    private func lost() -> DatabaseError { .lost(handle.message) }

    // MARK: Sending

    func send(_ request: Request) throws(DatabaseError) {
        request.state = .sent
        if request.lease == nil || request.begins { try deallocate() }
        guard held.isEmpty, canSend(request) else {
            held.append(request)
            return
        }
        try sendNow(request)
    }

    /// Sends what had to wait, as far as it can go now.
    func sendHeld() throws(DatabaseError) {
        while let next = held.first, canSend(next) {
            _ = held.popFirst()
            try sendNow(next)
        }
    }

    /// A script needs the connection out of pipeline mode, which libpq allows only when no answer is out.
    private func canSend(_ request: Request) -> Bool {
        if case .script = request.work { inFlight.isEmpty } else { !isRunningScript }
    }

    private func sendNow(_ request: Request) throws(DatabaseError) {
        request.sentAt = .now
        if inFlight.isEmpty { headSince = request.sentAt }
        inFlight.append(request)
        switch request.work {
        case .script(let text):
            isRunningScript = true
            let status = (text + [0]).withCString { PQexitPipelineMode(raw) == 1 ? PQsendQuery(raw, $0) : 0 }
            guard status == 1 else { throw lost() }
        case .statements(let statements):
            if request.begins, let lease = request.lease { try send(lease.begin, of: request) { _ in .begin } }
            for statement in statements { try send(statement, of: request) { .statement($0) } }
            if request.commits { try send("COMMIT", of: request) { _ in .commit } }
            if request.rollsBack { try send("ROLLBACK", of: request) { _ in .rollback } }
            guard PQpipelineSync(raw) == 1 else { throw lost() }
        }
    }

    private func send(
        _ sql: SQL, of request: Request, prepare: Bool = true, step: (PreparedStatements.Key) -> Request.Step
    ) throws(DatabaseError) {
        let key = PreparedStatements.Key(sql)
        let count = Int32(sql.parameters.count)
        var status: Int32 = 1
        switch prepare ? prepared.use(key) : .unnamed {
        case .named(let name):
            status = execute(name, sql)
        case .preparing(let name):
            status = name.withCString { name in
                (sql.text + [0]).withCString { PQsendPrepare(raw, name, $0, count, sql.types) }
            }
            request.steps.append(.prepare(key))
            if status == 1 { status = execute(name, sql) }
        case .unnamed:
            status = parameters.with(sql) { values, lengths, formats in
                (sql.text + [0]).withCString {
                    PQsendQueryParams(raw, $0, count, sql.types, values, lengths, formats, 1)
                }
            }
        }
        request.steps.append(step(key))
        guard status == 1 else { throw lost() }
    }

    private func execute(_ name: [UInt8], _ sql: SQL) -> Int32 {
        parameters.with(sql) { values, lengths, formats in
            name.withCString {
                PQsendQueryPrepared(raw, $0, Int32(sql.parameters.count), values, lengths, formats, 1)
            }
        }
    }

    /// Frees statements that are used no more; each by itself, since a name that the server does not know would have
    /// the rest skipped. Only outside of transactions: in one that has failed it would be refused.
    private func deallocate() throws(DatabaseError) {
        guard held.isEmpty, !isRunningScript else { return }
        for name in prepared.takeDiscarded() {
            let request = Request(.statements([]))
            request.state = .sent
            request.sentAt = .now
            if inFlight.isEmpty { headSince = request.sentAt }
            inFlight.append(request)
            let name = String(decoding: name.dropLast(), as: UTF8.self)
            try send("DEALLOCATE \(identifier: name)", of: request, prepare: false) { _ in .statement(nil) }
            guard PQpipelineSync(raw) == 1 else { throw lost() }
        }
    }

    /// Writes what the kernel takes. True: there is more, call again when there is room.
    func flush() throws(DatabaseError) -> Bool {
        switch PQflush(raw) {
        case 0: return false
        case 1: return true
        default: throw lost()
        }
    }

    // MARK: Receiving

    /// Reads all that has come, and appends the requests that ended with it, in order.
    func receive(_ ended: inout [Request]) throws(DatabaseError) {
        let isAlive = PQconsumeInput(raw) == 1
        // Even of a dead connection, what came before its end is still to be read.
        var emptyAnswers = 0
        while let request = inFlight.first, PQisBusy(raw) == 0 {
            if let result = PQgetResult(raw) {
                emptyAnswers = 0
                if try take(PostgresResult(result), for: request) { end(request, &ended) }
            } else if isRunningScript {
                try endScript(request)
                end(request, &ended)
            } else {
                // NULL ends the results of one statement. Twice in a row would mean that we count otherwise than libpq.
                emptyAnswers += 1
                guard emptyAnswers < 2, isAlive, PQstatus(raw) == CONNECTION_OK else { throw lost() }
                request.step += 1
            }
        }
        guard isAlive, PQstatus(raw) == CONNECTION_OK else { throw lost() }
    }

    /// The notifications that have come.
    func notifications() -> [(channel: String, payload: String)] {
        var all: [(String, String)] = []
        while let notification = PQnotifies(raw) {
            all.append((String(cString: notification.pointee.relname), String(cString: notification.pointee.extra)))
            PQfreemem(notification)
        }
        return all
    }

    private func end(_ request: Request, _ ended: inout [Request]) {
        _ = inFlight.popFirst()
        headSince = .now
        ended.append(request)
    }

    /// True when the request has ended with it.
    private func take(_ result: PostgresResult, for request: Request) throws(DatabaseError) -> Bool {
        let step = request.steps.indices.contains(request.step) ? request.steps[request.step] : nil
        switch result.status {
        case PGRES_PIPELINE_SYNC:
            return true
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            switch step {
            case .prepare(let key): prepared.confirm(key)
            case .statement: request.results.append(result)
            case .commit: request.commitTag = result.commandTag
            case .begin, .rollback, nil: break
            }
        case PGRES_PIPELINE_ABORTED:
            if case .prepare(let key) = step { prepared.forget(key) }
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            throw .lost("COPY is not possible here")
        default:
            let error = result.error
            // Without a SQLSTATE it is libpq that speaks: the connection broke, or an answer could not be stored.
            guard error.sqlState != nil else { throw .lost(error.message) }
            if request.error == nil { request.error = error }
            switch step {
            case .prepare(let key): prepared.forget(key)
            case .statement(let key?) where error.code == .stalePlan: prepared.discard(key)
            default: break
            }
            if result.isFatal { throw .lost(error.message, sqlState: error.sqlState) }
        }
        return false
    }

    private func endScript(_ request: Request) throws(DatabaseError) {
        if request.error == nil, PQtransactionStatus(raw) != PQTRANS_INTRANS {
            request.error = DatabaseError(.migration, "the script ends the transaction that it runs in")
        }
        isRunningScript = false
        guard PQenterPipelineMode(raw) == 1 else { throw lost() }
    }
}

extension DatabaseError {
    static func lost(_ message: String, sqlState: String? = nil) -> DatabaseError {
        DatabaseError(
            .connectionLost, "the connection to Postgres was lost: \(message)", sqlState: sqlState, isRetriable: true)
    }
}

extension [UInt8] {
    /// Lends bytes that end with NUL as C text.
    fileprivate func withCString<T>(_ body: (UnsafePointer<CChar>) -> T) -> T {
        withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("C text has its NUL at least") }
            return body(start.assumingMemoryBound(to: CChar.self))
        }
    }
}
