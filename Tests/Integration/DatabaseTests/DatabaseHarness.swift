import Database
import Kit
import Runtime
import Synchronization
import TestSupport
import Testing

/// All suites of this module that speak to the server. Each test makes a database of its own and drops it.
@Suite(.enabled(if: TestEnvironment.databaseURL != nil), .timeLimit(.minutes(2)))
enum DatabaseIntegration {}

/// A database of the test's own.
struct TestDatabase: Sendable {
    let name: String
    let url: String
    /// A pool on the server's first database, for what must be done from outside.
    let administrator: Database

    /// Another pool on this database.
    func pool(
        _ connections: Int = 4, schema: String? = nil, options: DatabaseOptions = DatabaseOptions(),
        application: String = "test", health: Health = Health(), metrics: Metrics = Metrics()
    ) -> Database {
        Database(
            url: url, connections: connections, applicationName: application, schema: schema, options: options,
            log: .silent, metrics: metrics, health: health)
    }

    /// Ends every session of this database, as a server that goes down does. Tells how many there were.
    @discardableResult
    func terminateAll() async throws -> Int {
        try await administrator.value(
            Int.self,
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = \(name)") ?? 0
    }
}

/// Runs the body with a fresh database and a pool on it, and drops it whatever happens.
func withDatabase(
    _ connections: Int = 4, options: DatabaseOptions = DatabaseOptions(),
    _ body: (Database, TestDatabase) async throws -> Void
) async throws {
    try await TestPostgres.lend("test") { url, administrator in
        let name = String(url.prefix { $0 != "?" }.split(separator: "/").last ?? "")
        let test = TestDatabase(name: name, url: url, administrator: administrator)
        let database = test.pool(connections, options: options)
        let result: Result<Void, any Error>
        do { result = .success(try await body(database, test)) } catch { result = .failure(error) }
        database.stop()
        try await database.run()
        try result.get()
    }
}

/// A point that tasks pass only together.
actor Meeting {
    private var missing: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(of count: Int) { missing = count }

    func arrive() async {
        missing -= 1
        if missing > 0 {
            await withCheckedContinuation { waiting.append($0) }
        } else {
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
    }
}

/// Asks again until it is so; the suite's time limit ends what never becomes so.
func eventually(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(5)) }
}

/// A count that several tasks add to.
final class Tally: Sendable {
    private let value = Atomic(0)

    @discardableResult
    func add() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }

    var count: Int { value.load(ordering: .relaxed) }
}
