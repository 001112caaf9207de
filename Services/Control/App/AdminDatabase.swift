import Database
import Kit
import Runtime

/// Opens the database as its administrator, for as long as one command takes.
enum AdminDatabase {
    /// The pool is closed when the body ends.
    static func with<T>(
        _ settings: Settings, schema: String? = nil, _ body: (Database) async throws -> T
    ) async throws -> T {
        let url = try settings.url("DATABASE_ADMIN_URL", scheme: "postgres")
        var options = DatabaseOptions()
        // A person waits; what runs long says so for itself.
        options.statementTimeout = .seconds(60)
        options.waitTimeout = .seconds(8)
        // What is printed may be read page by page.
        options.idleInTransactionTimeout = .seconds(600)
        let database = Database(
            url: url, connections: 1, applicationName: "namaskahctl", schema: schema, options: options, log: .silent,
            metrics: Metrics(), health: Health())
        defer { database.stop() }
        do {
            return try await body(database)
        } catch let error as DatabaseError {
            throw failure(error)
        }
    }

    /// A refusal of the database's in words for whoever runs the command.
    static func failure(_ error: DatabaseError) -> CommandFailure {
        switch error.code {
        case .unavailable, .waitTimeout, .connectionLost:
            CommandFailure("the database does not answer: \(error.message)")
        case _ where error.sqlState == "42P01" || error.sqlState == "42883" || error.sqlState == "3F000":
            CommandFailure(
                "the database is not set up: \(error.message)", "The services make their tables when started.")
        default:
            CommandFailure("the database refused: \(error.message)")
        }
    }
}
