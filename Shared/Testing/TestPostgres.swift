import CLinux
import Database
import Glibc
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

    /// Runs a file of the checkout, as pg_dump writes them, in one transaction.
    package static func load(_ file: String, into url: String) async throws {
        let folder = try TestFiles.makeDirectory()
        let log = "\(folder)/log"
        defer {
            unlink(log)
            rmdir(folder)
        }
        let loading = try await ChildProcess.start(
            [
                "/usr/bin/psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null",
                "-f", "\(TestFiles.root)/\(file)", url,
            ], environment: [:], log: log)
        guard await loading.end(within: .seconds(60)) == .exited(0) else {
            loading.signal(SIGKILL)
            throw TestStackError("\(file) cannot be loaded: \(try TestFiles.read(log).suffix(2000))")
        }
    }

    /// The address of another database of the same server, with the same parameters.
    package static func address(of name: String, in server: String) -> String {
        let parts = server.split(separator: "?", maxSplits: 1)
        let base = parts[0].split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
        return "\(base)/\(name)" + (parts.count > 1 ? "?\(parts[1])" : "")
    }
}
