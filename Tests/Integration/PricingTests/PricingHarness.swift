import Bus
import Contracts
import Database
import HTTPClient
import HTTPServer
import JSON
import Kit
import PricingApp
import Runtime
import SandboxApp
import SandboxCore
import TestSupport
import Testing

/// The whole service, as its `main` builds it, between a broker, a database and a sandbox; someone who commands it, and
/// someone who hears what it says.
struct PricingHarness: Sendable {
    let root: String
    let database: Database
    let sender: Publisher
    let facts: Collected<Delivery>
    let metrics: Metrics
    let client: HTTPClient

    static func with(_ body: @Sendable (PricingHarness) async throws -> Void) async throws {
        var shared = Topology.shared()
        // The stream takes a second to make, and no test here reads it.
        shared.queues.removeAll { $0.name == BusNames.eventLog }
        shared.bindings.removeAll { $0.queue == BusNames.eventLog }
        let world = shared + Topology.service("watcher", eventPatterns: ["pricing.#"])
        var sandbox = SandboxConfiguration()
        sandbox.port = 0
        sandbox.settings.requestsPerSecond = nil
        let key = sandbox.apiKey
        let app = try buildSandbox(sandbox, log: .silent)
        let root = "http://127.0.0.1:\(app.http.port)"
        let policies = world.policies + Topology.service("pricing").policies
        try await TestBroker.withBroker(policies: policies) { broker in
            try await TestPostgres.lend("pricing") { url, _ in
                let sender = Publisher(
                    broker.address, applicationID: "tests", topology: world, log: .silent, metrics: Metrics())
                let facts = Collected<Delivery>()
                let watcher = BatchConsumer(
                    broker.address, queue: BusNames.eventQueue("watcher"), service: "watcher", publisher: sender,
                    topology: world, log: .silent, metrics: Metrics()
                ) { deliveries in
                    for delivery in deliveries { facts.append(delivery) }
                    return deliveries.map { _ in .done }
                }
                let database = Database(
                    url: url, connections: 2, applicationName: "test", schema: "pricing", log: .silent,
                    metrics: Metrics(), health: Health())
                let client = HTTPClient()
                defer { client.shutdown() }
                try await running(app.services + [database, sender, watcher]) {
                    #expect(await eventually { watcher.isConnected })
                    let (metrics, health) = (Metrics(), Health())
                    let services = try await buildPricing(
                        try PricingConfiguration([
                            "DATABASE_URL": url, "OPERATIONS_PORT": "0", "AMQP_URL": broker.url,
                            "FIVESIM_API_KEY": key, "FIVESIM_URL": root + "/5sim/v1",
                            "PRICE_RATE_PER_SECOND": "1000",
                            // The first country comes at once; the others do not come in the way of a test.
                            "PRICE_SPACING_MS": "2000",
                        ]), log: .silent, metrics: metrics, health: health)
                    try await running(services) {
                        #expect(await eventually { health.isReady }, "\(health.json.text)")
                        let harness = PricingHarness(
                            root: root, database: database, sender: sender, facts: facts, metrics: metrics,
                            client: client)
                        #expect(await eventually { (try? await harness.version("england")) ?? 0 > 0 })
                        try await body(harness)
                    }
                }
            }
        }
    }

    // MARK: - The sandbox

    func control(_ method: ClientRequest.Method, _ path: String, _ body: JSON) async throws {
        let answer = try await client.send(
            ClientRequest(
                method, root + "/_control" + path, headers: [("Content-Type", "application/json")], body: body.bytes,
                deadline: .seconds(60)))
        #expect((200..<300).contains(answer.status), "\(answer.text)")
    }

    /// What the sandbox asks for a country's numbers, by service and operator, read without any code of ours.
    func truth(_ country: String) async throws -> [String: Money] {
        let answer = try await client.send(
            ClientRequest(
                .get, root + "/5sim/v1/guest/prices?country=\(country)", deadline: .seconds(60), maximumBody: 32 << 20))
        let products = try JSON(parsing: answer.body)[country]?.objectValue ?? []
        var prices: [String: Money] = [:]
        // Numbers for a while are no verifications, and not in the lists that we keep.
        let rentals: Set<Substring> = ["hour", "hours", "day", "days", "week", "weeks", "month", "months"]
        for product in products where !rentals.contains(product.name.drop { $0.isNumber }) {
            for line in product.value.objectValue ?? [] {
                guard let cost = line.value["cost"]?.doubleValue.flatMap({ Money(rounding: $0) }), cost > .zero else {
                    continue
                }
                prices["\(product.name)/\(line.name)"] = cost
            }
        }
        return prices
    }

    // MARK: - The service

    func command<Body: Contracts.Message>(_ message: Body, id: ID = .new()) async {
        let outgoing = OutgoingMessage(
            id: id, exchange: Body.channel.rawValue, routingKey: Body.type, type: Body.type, body: message.json)
        while await sender.publish([outgoing], within: .seconds(30)) != [.confirmed] {}
    }

    func version(_ country: String) async throws -> Int {
        try await database.value(
            Int.self, "SELECT version::bigint FROM price_lists WHERE provider = '5sim' AND country = \(country)") ?? 0
    }

    /// Has a country asked for now, and waits until it was.
    func sync(_ country: String) async throws {
        let before = try await database.value(Timestamp.self, "SELECT clock_timestamp()")
        var update = PricingUpdate()
        update.action = Open(.sync)
        update.provider = "5sim"
        update.country = country
        await command(update)
        let isDone = await eventually(within: .seconds(60)) {
            let checked = try? await database.value(
                Timestamp.self,
                """
                SELECT checked_at FROM price_lists
                WHERE provider = '5sim' AND country = \(country) AND checked_at > asked_at
                """)
            guard let checked, let before else { return false }
            return checked > before
        }
        #expect(isDone, "\(country) was not asked for")
    }

    /// The messages of a type, of those that were heard by now.
    func heard<Body: Contracts.Message>(_ type: Body.Type) throws -> [Body] {
        try facts.all.filter { $0.type == Body.type }.map { try Body(json: $0.body) }
    }
}
