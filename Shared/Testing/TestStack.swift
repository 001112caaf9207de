import CLinux
import Database
import Glibc
import HTTPClient
import JSON
import Kit
import Runtime
import Synchronization

/// The built services as processes of their own, on servers of the test: what a customer meets, and what a test can
/// kill at any instant.
///
/// Made by `with`, which ends every process when the test is over, however it ended; they die with the test run too.
/// Times are short, messages come at once, and the market stands still, so that only what a test does happens.
package final class TestStack: Sendable {
    package enum Service: String, CaseIterable, Sendable {
        case sandbox
        case billing
        // Before the one whose price lists it shows: what is published before a queue was ever declared is not in it.
        case gateway
        case verification
        case pricing
    }

    /// The key of the administrator that the gateway's configuration names.
    package static let adminKey = "administrator-of-the-tests-0123456789"

    /// What the simulated TextVerified takes.
    package static let textVerifiedKey = "sandbox-textverified-of-the-tests"
    package static let textVerifiedEmail = "tests@example.com"

    /// The stack that the running test was lent.
    @TaskLocal package static var current: TestStack?

    /// The stack that the running test was lent; throws for a test that was lent none.
    package static func lent() throws -> TestStack {
        guard let current else { throw TestStackError("the test was lent no stack") }
        return current
    }

    package let servers: TestServers
    /// Reads, and moves the clock of leases: a superuser outside of every service's schema.
    package let database: Database
    package let client: HTTPClient
    /// Logs of the services.
    package let directory: String
    private let ports: [Service: Int]
    private let settings: [Service: [String: String]]
    private let wires = Mutex<[Wire: ChaosProxy]>([:])
    private let processes = Mutex<[Service: ChildProcess]>([:])
    private let others = Mutex<[TestWorker]>([])

    private init(_ servers: TestServers, _ settings: [Service: [String: String]]) throws {
        self.servers = servers
        self.settings = settings
        directory = try TestFiles.makeDirectory()
        ports = try Dictionary(uniqueKeysWithValues: Service.allCases.map { ($0, try TestFiles.freePort()) })
        client = HTTPClient(HTTPClient.Configuration(connectionsPerHost: 256))
        database = Database(
            url: servers.databaseURL, connections: 2, applicationName: "test", log: .silent, metrics: Metrics(),
            health: Health())
    }

    /// Starts all services, waits until there is something to buy, and lends them to `body`. With wires, each service
    /// reaches its servers through proxies, one for each, which `wire` gives.
    package static func with<Result: Sendable>(
        _ servers: TestServers, _ settings: [Service: [String: String]] = [:], wired: Bool = false,
        _ body: @Sendable (TestStack) async throws -> Result
    ) async throws -> Result {
        let stack = try TestStack(servers, settings)
        return try await stack.withWires(wired ? Wire.all : []) { try await stack.run(body) }
    }

    private func run<Result: Sendable>(_ body: @Sendable (TestStack) async throws -> Result) async throws -> Result {
        let stack = self
        return try await running([stack.database]) {
            let result: Swift.Result<Result, any Error>
            do {
                for service in Service.allCases { try await stack.start(service) }
                try await stack.sandbox("PUT", "/arrival", ["chance": 1, "second": 0, "spread": 0])
                try await stack.untilThereAreOffers()
                result = .success(try await Self.$current.withValue(stack) { try await body(stack) })
            } catch {
                result = .failure(error)
            }
            let others = stack.others.withLock { $0 }
            for child in stack.processes.withLock({ Array($0.values) }) + others.map(\.child) {
                child.signal(SIGKILL)
                _ = await child.end(within: .seconds(10))
            }
            stack.client.shutdown()
            if ConfigurationReader.process["NAMASKAH_TEST_KEEP_LOGS"] == nil {
                for service in Service.allCases { unlink("\(stack.directory)/\(service.rawValue).log") }
                for other in others { unlink(other.logPath) }
                rmdir(stack.directory)
            } else {
                print("the logs are in \(stack.directory)")
            }
            return try result.get()
        }
    }

    // MARK: - Processes

    /// Starts a service and waits until it says that it is ready.
    package func start(_ service: Service, _ extra: [String: String] = [:]) async throws {
        try await launch(service, extra)
        let isReady = await eventually(within: .seconds(60)) {
            if self.process(service)?.ending != nil { return true }
            return await self.isReady(service)
        }
        guard isReady, process(service)?.ending == nil else {
            throw TestStackError("\(service.rawValue) was not ready: \(log(service).suffix(2000))")
        }
    }

    /// Starts a service and does not wait for it, since what it needs may be away; its output goes to `log`, or to its
    /// usual file.
    package func begin(_ service: Service, _ extra: [String: String] = [:], log: String? = nil) async throws {
        try await launch(service, extra, log: log)
    }

    /// Whether a service says that it is ready.
    package func isReady(_ service: Service) async -> Bool {
        let request = ClientRequest(.get, "\(address(service))/readyz", deadline: .seconds(2))
        // One that does not answer is not.
        return (try? await client.send(request))?.status == 200
    }

    /// Starts a service that is to die at its `count`-th passing of a marked point.
    package func start(_ service: Service, dyingAt point: String, count: Int = 1) async throws {
        try await launch(service, ["NAMASKAH_CRASH_AT": "\(point):\(count)"])
    }

    private func launch(_ service: Service, _ extra: [String: String], log: String? = nil) async throws {
        precondition(process(service).map { $0.ending != nil } ?? true, "the service is running")
        let child = try await spawn(
            service, port: port(service), log: log ?? "\(directory)/\(service.rawValue).log", extra)
        processes.withLock { $0[service] = child }
    }

    /// Starts another process of a service beside the first, and waits until it is ready. It ends with the stack, if it
    /// has not before.
    package func startAnother(
        _ service: Service, _ extra: [String: String] = [:], isWired: Bool = true
    ) async throws -> TestWorker {
        let number = others.withLock { $0.count } + 2
        let path = "\(directory)/\(service.rawValue)-\(number).log"
        let port = try TestFiles.freePort()
        let worker = TestWorker(
            child: try await spawn(service, port: port, log: path, extra, isWired: isWired), service: service,
            port: port,
            logPath: path)
        others.withLock { $0.append(worker) }
        let isReady = await eventually(within: .seconds(60)) {
            if worker.child.ending != nil { return true }
            let request = ClientRequest(.get, "\(worker.address)/readyz", deadline: .seconds(2))
            return (try? await self.client.send(request))?.status == 200
        }
        guard isReady, worker.child.ending == nil else {
            throw TestStackError("another \(service.rawValue) was not ready: \(worker.log.suffix(2000))")
        }
        return worker
    }

    private func spawn(
        _ service: Service, port: Int, log: String, _ extra: [String: String], isWired: Bool = true
    ) async throws -> ChildProcess {
        var environment = usualSettings(service)
        for part in [servers.settings[service] ?? [:], settings[service] ?? [:], extra] {
            environment.merge(part) { $1 }
        }
        for (wire, proxy) in wires.withLock({ $0 }) where isWired && wire.service == service {
            environment[wire.setting] = environment[wire.setting].map { Wire.address($0, through: proxy.port) }
        }
        for (key, value) in environment where value.hasPrefix("{sandbox}") {
            environment[key] = address(.sandbox) + value.dropFirst("{sandbox}".count)
        }
        // One port whatever the servers' settings say: the others know it already.
        for key in ["PORT", "HTTP_PORT", "OPERATIONS_PORT"] { environment[key] = "\(port)" }
        return try await ChildProcess.start(
            ["\(TestFiles.programs)/\(service.rawValue)"], environment: environment, log: log)
    }

    /// Lends a second process of a service, ready, on a port of its own and without wires. It is killed afterwards,
    /// unless it has ended before.
    package func withTwin<Result>(
        of service: Service, _ extra: [String: String] = [:], _ body: (ChildProcess) async throws -> Result
    ) async throws -> Result {
        let twin = try await startAnother(service, extra, isWired: false).child
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(twin)) } catch { result = .failure(error) }
        twin.signal(SIGKILL)
        _ = await twin.end(within: .seconds(10))
        return try result.get()
    }

    /// Has a service end in order and begins it again, for a while with other settings.
    package func restart(_ service: Service, _ extra: [String: String] = [:]) async throws {
        guard await terminate(service) == .exited(0) else {
            throw TestStackError("\(service.rawValue) did not end in order: \(log(service).suffix(2000))")
        }
        try await start(service, extra)
    }

    /// Sends a service a signal, if it runs.
    package func signal(_ service: Service, _ number: Int32) { process(service)?.signal(number) }

    /// Ends a service as a power cut would.
    package func kill(_ service: Service) async throws {
        process(service)?.signal(SIGKILL)
        guard await ending(of: service, within: .seconds(10)) != nil else {
            throw TestStackError("\(service.rawValue) outlived SIGKILL")
        }
    }

    /// Asks a service to end, and tells how it did; nil when it is still there after `limit`.
    package func terminate(_ service: Service, within limit: Duration = .seconds(20)) async -> ChildProcess.Ending? {
        process(service)?.signal(SIGTERM)
        return await ending(of: service, within: limit)
    }

    /// How a service ended; nil when it still runs after `limit`.
    package func ending(of service: Service, within limit: Duration) async -> ChildProcess.Ending? {
        await process(service)?.end(within: limit)
    }

    package func isRunning(_ service: Service) -> Bool { process(service).map { $0.ending == nil } ?? false }

    package func processID(of service: Service) -> Int32? { process(service)?.pid }

    private func process(_ service: Service) -> ChildProcess? { processes.withLock { $0[service] } }

    /// The log of a service so far.
    package func log(_ service: Service) -> String {
        (try? TestFiles.read("\(directory)/\(service.rawValue).log")) ?? ""
    }

    /// Lets the leases of a service run out at once, which by themselves take fifteen seconds. One that is running
    /// goes on as if they were its own, until it renews them.
    package func forgetLeases(of service: Service) async throws {
        if service == .verification {
            try await database.execute("UPDATE verification.workers SET until = now()")
            try await database.execute("UPDATE verification.shards SET until = '-infinity'")
        }
        let schema = service.rawValue
        try await database.execute(
            "UPDATE \(identifier: schema).lease SET until = '-infinity' WHERE until > now()")
    }

    // MARK: - Wires

    /// The wire of a service to one of its servers; only a stack that was made with wires has any.
    package func wire(_ service: Service, to server: Wire.Server) -> ChaosProxy {
        let wire = wires.withLock { $0[Wire(service: service, server: server)] }
        guard let wire else { preconditionFailure("the stack has no wire from \(service.rawValue) to \(server)") }
        return wire
    }

    /// Every wire only passes bytes on again.
    package func healWires() {
        for wire in wires.withLock({ Array($0.values) }) { wire.heal() }
    }

    private func withWires<Result>(_ rest: [Wire], _ body: () async throws -> Result) async throws -> Result {
        guard let wire = rest.first else { return try await body() }
        let (host, port) = try target(of: wire)
        return try await ChaosProxy.with(to: host, port: port) { proxy in
            wires.withLock { $0[wire] = proxy }
            return try await withWires(Array(rest.dropFirst()), body)
        }
    }

    private func target(of wire: Wire) throws -> (host: String, port: Int) {
        if wire.server == .provider { return ("127.0.0.1", port(.sandbox)) }
        guard let address = servers.settings[wire.service]?[wire.setting], let target = Wire.target(of: address) else {
            throw TestStackError("\(wire.service.rawValue) is not told where its \(wire.server) is")
        }
        return target
    }

    // MARK: - Settings

    package func port(_ service: Service) -> Int { ports[service] ?? 0 }
    package func address(_ service: Service) -> String { "http://127.0.0.1:\(port(service))" }

    /// What Verification and Pricing are told where a test wants every provider there is; else they have 5SIM alone.
    package static let wholeMarket = [
        "HERO_API_KEY": "fedcba9876543210fedcba9876543210", "HERO_URL": "{sandbox}/hero/stubs/handler_api.php",
        "HERO_RATE_PER_SECOND": "10000",
        "SMS_ACTIVATE_API_KEY": "0123456789abcdef0123456789abcdef",
        "SMS_ACTIVATE_URL": "{sandbox}/sms-activate/stubs/handler_api.php", "SMS_ACTIVATE_RATE_PER_SECOND": "10000",
        "TEXTVERIFIED_API_KEY": textVerifiedKey, "TEXTVERIFIED_EMAIL": textVerifiedEmail,
        "TEXTVERIFIED_URL": "{sandbox}/textverified/api/pub/v2", "TEXTVERIFIED_RATE_PER_SECOND": "10000",
        "TEXTVERIFIED_PRICE_PAUSE_MS": "0",
    ]

    /// The same for TextVerified beside 5SIM.
    package static let textVerifiedToo = wholeMarket.filter { $0.key.hasPrefix("TEXTVERIFIED_") }

    private func usualSettings(_ service: Service) -> [String: String] {
        var settings = [
            "LLVM_PROFILE_FILE": "/dev/null", "LOG_LEVEL": "info", "ADDRESS": "127.0.0.1", "HTTP_ADDRESS": "127.0.0.1",
            "OPERATIONS_ADDRESS": "127.0.0.1", "FIVESIM_API_KEY": "sandbox-key-of-the-tests",
            "SECRET_KEY": "personal-data-of-the-tests-0123456789",
            "JWT_SECRET_KEY": "tokens-of-the-tests-0123456789-01234",
            "NAMASKAH_ADMIN_KEY": Self.adminKey,
        ]
        switch service {
        case .sandbox:
            settings.merge([
                "SANDBOX_SMS_MEDIAN_MS": "20", "SANDBOX_REQUESTS_PER_SECOND": "0", "SANDBOX_RATING": "false",
                "SANDBOX_MARKET_MOVES": "false", "SANDBOX_STOCK_DEPLETES": "false",
                "TEXTVERIFIED_API_KEY": Self.textVerifiedKey, "TEXTVERIFIED_EMAIL": Self.textVerifiedEmail,
            ]) { $1 }
        case .billing: break
        case .verification:
            settings.merge([
                "FIVESIM_URL": "\(address(.sandbox))/5sim/v1", "FIVESIM_RATE_PER_SECOND": "10000",
                "PURCHASE_LIMIT_MS": "2000", "RECONCILIATION_GRACE_MS": "500", "PATIENCE_MS": "60000",
                "PURCHASE_RETRY_PAUSE_MS": "100", "BREAKER_PAUSE_MS": "1000", "POLL_BASE_MS": "50",
                "POLL_LONGEST_MS": "250", "LINGER_MS": "100",
                // Which offer is drawn would follow from the ids of orders, which are by chance.
                "EXPLORATION_PER_MILLE": "0",
            ]) { $1 }
        case .pricing:
            settings.merge([
                "FIVESIM_URL": "\(address(.sandbox))/5sim/v1", "BREAKER_PAUSE_MS": "1000",
                // The first country is all that is sold in tests; the others are read slowly, beside them.
                "PRICE_SPACING_MS": "5000",
            ]) { $1 }
        case .gateway:
            settings.merge(["RATE_LIMIT_PER_MINUTE": "1000000", "OPEN_RATE_LIMIT_PER_MINUTE": "1000000"]) { $1 }
        }
        return settings
    }

    /// Until the gateway shows what can be bought, and Verification knows where.
    private func untilThereAreOffers() async throws {
        let customer = try await customer(credit: nil)
        let hasOffers = await eventually(within: .seconds(30)) {
            let isKnown = try? await self.database.value(
                Bool.self,
                """
                SELECT EXISTS (SELECT FROM verification.offers WHERE country = 'england')
                    AND EXISTS (SELECT FROM verification.sale_prices WHERE country = 'england')
                """)
            let price = try? await customer.price()
            return isKnown == true && price != nil
        }
        guard hasOffers else {
            let reply = try await customer.send(.get, "/services/available?country=england")
            throw TestStackError(
                "there is nothing to buy: \(reply.status) \(reply.text.prefix(500)) \(log(.pricing).suffix(2000))")
        }
    }
}
