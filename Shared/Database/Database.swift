import Kit
import Runtime
import Synchronization

/// A pool of connections to Postgres, and the one way of ours to it.
///
/// Its thread starts with `init`, connects by itself and reconnects for ever, so it can be used before `run` (to
/// migrate, say). `run` only waits for the end; `stop` lets what is in hand finish and closes the connections. A pool
/// that nobody holds any more stops by itself.
///
/// Guarantees: no call ever blocks a task's thread; a statement outside of `transaction` is a transaction of its own;
/// a call that waits too long for a connection throws; a cancelled call is answered `CancellationError` only if it
/// left nothing behind. Does not promise: that statements of different tasks run in order, or that a lost statement is
/// repeated (`DatabaseError.outcomeUnknown` says when it may have taken effect).
package final class Database: Service {
    package let name = "postgres"
    /// The schema that names without one refer to.
    package let schema: String?
    let door = PoolDoor()
    private let listeners = Atomic<UInt64>(0)

    /// Starts to connect. `url` is `postgres://user:password@host:port/database?…` with any keyword of libpq. A
    /// schema's name is lower-case letters, digits and underscores.
    package init(
        url: String, connections: Int = 8, applicationName: String, schema: String? = nil,
        options: DatabaseOptions = DatabaseOptions(), log: Log, metrics: Metrics, health: Health
    ) {
        precondition(connections > 0, "a pool needs a connection")
        precondition(schema.map(Self.isPlainName) ?? true, "a schema is named by lower-case letters, digits and _")
        self.schema = schema
        let settings = ConnectionSettings(
            url: url, applicationName: applicationName, schema: schema, options: options)
        let figures = DatabaseMetrics(metrics, pool: applicationName)
        health.report("postgres", ready: false, detail: "connecting")
        OSThread.start("postgres") { [door] in
            Pool(settings, connections: connections, door: door, metrics: figures, health: health, log: log).run()
        }
    }

    deinit { door.put(.stop(now: true)) }

    private static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count < 64
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }

    // MARK: Service

    /// Waits until the pool has been stopped and everything in hand has ended; cancelled, closes at once.
    package func run() async throws {
        await withTaskCancellationHandler {
            await door.untilClosed()
        } onCancel: {
            door.put(.stop(now: true))
        }
    }

    package func stop() { door.put(.stop(now: false)) }

    // MARK: Statements

    /// All rows of a statement.
    package func rows<R: Row>(_ type: R.Type, _ sql: SQL) async throws -> [R] {
        try await send(sql).rows(type)
    }

    /// The first row of a statement, if it has any.
    package func first<R: Row>(_ type: R.Type, _ sql: SQL) async throws -> R? {
        try await send(sql).rows(type, limit: 1).first
    }

    /// The only column of all rows.
    package func values<Value: DatabaseValue>(_ type: Value.Type, _ sql: SQL) async throws -> [Value] {
        try await send(sql).rows(SingleColumn<Value>.self).map(\.value)
    }

    /// The only column of the first row, if there is any.
    package func value<Value: DatabaseValue>(_ type: Value.Type, _ sql: SQL) async throws -> Value? {
        try await send(sql).rows(SingleColumn<Value>.self, limit: 1).first?.value
    }

    /// Runs a statement and tells how many rows it inserted, changed or deleted.
    @discardableResult
    package func execute(_ sql: SQL) async throws -> Int { try await send(sql).affectedRows }

    /// Several statements as one transaction in one round trip; tells how many rows each changed. Tried again like
    /// `transaction`.
    @discardableResult
    package func batch(_ statements: [SQL]) async throws -> [Int] {
        guard !statements.isEmpty else { return [] }
        return try await transaction { try await $0.commit(after: statements) }
    }

    private func send(_ sql: SQL) async throws -> PostgresResult {
        do {
            return try await door.perform(Request(.statements([sql]))).only()
        } catch let error as DatabaseError where error.code == .stalePlan && !error.outcomeUnknown {
            // Refused before it did anything, and forgotten by that connection: this one is prepared afresh.
            return try await door.perform(Request(.statements([sql]))).only()
        }
    }

    // MARK: Transactions

    /// Runs the body in a transaction: COMMIT when it returns, ROLLBACK when it throws or is cancelled. The connection
    /// is taken with the first statement (BEGIN travels with it). After a serialization failure, a deadlock or a lock
    /// timeout the whole body runs again, at most three times, after 10–200 ms: it must have no effects but those in
    /// the database.
    @discardableResult
    package func transaction<T: Sendable>(
        _ isolation: Isolation = .readCommitted, _ body: (Transaction) async throws -> T
    ) async throws -> T {
        try await transaction(isolation, isPatient: false, body)
    }

    /// The same for what reads everything there is: once it has a connection, no statement in it is ended for taking long,
    /// neither by the server nor by us.
    @discardableResult
    package func longTransaction<T: Sendable>(
        _ isolation: Isolation = .readCommitted, _ body: (Transaction) async throws -> T
    ) async throws -> T {
        try await transaction(isolation) { transaction in
            try await transaction.execute("SET LOCAL statement_timeout = 0")
            return try await body(Transaction(door: transaction.door, lease: transaction.lease, isPatient: true))
        }
    }

    func transaction<T: Sendable>(
        _ isolation: Isolation, isPatient: Bool, _ body: (Transaction) async throws -> T
    ) async throws -> T {
        var repeats = 0
        while true {
            do {
                return try await attempt(isolation, isPatient, body)
            } catch let error as DatabaseError where error.asksForAnotherTry && repeats < 3 {
                repeats += 1
                try await Task.sleep(for: .milliseconds(Int.random(in: 10...200)))
            }
        }
    }

    private func attempt<T: Sendable>(
        _ isolation: Isolation, _ isPatient: Bool, _ body: (Transaction) async throws -> T
    ) async throws -> T {
        let transaction = Transaction(door: door, lease: Lease(isolation), isPatient: isPatient)
        do {
            let value = try await body(transaction)
            try await transaction.commit()
            return value
        } catch {
            door.put(.giveUp(transaction.lease))
            throw error
        }
    }

    // MARK: Notifications

    /// What is sent to a channel with NOTIFY. Yields an empty text as well each time that listening has begun, at first
    /// and after a lost connection: look for yourself then, what was sent meanwhile is gone. Keeps the last 256 that
    /// nobody has read; ends with the pool.
    package func listen(_ channel: String) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(256))
        let id = listeners.wrappingAdd(1, ordering: .relaxed).newValue
        continuation.onTermination = { [door] _ in door.put(.unlisten(id)) }
        if !door.put(.listen(id, channel: channel, continuation)) { continuation.finish() }
        return stream
    }
}

extension PoolDoor {
    /// Hands a request over and waits for its answer. Decoding is left to the task.
    func perform(_ request: Request) async throws -> [PostgresResult] {
        try request.check()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                request.continuation = continuation
                if !put(.submit(request)) {
                    request.finish(.failure(DatabaseError(.closed, "the pool was stopped")))
                }
            }
        } onCancel: {
            put(.cancel(request))
        }
    }
}

extension [PostgresResult] {
    /// The answer to a request of one statement.
    func only() throws(DatabaseError) -> PostgresResult {
        guard count == 1 else { throw DatabaseError(.statement, "the server answered \(count) times to one statement") }
        return self[0]
    }
}
