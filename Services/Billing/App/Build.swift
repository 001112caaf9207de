import BillingCore
import Bus
import Contracts
import Database
import HTTPServer
import JSON
import Kit
import Runtime
import Tracing

/// Puts the service together: what each part stands on comes before it, so that stopping in reverse order lets
/// everything in hand be finished. Returns when the schema is up to date; the rest waits for its servers by itself.
package func buildBilling(
    _ configuration: BillingConfiguration, log: Log, metrics: Metrics = Metrics(), health: Health = Health()
) async throws -> [any Service] {
    let traces = TraceExporter.make(configuration.collector, service: "billing", log: log, metrics: metrics)
    let database = Database(
        url: configuration.databaseURL, connections: configuration.databaseConnections, applicationName: "billing",
        schema: "billing", log: log, metrics: metrics, health: health)
    try await database.migrate(LedgerMigrations.all)

    let address = try AMQPAddress(configuration.amqpURL)
    let topology = Topology.service("billing", commandPatterns: Command.types)
    let publisher = Publisher(
        address, applicationID: "billing", topology: topology, log: log, metrics: metrics, health: health)
    let relay = OutboxRelay(database, publisher: publisher, log: log, metrics: metrics)
    let parker = Parker(
        address, service: "billing", database: database, publisher: publisher, topology: topology, log: log,
        metrics: metrics, health: health)

    let handler = CommandHandler(database: database, log: log, metrics: metrics) { relay.send($0) }
    let options = BatchConsumer.Options(
        prefetch: min(65_535, configuration.batchLimit * (configuration.concurrency + 1)),
        batchLimit: configuration.batchLimit, concurrency: configuration.concurrency)
    let consumer = BatchConsumer(
        address, queue: BusNames.commandQueue("billing"), service: "billing", publisher: publisher,
        topology: topology, options: options, log: log, metrics: metrics, health: health
    ) { deliveries in
        try await handler.handle(deliveries.map { IncomingCommand($0) })
    }

    let proof = LedgerProof(database: database, log: log, metrics: metrics)
    let operations = try HTTPServer(
        name: "operations", address: configuration.operationsAddress, port: configuration.operationsPort,
        router: OperationsEndpoints.router(health: health, metrics: metrics), log: log, metrics: metrics)

    return traces + [
        database, publisher, relay, parker, Housekeeping.rollUp(database, every: configuration.rollUpEvery, log: log),
        Housekeeping.forgetOld(database, log: log), proof.service(every: configuration.proveEvery), consumer,
        operations,
    ]
}
