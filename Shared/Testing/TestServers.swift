import CLinux
import Bus
import Database
import Glibc
import JSON
import Kit
import Runtime

/// The servers that a stack of a test stands on, and who each service is there.
package struct TestServers: Sendable {
    /// A superuser, in the stack's own database.
    package let databaseURL: String
    /// An administrator, in the stack's own vhost.
    package let broker: TestBroker
    package let redisURL: String?
    /// What the services are told of the servers, beside their own settings.
    package let settings: [TestStack.Service: [String: String]]
    /// Where the scripts of the local stack keep these servers; nil for servers that are shared with other tests.
    package let home: String?

    /// A stack is half a dozen processes: with more than two at once a small machine gets nothing done in time.
    private static let places = Places(2)

    /// Lends a database and a vhost in the servers of the test run. Services are superusers there.
    package static func shared<Result: Sendable>(_ body: @Sendable (TestServers) async throws -> Result) async throws
        -> Result
    {
        await places.take()
        defer { places.give() }
        let topology =
            Topology.shared() + Topology.service("billing") + Topology.service("verification")
            + Topology.service("gateway") + Topology.service("pricing")
        return try await TestBroker.withBroker(policies: topology.policies) { broker in
            try await broker.importDefinitions()
            try await broker.shortenRetries()
            return try await TestPostgres.lend("stack") { url, _ in
                let settings = ["DATABASE_URL": url, "AMQP_URL": broker.url]
                return try await body(
                    TestServers(
                        databaseURL: url, broker: broker, redisURL: TestEnvironment.redisURL,
                        settings: [
                            .billing: settings, .verification: settings, .gateway: settings, .pricing: settings,
                        ], home: nil))
            }
        }
    }

    /// Lends a Postgres and a broker of the test's own, provisioned as for production: each service is a user of its
    /// own that may do no more than it needs. They can be stopped and started. A guardian removes them when `body` is
    /// over, or when the test run has died. With `redis` there is one of these too.
    package static func own<Result: Sendable>(
        redis: Bool = false, _ body: @Sendable (TestServers) async throws -> Result
    ) async throws -> Result {
        await places.take()
        defer { places.give() }
        let home = try TestFiles.makeDirectory()
        var ends: (Int32, Int32) = (0, 0)
        let opened = withUnsafeMutablePointer(to: &ends) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
        }
        guard opened == 0 else { throw TestStackError("no pipe: error \(errno)") }
        let (input, lifeline) = ends
        // Children of tests are given no descriptor but those that they are meant to have.
        _ = fcntl(input, F_SETFD, FD_CLOEXEC)
        _ = fcntl(lifeline, F_SETFD, FD_CLOEXEC)
        let guardian = try await ChildProcess.start(
            [
                "/usr/bin/setsid", "/bin/bash", "-c",
                "cat >/dev/null; \(TestFiles.root)/deploy/local/reset; rm -rf \"$NAMASKAH_LOCAL\"",
            ], environment: scriptEnvironment(home), log: "\(home).log", input: input, outlivesUs: true)
        close(input)
        let result: Swift.Result<Result, any Error>
        do {
            try await script(home, ["deploy/local/env"])
            try await script(home, ["deploy/local/stack", "start", "postgres", "rabbitmq"] + (redis ? ["redis"] : []))
            try await script(home, ["deploy/local/provision"])
            let servers = try provisioned(home, redis: redis)
            try await servers.broker.shortenRetries()
            result = .success(try await body(servers))
        } catch {
            result = .failure(error)
        }
        close(lifeline)
        guard await guardian.end(within: .seconds(60)) == .exited(0) else {
            throw TestStackError("the servers of \(home) were not removed: see \(home).log")
        }
        unlink("\(home).log")
        return try result.get()
    }

    /// Has `postgres`, `rabbitmq` or `redis` stopped, killed or started, and returns when that has been done.
    package func control(_ verb: String, _ server: String) async throws {
        guard let home else { throw TestStackError("servers that others use are not stopped") }
        try await Self.script(home, ["deploy/local/stack", verb, server])
    }

    /// Has the broker do what its operator says in the words of `rabbitmqctl`.
    package func brokerControl(_ words: String...) async throws {
        guard let home, let port = try TestFiles.settings("\(home)/ports")["EPMD_PORT"] else {
            throw TestStackError("a broker that others use is not told what to do")
        }
        let environment = Self.scriptEnvironment("\(home)/rabbitmq").merging([
            "ERL_EPMD_PORT": port, "RABBITMQ_NODENAME": "namaskah@localhost", "LANG": "C.UTF-8",
            "RABBITMQ_CONF_ENV_FILE": "\(home)/rabbitmq/none",
        ]) { $1 }
        let child = try await ChildProcess.start(
            ["/usr/lib/rabbitmq/bin/rabbitmqctl"] + words, environment: environment, log: "\(home)/scripts.log",
            outlivesUs: true)
        guard await child.end(within: .seconds(60)) == .exited(0) else {
            child.signal(SIGKILL)
            throw TestStackError("rabbitmqctl \(words): \(try TestFiles.read("\(home)/scripts.log").suffix(2000))")
        }
    }

    private static func provisioned(_ home: String, redis: Bool) throws -> TestServers {
        let people = try TestFiles.settings("\(home)/env")
        guard let url = people["DATABASE_ADMIN_URL"], let broker = people["AMQP_ADMIN_URL"],
            let management = people["AMQP_MANAGEMENT_URL"]
        else { throw TestStackError("\(home)/env does not name the servers") }
        var settings: [TestStack.Service: [String: String]] = [:]
        for service in TestStack.Service.allCases {
            // Only who it is at the servers; everything else is the stack's own to say.
            settings[service] = try TestFiles.settings("\(home)/services/\(service.rawValue).env").filter {
                ["DATABASE_URL", "AMQP_URL"].contains($0.key)
            }
        }
        return TestServers(
            databaseURL: url, broker: try TestBroker(AMQPAddress(broker), management: management),
            redisURL: redis ? people["REDIS_URL"] : nil,
            settings: settings, home: home)
    }

    private static func scriptEnvironment(_ home: String) -> [String: String] {
        [
            "PATH": ConfigurationReader.process["PATH"] ?? "/usr/bin:/bin", "HOME": home, "NAMASKAH_LOCAL": home,
            "NAMASKAH_FREE_PORTS": "1", "LLVM_PROFILE_FILE": "/dev/null",
        ]
    }

    private static func script(_ home: String, _ words: [String]) async throws {
        let child = try await ChildProcess.start(
            ["/bin/bash", "\(TestFiles.root)/\(words[0])"] + words.dropFirst(), environment: scriptEnvironment(home),
            log: "\(home)/scripts.log", outlivesUs: true)
        guard await child.end(within: .seconds(150)) == .exited(0) else {
            child.signal(SIGKILL)
            let log = (try? TestFiles.read("\(home)/scripts.log")) ?? ""
            throw TestStackError("\(words.joined(separator: " ")) failed: \(log.suffix(2000))")
        }
    }
}

extension TestBroker {
    /// The topology that belongs to no service, as production has it.
    package func importDefinitions() async throws {
        let text = try TestFiles.read("\(TestFiles.root)/deploy/rabbitmq/definitions.json")
        try await expect("POST", "/api/definitions/\(vhost)", try JSON(parsing: text))
    }

    /// Every rung of the ladder lasts a second: of a queue's own limit and its policy's, the shorter holds.
    package func shortenRetries() async throws {
        try await expect(
            "PUT", "/api/policies/\(vhost)/namaskah-retry",
            [
                "pattern": "^namaskah\\.retry\\.", "apply-to": "queues", "priority": 0,
                "definition": [
                    "overflow": "reject-publish", "dead-letter-strategy": "at-least-once", "message-ttl": 1000,
                ],
            ])
    }

    /// The address with the password, fit for an environment.
    package var url: String {
        "amqp://\(address.user):\(address.password)@\(address.host):\(address.port)/\(address.vhost)"
    }
}
