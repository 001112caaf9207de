import Bus
import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Prices
import Redis
import Runtime
import Security
import Synchronization
import Tracing

/// Puts the service together: what each part stands on comes before it, so that stopping in reverse order lets
/// everything in hand be finished.
package func buildGateway(
    _ configuration: GatewayConfiguration, log: Log, metrics: Metrics = Metrics(), health: Health = Health()
) async throws -> [any Service] {
    let instance = ID.new()
    let traces = TraceExporter.make(configuration.collector, service: "gateway", log: log, metrics: metrics)
    let database = Database(
        url: configuration.databaseURL, connections: configuration.databaseConnections, applicationName: "gateway",
        schema: "gateway", log: log, metrics: metrics, health: health)
    try await database.migrate(GatewayMigrations.all)

    let address = try AMQPAddress(configuration.amqpURL)
    let topology = Topology.service(
        "gateway", commandPatterns: ["gateway.#"],
        eventPatterns: ["verification.#", "billing.#"] + [OffersChanged.type, PricesChanged.type, PriceAlerts.type])
    let publisher = Publisher(
        address, applicationID: "gateway", topology: topology, log: log, metrics: metrics, health: health)
    let relay = OutboxRelay(database, publisher: publisher, log: log, metrics: metrics)
    let parker = Parker(
        address, service: "gateway", database: database, publisher: publisher, topology: topology, log: log,
        metrics: metrics, health: health)

    let hub = Hub(metrics: metrics)
    let transient = TransientPublisher(address, applicationID: "gateway", log: log, metrics: metrics)
    let redis = try configuration.redisURL.map { try Redis(url: $0, log: log) }
    let offers = OfferCache(database, redis: redis, metrics: metrics)
    let push = Push(instance: instance, hub: hub, publisher: transient) { offers.forget($0) }
    let pushConsumer = BatchConsumer(
        address, queue: BusNames.pushQueue(instance.description), service: "gateway", publisher: publisher,
        topology: Topology(
            exchanges: [Topology.Exchange(BusNames.push, .topic, isPassive: true)],
            queues: [
                Topology.Queue(
                    BusNames.pushQueue(instance.description), .classic, isExclusive: true,
                    arguments: ["x-max-length": .integer(10_000), "x-overflow": .string("drop-head")])
            ],
            bindings: [
                Topology.Binding(BusNames.pushQueue(instance.description), to: BusNames.push, Push.routingKey)
            ]),
        options: BatchConsumer.Options(prefetch: 1000, batchLimit: 200), log: log, metrics: metrics
    ) { push.receive($0) }

    let personalData = PersonalData(configuration.personalDataKeys)
    try await database.persistently { try await offers.requestIfEmpty() }
    let credit = CreditGlance(database)
    let projection = Projection(
        database: database, offers: offers, credit: credit, silence: configuration.silence, log: log,
        announce: { push.announce($0) }, announceOffers: { push.announce(offersOf: $0) })
    let eventConsumer = BatchConsumer(
        address, queue: BusNames.eventQueue("gateway"), service: "gateway", publisher: publisher, topology: topology,
        options: BatchConsumer.Options(prefetch: 600, batchLimit: 200, concurrency: 2), log: log, metrics: metrics,
        health: health
    ) { try await projection.handle($0) }

    // A queue of their own, so that what customers wait for never waits behind a recording.
    let keeper = RecordingKeeper(database: database)
    let recordingConsumer = BatchConsumer(
        address, queue: BusNames.commandQueue("gateway"), service: "gateway", publisher: publisher, topology: topology,
        options: BatchConsumer.Options(prefetch: 16, batchLimit: 8), log: log, metrics: metrics, health: health
    ) { try await keeper.handle($0) }

    let limiter = RateLimiter(redis: redis)
    let accounts = try await database.persistently {
        try await Accounts(
            database, personalDataKeys: configuration.personalDataKeys, tokenKeys: configuration.tokenKeys,
            adminKey: configuration.adminKey, limiter: limiter, log: log)
    }
    let limits = RateLimits(
        limiter, perMinute: configuration.rateLimitPerMinute, openPerMinute: configuration.openRateLimitPerMinute)
    let queue = AcceptQueue(database, relay: relay, silence: configuration.silence, log: log)
    let volumes = VolumeGlance { try await PaidThisMonth.count($0, in: database) }
    let pricer = Pricer(offers: offers, volumes: configuration.givesDiscounts ? volumes : nil)
    let router = gatewayRouter(
        accounts: AccountRoutes(accounts), limits: limits, authentication: accounts.authentication,
        verifications: VerificationRoutes(
            database: database, pricer: pricer, credit: credit, queue: queue, relay: relay, hub: hub,
            personalData: personalData),
        money: MoneyRoutes(database: database, relay: relay, hub: hub, silence: configuration.silence),
        catalogue: CatalogueRoutes(database: database, offers: offers),
        providers: ProviderRoutes(database: database, relay: relay),
        quotes: QuoteRoutes(database: database, pricer: pricer),
        pricing: PricingRoutes(database: database, offers: offers, relay: relay),
        costs: CostRoutes(
            database: database, offers: offers, volumes: volumes, defaultProvider: configuration.defaultProvider),
        events: EventRoutes(database: database, hub: hub, personalData: personalData) {
            try await accounts.authenticate(token: $0)
        },
        webhooks: WebhookRoutes(
            settings: configuration.webhooks, database: database, relay: relay, limiter: limiter, metrics: metrics),
        system: SystemRoutes(database: database, health: health, metrics: metrics), log: log)
    let server = try HTTPServer(
        address: configuration.address, port: configuration.port, router: router, log: log, metrics: metrics)
    let housekeeping = Housekeeping(database, hub: hub, log: log)
    let inquirer = Inquirer(database, relay: relay, silence: configuration.silence, log: log, metrics: metrics)

    return traces + [
        database, publisher, transient, relay, parker, OfferWatch.job(offers, log: log), housekeeping, inquirer, queue,
        eventConsumer, recordingConsumer, pushConsumer,
        Closing(hub: hub, server: server),
    ]
}

/// Every route of the gateway. Also what the API document is compared with.
func gatewayRouter(
    accounts: AccountRoutes, limits: RateLimits, authentication: @escaping Router.Middleware,
    verifications: VerificationRoutes, money: MoneyRoutes, catalogue: CatalogueRoutes,
    providers: ProviderRoutes, quotes: QuoteRoutes, pricing: PricingRoutes, costs: CostRoutes, events: EventRoutes,
    webhooks: WebhookRoutes, system: SystemRoutes, log: Log
) -> Router {
    var router = Router()
    router.use(DatabaseAway.middleware(log))
    router.group { router in
        system.addOpen(to: &router)
        DocumentRoutes.add(to: &router)
        // Counted by provider, not by address: all of a provider's come from a few.
        webhooks.add(to: &router)
    }
    router.group(using: [limits.open]) { router in
        accounts.addOpen(to: &router)
        events.addOpen(to: &router)
    }
    router.group(using: [authentication, limits.identified]) { router in
        accounts.add(to: &router)
        verifications.add(to: &router)
        money.add(to: &router)
        catalogue.add(to: &router)
        providers.add(to: &router)
        quotes.add(to: &router)
        pricing.add(to: &router)
        costs.add(to: &router)
        events.add(to: &router)
        system.add(to: &router)
    }
    return router
}

/// The HTTP server, whose streams must be let go before it can drain.
private struct Closing: Service {
    let hub: Hub
    let server: HTTPServer
    var name: String { server.name }

    func run() async throws { try await server.run() }

    func stop() {
        hub.close()
        server.stop()
    }
}
