import Bus
import Database
import Kit
import Runtime
import TestSupport

/// Lends a pool on a database of the test's own, with the tables of the bus in it.
func withBusDatabase<Result: Sendable>(
    connections: Int = 6, _ body: @Sendable (Database) async throws -> Result
) async throws -> Result {
    try await TestPostgres.lend("bus") { url, _ in
        let database = Database(
            url: url, connections: connections, applicationName: "bus tests", log: .silent, metrics: Metrics(),
            health: Health())
        return try await running([database]) {
            try await database.migrate(BusMigrations.all)
            return try await body(database)
        }
    }
}
