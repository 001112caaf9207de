import Bus
import Database
import Kit
import Runtime
import TestSupport
import Testing

/// Lends a pool on a database of the test's own, with the tables of the bus in it.
func withBusDatabase<Result: Sendable>(
    connections: Int = 6, _ body: @Sendable (Database) async throws -> Result
) async throws -> Result {
    let server = try #require(TestEnvironment.databaseURL)
    func pool(_ url: String, _ connections: Int) -> Database {
        Database(
            url: url, connections: connections, applicationName: "bus tests", log: .silent, metrics: Metrics(),
            health: Health())
    }
    let administrator = pool(server, 1)
    let name = "bus_" + ID.new().description.filter { $0 != "-" }
    try await administrator.execute("CREATE DATABASE \(identifier: name)")
    let base = server.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
    let database = pool("\(base)/\(name)", connections)
    let result: Swift.Result<Result, any Error>
    do {
        try await database.migrate(BusMigrations.all)
        result = .success(try await body(database))
    } catch {
        result = .failure(error)
    }
    database.stop()
    try await database.run()
    try await administrator.execute("DROP DATABASE \(identifier: name) WITH (FORCE)")
    administrator.stop()
    try await administrator.run()
    return try result.get()
}
