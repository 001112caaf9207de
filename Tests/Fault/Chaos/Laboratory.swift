import Database
import Glibc
import HTTPClient
import JSON
import Kit
import Runtime
import Synchronization
import TestSupport

/// Runs the suite on servers of its own, with clients that order all the while, does to it what a schedule says, heals
/// everything, waits until it has come to rest, and proves that nothing was lost and nothing happened twice.
package struct Laboratory: Sendable {
    package struct Options: Sendable {
        package var seed: UInt64
        package var faults = 10_000
        /// How long the schedule is.
        package var duration = Duration.seconds(5000)
        /// After so long no further step is begun.
        package var limit = Duration.seconds(84 * 60)
        package var only = Set(FaultKind.allCases)
        package var clients = 4
        package var publishers = 1
        /// How far apart a client's orders are at least.
        package var pace = Duration.zero
        /// How often it is looked at what the stack holds; never, unless it is said.
        package var looks: Duration?
        /// Tells every step as it is done.
        package var isLoud = false

        package init(seed: UInt64) { self.seed = seed }

        package var schedule: Schedule { Schedule(seed: seed, faults: faults, over: duration, only: only) }

        /// What does the same again.
        package var command: String {
            if looks != nil {
                return "make soak SEED=\(seed) MINUTES=\(duration.components.seconds / 60) RATE=\(clients / 4)"
            }
            var words = "make chaos SEED=\(seed) FAULTS=\(faults) OVER=\(duration.components.seconds)"
            if only.count < FaultKind.allCases.count {
                words += " ONLY=" + FaultKind.allCases.filter(only.contains).map(\.rawValue).joined(separator: ",")
            }
            if clients != 4 { words += " CLIENTS=\(clients)" }
            return words
        }
    }

    /// More than the longest run spends: of each customer, and of ours at each provider.
    private static let credit = Money(micro: 1_000_000_000_000)

    private let options: Options
    private let stack: TestStack
    private let clocks: Clocks
    private let history = History()
    private let isOver = Flag()
    private let isQuiet = Flag()

    /// True from some moment on.
    private final class Flag: Sendable {
        private let value = Atomic<Bool>(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }

    package static func run(_ options: Options) async throws -> Report {
        try await TestServers.own(redis: true) { servers in
            let directory = try TestFiles.makeDirectory()
            let clocks = try Clocks(in: directory)
            var settings: [TestStack.Service: [String: String]] = [:]
            for service in Keeper.services { settings[service] = clocks.settings(service) }
            if let redis = servers.redisURL {
                settings[.gateway]?["REDIS_URL"] = redis
                settings[.verification]?["REDIS_URL"] = redis
            }
            settings[.verification]?["INGRESS_RATE_PER_SECOND"] = "10000"
            settings[.sandbox] = ["SANDBOX_BALANCE": "\(credit.micro / 1_000_000)"]
            let result: Result<Report, any Error>
            do {
                result = .success(
                    try await TestStack.with(servers, settings, wired: true) { stack in
                        try await Laboratory(options: options, stack: stack, clocks: clocks).run(logs: directory)
                    })
            } catch { result = .failure(error) }
            clocks.remove()
            if case .success(let report) = result, report.faults.isEmpty { unlink("\(directory)/chaos.log") }
            rmdir(directory)
            return try result.get()
        }
    }

    private init(options: Options, stack: TestStack, clocks: Clocks) {
        self.options = options
        self.stack = stack
        self.clocks = clocks
    }

    private func run(logs: String) async throws -> Report {
        let diary = Diary("\(logs)/chaos.log", isLoud: options.isLoud)
        let begun = ContinuousClock.now
        try await stack.sandbox("PUT", "/arrival", ["product": .string(Customers.slow), "mode": "manual"])
        let (people, tenants) = try await accounts()
        let tap = Tap(stack.servers.broker)
        let keeper = Keeper(stack)
        let waiting = WaitingOrders()
        let injector = Injector(
            stack, keeper: keeper, clocks: clocks, memory: tap.memory, waiting: waiting, diary: diary)
        let customers = Customers(accounts: people, history: history, waiting: waiting, pace: options.pace)
        let wear = options.looks.map { Wear(stack, every: $0) }
        let listeners = people.map { Listener(customer: $0, history: history) }
        let services: [any Service] =
            [tap.publisher, tap.consumer] + tenants.flatMap { [$0.publisher, $0.consumer] as [any Service] }

        let faults = try await running(services) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for listener in listeners { group.addTask { await listener.run { isQuiet.isSet } } }
                group.addTask { await keeper.watch() }
                let looking = Task { await wear?.watch() }
                let clients = Task {
                    await withTaskGroup(of: Void.self) { clients in
                        for worker in 0..<options.clients {
                            clients.addTask {
                                await customers.run(worker, seed: options.seed) { isOver.isSet }
                            }
                        }
                        for (worker, tenant) in tenants.enumerated() {
                            clients.addTask { await tenant.run(worker, seed: options.seed) { isOver.isSet } }
                        }
                    }
                }
                // With orders in every stage of their way.
                guard await eventually(within: .seconds(60), { history.completions.count >= 3 }) else {
                    throw TestStackError("no order was completed before the first fault")
                }
                await carryOut(injector)
                diary.note("the schedule is over")
                await heal(injector, keeper)
                diary.note("everything is healed")
                let healed = ContinuousClock.now
                _ = await eventually(within: .seconds(60)) { history.completions.contains { $0 > healed } }
                isOver.set()
                looking.cancel()
                await clients.value
                diary.note("the clients are done")
                let checker = Checker(
                    stack: stack, history: history, accounts: people + tenants.map(\.customer),
                    tenants: Set(tenants.map(\.customer.id)), credit: Self.credit, poison: injector.poison,
                    note: { diary.note($0) })
                let mop = Task { await cancelWaiting(people + tenants.map(\.customer)) }
                var faults = await checker.faults(within: .seconds(120))
                mop.cancel()
                await mop.value
                for exit in keeper.exits {
                    faults.append("\(exit.service.rawValue) ended by itself (\(exit.ending)): \(exit.words)")
                }
                isQuiet.set()
                group.cancelAll()
                try await group.waitForAll()
                return faults
            }
        }
        for fault in faults { diary.note(fault) }
        return try await report(injector, keeper, faults, begun, wear?.trends ?? [], logs: logs)
    }

    /// Those who order: over HTTP, and over AMQP.
    private func accounts() async throws -> ([TestCustomer], [Tenant]) {
        var people: [TestCustomer] = []
        for _ in 0..<3 { people.append(try await stack.customer(credit: Self.credit)) }
        var tenants: [Tenant] = []
        for _ in 0..<options.publishers {
            let customer = try await stack.customer(credit: Self.credit, kind: "publisher")
            tenants.append(try await Tenant(customer, history))
        }
        return (people, tenants)
    }

    // MARK: - The schedule

    /// Begins each step when its time has come: those of a lane one after the other, the small ones side by side.
    private func carryOut(_ injector: Injector) async {
        let steps = options.schedule.steps
        let start = ContinuousClock.now
        let deadline = start + options.limit
        await withTaskGroup(of: Void.self) { group in
            for lane in [FaultKind.Lane.services, .servers] {
                let own = steps.filter { $0.kind.lane == lane }
                group.addTask {
                    for step in own {
                        // Cancelled only with the whole run.
                        try? await Task.sleep(until: start + step.at, clock: .continuous)
                        guard ContinuousClock.now < deadline else { return }
                        await injector.inject(step)
                    }
                }
            }
            group.addTask {
                await withTaskGroup(of: Void.self) { open in
                    var running = 0
                    for step in steps where step.kind.lane == .open {
                        // Cancelled only with the whole run.
                        try? await Task.sleep(until: start + step.at, clock: .continuous)
                        if running >= 24 {
                            await open.next()
                            running -= 1
                        }
                        guard ContinuousClock.now < deadline else { break }
                        running += 1
                        open.addTask { await injector.inject(step) }
                    }
                }
            }
        }
    }

    /// Everything that was taken away comes back, whatever became of the steps that took it.
    private func heal(_ injector: Injector, _ keeper: Keeper) async {
        stack.healWires()
        stack.signal(.sandbox, SIGCONT)
        for service in Keeper.services {
            stack.signal(service, SIGCONT)
            clocks.set(service, offset: 0)
        }
        for server in ["postgres", "rabbitmq", "redis"] {
            // What cannot be started is found by the proof.
            _ = try? await injector.insist { try await stack.servers.control("start", server) }
        }
        // A detour that stays is found by the proof.
        try? await injector.endDetours()
        await takeBackFaults(injector)
    }

    /// Those of the provider that nobody has met were none.
    private func takeBackFaults(_ injector: Injector) async {
        guard let left = try? await injector.insist({ try await stack.sandbox("GET", "/faults") }) else { return }
        _ = try? await injector.insist { try await stack.sandbox("DELETE", "/faults") }
        let unmet = (left["faults"]?.arrayValue ?? []).count { $0["hits"]?.integerValue == 0 }
        injector.noteUnmet(unmet)
    }

    /// Orders that nobody will send a code to are given up, until there is none; and any whose code does not come, as
    /// their clients would: a provider that answers with another's id has sold a number that no code reaches.
    private func cancelWaiting(_ people: [TestCustomer]) async {
        while !Task.isCancelled {
            for customer in people {
                // A service that is still coming back is asked again.
                guard
                    let open = try? await stack.database.values(
                        ID.self,
                        """
                        SELECT id FROM gateway.verifications WHERE account_id = \(customer.id) AND (
                            service = \(Customers.slow) AND status IN ('pending', 'waiting_sms')
                            OR status = 'waiting_sms' AND updated_at < now() - interval '20 seconds')
                        """)
                else { continue }
                for id in open { _ = try? await customer.send(.delete, "/verify/\(id)", within: .seconds(5)) }
            }
            // Cancelled when all is over.
            try? await Task.sleep(for: .seconds(1))
        }
    }

    // MARK: - What it came to

    private func report(
        _ injector: Injector, _ keeper: Keeper, _ faults: [String], _ begun: ContinuousClock.Instant,
        _ trends: [Wear.Trend], logs: String
    ) async throws -> Report {
        let requests = history.requests
        let orders = try await stack.database.value(
            JSON.self,
            """
            SELECT coalesce(jsonb_object_agg(state, count), '{}')
            FROM (SELECT state, count(*) FROM verification.orders GROUP BY state) AS states
            """)
        let completions = history.completions.sorted()
        var recovery: (Duration, FaultKind)?
        for healed in injector.healed {
            // The last ones may have nothing behind them but the end.
            guard let next = completions.first(where: { $0 > healed.at }) else { continue }
            let time = next - healed.at
            if time > recovery?.0 ?? .zero { recovery = (time, healed.kind) }
        }
        let told = history.live.map(\.event) + history.results.map(\.event)
        return Report(
            options: options, faults: faults, injected: injector.done,
            missed: injector.missed.map { "\($0.step): \($0.reason)" },
            orders: Dictionary(
                (orders?.objectValue ?? []).map { ($0.name, Int($0.value.integerValue ?? 0)) },
                uniquingKeysWith: +),
            accepted: requests.count { if case .accepted = $0.outcome { true } else { false } },
            refused: requests.count { if case .refused = $0.outcome { true } else { false } },
            unknown: requests.count { $0.outcome == .unknown },
            exits: keeper.exits.map { "\($0.service.rawValue) \($0.ending)" },
            recovery: recovery.map { (longest: $0.0, after: $0.1) }, events: told.count,
            repeats: told.count - Set(told).count, duration: ContinuousClock.now - begun, logs: logs,
            unmet: injector.unmet, trends: trends)
    }
}
