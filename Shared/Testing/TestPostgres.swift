import Database
import Kit
import Runtime

/// Databases for tests, in the server that `TestEnvironment` names.
package enum TestPostgres {
    /// How many there are at once. Each is a copy of the template and brings its pools: without a limit a few hundred
    /// tests that start together would wait for the server's disk, and run out of its connections.
    private static let places = Places(8)

    /// Lends a fresh database, and a pool on the server's first one for what must be done from outside; drops it when
    /// `body` is over, however that ended.
    package static func lend<Result: Sendable>(
        _ prefix: String, _ body: (_ url: String, _ administrator: Database) async throws -> Result
    ) async throws -> Result {
        guard let server = TestEnvironment.databaseURL else { throw TestStackError("the test needs Postgres") }
        await places.take()
        defer { places.give() }
        var options = DatabaseOptions()
        // A slow disk makes a test slow, not wrong.
        options.statementTimeout = .seconds(120)
        let administrator = Database(
            url: server, connections: 1, applicationName: "test administrator", options: options, log: .silent,
            metrics: Metrics(), health: Health())
        let name = "\(prefix)_" + ID.new().description.filter { $0 != "-" }
        let result: Swift.Result<Result, any Error>
        do {
            try await administrator.execute("CREATE DATABASE \(identifier: name)")
            do {
                result = .success(try await body(address(of: name, in: server), administrator))
            } catch {
                result = .failure(error)
            }
            try await administrator.execute("DROP DATABASE \(identifier: name) WITH (FORCE)")
        } catch {
            administrator.stop()
            throw error
        }
        administrator.stop()
        try await administrator.run()
        return try result.get()
    }

    /// The address of another database of the same server, with the same parameters.
    package static func address(of name: String, in server: String) -> String {
        let parts = server.split(separator: "?", maxSplits: 1)
        let base = parts[0].split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
        return "\(base)/\(name)" + (parts.count > 1 ? "?\(parts[1])" : "")
    }
}
