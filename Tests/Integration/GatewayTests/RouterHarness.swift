import Bus
import Contracts
import Database
import HTTPClient
import HTTPServer
import JSON
import Kit
import Prices
import Redis
import Runtime
import Security
import TestSupport
import Testing

@testable import GatewayApp

/// Every route of the gateway on a real database behind a real server. The parts that speak to the broker are made and
/// not run: what is refused never reaches them.
struct TestGateway: Sendable {
    let router: Router
    let url: String
    let client: HTTPClient
    let database: Database
    let offers: OfferCache
    let metrics: Metrics

    static let personalDataKeys = Keyring(Secret("the key of personal data in these tests"))
    static let webhooks = WebhookRoutes.Settings(
        textVerified: Secret("whsec_test"), fiveSim: Secret("the secret of the relay in these tests"),
        smsActivate: [("hero", "secret-path-of-the-tests-0123")])

    static func with(_ body: @Sendable (TestGateway) async throws -> Void) async throws {
        try await TestPostgres.lend("gateway") { databaseURL, _ in
            let (metrics, health) = (Metrics(), Health())
            let database = Database(
                url: databaseURL, applicationName: "gateway tests", schema: "gateway", log: .silent, metrics: metrics,
                health: health)
            try await database.migrate(GatewayMigrations.all)
            let accounts = try await TestAccounts.make(database)
            let relay = OutboxRelay(
                database,
                publisher: Publisher(
                    try AMQPAddress("amqp://guest:guest@127.0.0.1:1/"), applicationID: "gateway", log: .silent,
                    metrics: metrics),
                log: .silent, metrics: metrics)
            let queue = AcceptQueue(database, relay: relay, silence: .seconds(30), log: .silent)
            let hub = Hub(metrics: metrics)
            let personalData = PersonalData(Self.personalDataKeys)
            let offers = OfferCache(database, metrics: metrics)
            let volumes = VolumeGlance { try await PaidThisMonth.count($0, in: database) }
            let pricer = Pricer(offers: offers, volumes: volumes)
            let router = gatewayRouter(
                accounts: AccountRoutes(accounts),
                limits: RateLimits(RateLimiter(redis: nil), perMinute: 1_000_000, openPerMinute: 1_000_000),
                authentication: accounts.authentication,
                verifications: VerificationRoutes(
                    database: database, pricer: pricer, credit: CreditGlance(database), queue: queue, relay: relay,
                    hub: hub, personalData: personalData),
                money: MoneyRoutes(database: database, relay: relay, hub: hub, silence: .seconds(30)),
                catalogue: CatalogueRoutes(database: database, offers: offers),
                providers: ProviderRoutes(database: database, relay: relay),
                quotes: QuoteRoutes(database: database, pricer: pricer),
                pricing: PricingRoutes(database: database, offers: offers, relay: relay),
                costs: CostRoutes(database: database, offers: offers, volumes: volumes, defaultProvider: "5sim"),
                events: EventRoutes(database: database, hub: hub, personalData: personalData) {
                    try await accounts.authenticate(token: $0)
                },
                webhooks: WebhookRoutes(
                    settings: Self.webhooks, database: database, relay: relay, limiter: RateLimiter(redis: nil),
                    metrics: metrics),
                system: SystemRoutes(database: database, health: health, metrics: metrics), log: .silent)
            let server = try HTTPServer(port: 0, router: router, log: .silent)
            let client = HTTPClient()
            defer { client.shutdown() }
            try await running([database, queue, server]) {
                try await body(
                    TestGateway(
                        router: router, url: "http://127.0.0.1:\(server.port)", client: client, database: database,
                        offers: offers, metrics: metrics))
            }
        }
    }

    /// A refusal, and whether it is what every refusal must be.
    struct Refusal: Sendable {
        let status: Int
        let fields: [String]
        let messages: [String]
        let isWhole: Bool
        let response: ClientResponse

        init(_ response: ClientResponse) {
            self.response = response
            status = response.status
            // What is not JSON has none of the members, and so is not whole.
            let json = (try? JSON(parsing: response.body)) ?? .null
            let problems = json["details"]?["fields"]?.arrayValue ?? []
            fields = problems.compactMap { $0["field"]?.stringValue }
            messages = problems.compactMap { $0["message"]?.stringValue }
            let code = json["error_code"]?.stringValue.flatMap { ErrorCode(rawValue: $0) }
            isWhole =
                response.header("Content-Type") == "application/problem+json" && code?.status == response.status
                && json["status"]?.integerValue == Int64(response.status)
                && json["message"]?.stringValue?.isEmpty == false
                && json["trace_id"]?.stringValue?.utf8.count == 32 && (400..<500).contains(response.status)
        }
    }

    func send(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        key: String? = TestAccounts.adminKey
    ) async throws -> Refusal {
        let method = try #require(ClientRequest.Method(rawValue: method))
        let proof: [(name: String, value: String)] = key.map { [("X-API-Key", $0)] } ?? []
        return Refusal(
            try await client.send(
                ClientRequest(method, url + target, headers: proof + headers, body: body, deadline: .seconds(60))))
    }
}
