import Bus
import Contracts
import Database
import HTTPClient
import HTTPServer
import JSON
import Kit
import PricingCore
import Providers
import Runtime
import Tracing

/// Puts the service together: what each part stands on comes before it, so that stopping in reverse order lets
/// everything in hand be finished. Returns when the schema is up to date; the rest waits for its servers by itself.
package func buildPricing(
    _ configuration: PricingConfiguration, log: Log, metrics: Metrics = Metrics(), health: Health = Health()
) async throws -> [any Service] {
    let worker = ID.new()
    let traces = TraceExporter.make(configuration.collector, service: "pricing", log: log, metrics: metrics)
    let database = Database(
        url: configuration.databaseURL, connections: configuration.databaseConnections, applicationName: "pricing",
        schema: "pricing", log: log, metrics: metrics, health: health)
    try await database.migrate(PricingMigrations.all)

    let address = try AMQPAddress(configuration.amqpURL)
    let topology = Topology.service("pricing", commandPatterns: CommandHandler.types)
    let publisher = Publisher(
        address, applicationID: "pricing", topology: topology, log: log, metrics: metrics, health: health)
    let relay = OutboxRelay(database, publisher: publisher, log: log, metrics: metrics)
    let parker = Parker(
        address, service: "pricing", database: database, publisher: publisher, topology: topology, log: log,
        metrics: metrics, health: health)

    let handler = CommandHandler(database: database, providers: configuration.providers.names, log: log)
    let consumer = BatchConsumer(
        address, queue: BusNames.commandQueue("pricing"), service: "pricing", publisher: publisher,
        topology: topology, options: BatchConsumer.Options(prefetch: 100, batchLimit: 50), log: log, metrics: metrics,
        health: health
    ) { try await handler.handle($0) }

    let client = HTTPClient()
    // Price lists are read by guests or with the account's key; what the key may ask for is shared with those who buy,
    // so that we ask seldom and leave the rest to them.
    let providers = configuration.providers.providers(
        ProviderSettings.Parts(client: client, purchases: client, metrics: metrics)
    ).filter { $0.capabilities.contains(.prices) }
    let alerts = AlertRules(percent: Double(configuration.alertPercent))
    func lease(_ name: String) -> Lease { Lease(database: database, name: name, owner: worker) }
    var jobs: [any Service] = providers.map { provider in
        let sync = PriceSync(
            database: database, provider: provider, lease: lease("prices/\(provider.name)"), relay: relay,
            spacing: configuration.spacing, lifetime: configuration.lifetime, alerts: alerts, log: log,
            figures: SyncFigures(metrics, provider: provider.name))
        return RepeatingJob(
            "prices \(provider.name)", every: .seconds(1), log: log, farewell: { try await sync.lease.release() }
        ) { try await sync.turn($0) }
    }
    let teller = PriceTeller(
        database: database, lease: lease("tell"), relay: relay, defaultProvider: configuration.defaultProvider,
        alerts: alerts, log: log,
        told: metrics.counter("pricing_countries_told_total", "Times that gateways were told a country's prices"))
    jobs.append(
        RepeatingJob(
            "teller", every: .seconds(1), log: log, farewell: { try await teller.lease.release() }
        ) { try await teller.turn($0) })
    jobs.append(Housekeeping.job(database, log: log))
    let operations = try HTTPServer(
        name: "operations", address: configuration.operationsAddress, port: configuration.operationsPort,
        router: OperationsEndpoints.router(health: health, metrics: metrics), log: log, metrics: metrics)
    return traces + [database, publisher, relay, parker] + jobs + [consumer, operations]
}
