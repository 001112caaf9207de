import Bus
import Choosing
import Contracts
import Database
import HTTPClient
import HTTPServer
import JSON
import Kit
import Prices
import Providers
import Redis
import Runtime
import Security
import Synchronization
import Tracing
import VerificationCore

/// Puts the service together: what each part stands on comes before it, so that stopping in reverse order lets
/// everything in hand be finished.
package func buildVerification(
    _ configuration: VerificationConfiguration, log: Log, metrics: Metrics = Metrics(), health: Health = Health()
) async throws -> [any Service] {
    let worker = ID.new()
    let traces = TraceExporter.make(configuration.collector, service: "verification", log: log, metrics: metrics)
    let database = Database(
        url: configuration.databaseURL, connections: configuration.databaseConnections,
        applicationName: "verification", schema: "verification", log: log, metrics: metrics, health: health)
    try await database.migrate(VerificationMigrations.all)
    let clock = try await TableClock(database)

    let address = try AMQPAddress(configuration.amqpURL)
    let topology = Topology.service(
        "verification", commandPatterns: ["verification.#"], eventPatterns: ["billing.hold.#", "billing.provider.#"],
        orderedPatterns: [ProviderPrices.type, OffersChanged.type], ingressPatterns: ["req.*.verification.v1"])
    let publisher = Publisher(
        address, applicationID: "verification", topology: topology, log: log, metrics: metrics, health: health)
    let relay = OutboxRelay(database, publisher: publisher, log: log, metrics: metrics)

    let personalData = PersonalData(configuration.personalDataKeys)
    let observations = Observations(
        personalData: personalData, keys: configuration.personalDataKeys, clock: clock,
        care: configuration.providers.care)
    let tenants = TenantResults(personalData: personalData)
    let reactions = Reactions()
    var policy = configuration.policy
    policy.hearsCalls = configuration.transcriber != nil
    let context = OrderContext(
        clock: clock, tenants: tenants, policy: policy, worker: worker,
        callLimit: configuration.purchaseLimit)
    let client = HTTPClient()
    let breakers = BreakerLog(database, relay: relay, clock: clock, log: log)
    func lease(_ name: String) -> Lease { Lease(database: database, name: name, owner: worker) }
    let demand = DemandKeeper(database, lease: lease("demand"), clock: clock, metrics: metrics)
    let market = Market(
        configuration.providers.providers(
            // What spends has connections of its own, so that a purchase never waits behind polls.
            ProviderSettings.Parts(client: client, purchases: HTTPClient(), metrics: metrics) { name, rate in
                ProviderBudget(database: database, name: name, rate: rate, demand: demand, log: log)
            } breakerMoved: {
                breakers.note($0, $1, $2)
            }), care: configuration.providers.care)
    let board = HealthBoard(database, worker: worker, market: market, clock: clock)
    let book = OrderBook(database, context, board: board, relay: relay, log: log) { applied in
        reactions.react(applied)
    }
    let changes = ChangeQueue(book, log: log)
    let stock = StockRoom(
        database, worker: worker, market: market, board: board, demand: demand, observations: observations,
        routing: policy.routing, settings: configuration.stock, lease: lease("stock"), log: log, metrics: metrics)
    let purchaser = Purchaser(
        market, changes: changes, observations: observations, stock: stock, callLimit: configuration.purchaseLimit,
        concurrency: configuration.purchaseConcurrency, log: log, metrics: metrics)
    var minding = Minder.Settings()
    minding.schedule = configuration.minder.schedule
    minding.linger = configuration.minder.linger
    minding.concurrency = configuration.minder.concurrency
    let minder = Minder(
        database, worker: worker, market: market, changes: changes, observations: observations, settings: minding,
        log: log, metrics: metrics)
    let recordings = Recordings(
        database: database, publisher: publisher, personalData: personalData,
        retention: configuration.recordingRetention)
    var calling = CallDesk.Settings()
    calling.hands = configuration.callConcurrency
    let calls = CallDesk(
        database, market: market, changes: changes, observations: observations, recordings: recordings,
        transcriber: configuration.transcriber.map { Transcriber(settings: $0, client: HTTPClient()) },
        settings: calling, log: log, metrics: metrics)
    reactions.set { applied in
        board.react(to: applied)
        for one in applied {
            purchaser.react(to: one)
            minder.react(to: one)
            calls.react(to: one)
        }
    }

    let redis = try configuration.redisURL.map { try Redis(url: $0, log: log) }
    let limiter = RateLimiter(redis: redis)
    let rate = configuration.ingressRate
    let volumes = VolumeGlance { account in
        try await database.value(
            Int.self,
            """
            SELECT count(*) FROM orders WHERE account_id = \(account) AND hold_state = 'posted'
                AND created_at >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
            """) ?? 0
    }
    let ingress = IngressHandler(
        tenants: tenants, book: book, volumes: configuration.givesDiscounts ? volumes : nil
    ) { account in
        await limiter.take("ingress:\(account)", limit: rate * 10, window: .seconds(10)).isAllowed
    }
    let commands = CommandHandler(
        database: database, book: book, ingress: ingress, hints: HintDesk(minder: minder, metrics: metrics), log: log)
    let ledger = LedgerHandler(database: database, book: book)
    let options = BatchConsumer.Options(prefetch: 400, batchLimit: 100, concurrency: 2)
    let commandConsumer = BatchConsumer(
        address, queue: BusNames.commandQueue("verification"), service: "verification", publisher: publisher,
        topology: topology, options: options, log: log, metrics: metrics, health: health
    ) { try await commands.handle($0) }
    let eventConsumer = BatchConsumer(
        address, queue: BusNames.eventQueue("verification"), service: "verification", publisher: publisher,
        topology: topology, options: options, log: log, metrics: metrics, health: health
    ) { try await ledger.handle($0) }
    let keeper = PriceKeeper(database: database, relay: relay)
    let priceConsumer = BatchConsumer(
        address, queue: BusNames.orderedQueue("verification"), service: "verification", publisher: publisher,
        topology: topology, options: BatchConsumer.Options(prefetch: 64, batchLimit: 16), log: log, metrics: metrics,
        health: health
    ) { try await keeper.handle($0) }
    let parker = Parker(
        address, service: "verification", database: database, publisher: publisher, topology: topology, log: log,
        metrics: metrics, health: health)

    let asking = lease("prices")
    var jobs: [any Service] = [
        RepeatingJob("clock", every: .seconds(30), log: log) { _ in try await clock.read() },
        RepeatingJob("health of offers", every: .seconds(1), log: log) { _ in try await board.share() },
        RepeatingJob("price request", every: .seconds(30), log: log) { _ in
            if try await asking.hold(seconds: 60) { try await keeper.requestIfEmpty() }
        },
        RepeatingJob("demand", every: .seconds(30), log: log, farewell: { try await demand.release() }) {
            try await demand.turn(isStopping: $0)
        },
        RepeatingJob("stock", every: .seconds(5), log: log, farewell: { try await stock.release() }) {
            try await stock.turn(isStopping: $0)
        },
        RepeatingJob("old figures", every: .seconds(600), log: log) { _ in try await board.forgetOld() },
        RepeatingJob("recordings", every: .seconds(60), log: log) { isStopping in
            while try await recordings.forgetOld(), !isStopping() {}
        },
    ]
    for provider in market.all {
        var settings = Reconciler.Settings()
        settings.grace = configuration.reconciliationGrace
        settings.purchaseLimit = configuration.purchaseLimit
        let label = [("provider", provider.name)]
        let reconciler = Reconciler(
            database: database, provider: provider, lease: lease("reconcile/\(provider.name)"), changes: changes,
            book: book, observations: observations, settings: settings, log: log,
            orphans: metrics.counter(
                "verification_orphans_returned_total", "Numbers bought that no order wanted", label),
            openIntents: metrics.gauge("verification_open_intents", "Purchases without a recorded outcome", label))
        jobs.append(
            RepeatingJob(
                "reconciler \(provider.name)", every: .seconds(1), log: log,
                farewell: { try await reconciler.lease.release() }
            ) { _ in try await reconciler.turn() })
        let watch = ProviderWatch(
            database: database, provider: provider, lease: lease("watch/\(provider.name)"), clock: clock,
            relay: relay, board: board, every: configuration.probePause,
            gauges: ProviderWatch.Gauges(metrics, of: provider.name))
        jobs.append(
            RepeatingJob(
                "watch \(provider.name)", every: .seconds(1), log: log, farewell: { try await watch.lease.release() }
            ) { _ in try await watch.turn() })
    }
    let figures = OrderFigures(database, lease: lease("figures"), metrics: metrics)
    jobs.append(
        RepeatingJob("figures", every: .seconds(5), log: log, farewell: { try await figures.lease.release() }) { _ in
            try await figures.turn()
        })
    let sweeper = Sweeper(
        database: database, lease: lease("sweep"), changes: changes, relay: relay, policy: configuration.policy,
        figures: figures, log: log)
    jobs.append(
        RepeatingJob("sweeper", every: .seconds(1), log: log, farewell: { try await sweeper.lease.release() }) { _ in
            try await sweeper.turn()
        })
    let operations = try HTTPServer(
        name: "operations", address: configuration.operationsAddress, port: configuration.operationsPort,
        router: OperationsEndpoints.router(health: health, metrics: metrics), log: log, metrics: metrics)

    // The minder ends first: the others take over its work at once, and it hands nothing to anybody.
    return traces + [database, publisher, relay, breakers, changes, purchaser, calls, parker] + jobs
        + [priceConsumer, eventConsumer, commandConsumer, operations, minder]
}

/// Ties the order book to what reacts to it; the book is made first, because everything that reacts also writes to it.
private final class Reactions: Sendable {
    /// The lock holds this and not the closure itself: a bare closure is wrapped anew whenever it is lent by `withLock`,
    /// and put back with the wrapping, so that each call would go through those of all calls before it.
    private struct Reaction {
        var run: @Sendable ([Applied]) -> Void = { _ in }
    }
    private let reaction = Mutex(Reaction())

    func set(_ run: @escaping @Sendable ([Applied]) -> Void) { reaction.withLock { $0.run = run } }
    func react(_ applied: [Applied]) { reaction.withLock { $0.run }(applied) }
}
