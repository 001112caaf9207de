import CLinux
import JSON

/// What the `main` of every service does: configuration, the parts, the group; and an exit code that says how it went
/// (0 ended as asked, 78 the configuration is unusable, 1 anything else).
package enum ServiceMain {
    package static func run(
        _ service: String,
        _ build: (_ environment: [String: String], _ log: Log) async throws -> [any Service]
    ) async -> Never {
        namaskah_ignore_sigpipe()
        let environment = ConfigurationReader.process
        let level = environment["LOG_LEVEL"].flatMap { Log.Level($0) } ?? .info
        let log = Log(service: service, minimum: level)
        do {
            let services = try await build(environment, log)
            log.info("started")
            try await ServiceGroup(services, log: log).run()
            log.info("stopped")
        } catch let error as ConfigurationError {
            log.error("the configuration is not usable", ["problems": .array(error.problems.map { .string($0) })])
            for line in error.description.split(separator: "\n") { print(line) }
            endProcess(78)
        } catch {
            log.error("the service ends", ["error": .string(String(describing: error))])
            endProcess(1)
        }
        endProcess(0)
    }
}
