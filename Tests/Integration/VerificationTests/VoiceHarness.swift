import Bus
import Choosing
import Contracts
import Database
import HTTPClient
import HTTPServer
import JSON
import Kit
import Providers
import Runtime
import Security
import Synchronization
import TestSupport
import Testing
import VerificationCore

@testable import VerificationApp

/// Writes recordings down as it is told to, and remembers what it was asked.
final class TestTranscriber: Sendable {
    private let answers: Mutex<[HTTPResponse]>
    private let seen = Mutex<[HTTPRequest]>([])

    /// The answers in their order; the last is given again and again.
    init(_ answers: [HTTPResponse]) { self.answers = Mutex(answers) }

    static func says(_ text: String) -> HTTPResponse { .json(200, ["text": .string(text)] as JSON) }

    var requests: [HTTPRequest] { seen.withLock { $0 } }

    func server() throws -> HTTPServer {
        var router = Router()
        router.on(.post, "/v1/audio/transcriptions", bodyLimit: 16 << 20) { request in
            self.seen.withLock { $0.append(request) }
            return self.answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        }
        return try HTTPServer(
            address: "127.0.0.1", port: 0, router: router, threads: 1, log: .silent, metrics: Metrics())
    }
}

/// Orders in a database of the test's own, a simulated TextVerified, and those parts of the service that look after a
/// number that was bought. The broker is away: what is to be told waits in the outbox.
struct VoiceHarness: Sendable {
    private static let secret = "personal data of these tests, long enough"

    let database: Database
    let adapter: TextVerified
    let minder: Minder
    let recordings: Recordings
    let personalData: PersonalData
    let metrics: Metrics
    private let client: HTTPClient
    private let root: String

    static func with(
        _ transcriber: TestTranscriber?, schedule: PollSchedule = PollSchedule(base: .milliseconds(50)),
        _ body: @Sendable (VoiceHarness) async throws -> Void
    ) async throws {
        let sandbox = try VoiceSandbox.make()
        let ears = try transcriber?.server()
        let client = HTTPClient()
        defer { client.shutdown() }
        let settings = ears.map {
            Transcriber.Settings(
                url: "http://127.0.0.1:\($0.port)", model: "small", key: "a key", deadline: .seconds(20))
        }
        try await running(sandbox.services + (ears.map { [$0] } ?? [])) {
            try await TestPostgres.lend("voice") { url, _ in
                try await with(
                    url, sandbox: "http://127.0.0.1:\(sandbox.port)", settings, schedule: schedule, client, body)
            }
        }
    }

    private static func with(
        _ url: String, sandbox root: String, _ transcriber: Transcriber.Settings?, schedule: PollSchedule,
        _ client: HTTPClient, _ body: @Sendable (VoiceHarness) async throws -> Void
    ) async throws {
        let (metrics, health) = (Metrics(), Health())
        let database = Database(
            url: url, applicationName: "voice tests", schema: "verification", log: .silent, metrics: metrics,
            health: health)
        try await database.migrate(VerificationMigrations.all)
        let clock = try await TableClock(database)
        let keys = Keyring(Secret(secret))
        let personalData = PersonalData(keys)
        let observations = Observations(personalData: personalData, keys: keys, clock: clock)
        let publisher = Publisher(
            try AMQPAddress("amqp://guest:guest@127.0.0.1:1/"), applicationID: "verification", log: .silent,
            metrics: metrics)
        let relay = OutboxRelay(database, publisher: publisher, log: .silent, metrics: metrics)
        var policy = OrderPolicy()
        policy.hearsCalls = transcriber != nil
        let worker = ID.new()
        let context = OrderContext(
            clock: clock, tenants: TenantResults(personalData: personalData), policy: policy, worker: worker,
            callLimit: .seconds(30))
        let told = Told()
        let adapter = TextVerified(
            TextVerified.Configuration(
                apiKey: VoiceSandbox.key, email: VoiceSandbox.email, baseURL: root + "/textverified/api/pub/v2",
                purchaseDeadline: .seconds(60),
                readDeadline: .seconds(60)), client: client, purchases: client, metrics: metrics,
            budget: RequestBudget(rate: 10_000, burst: 10_000))
        let market = Market([adapter])
        let board = HealthBoard(database, worker: worker, market: market, clock: clock)
        let book = OrderBook(database, context, board: board, relay: relay, log: .silent) { applied in
            let tell = told.reaction.withLock { $0 }
            tell?(applied)
        }
        let changes = ChangeQueue(book, log: .silent)
        var minding = Minder.Settings()
        minding.schedule = schedule
        minding.linger = .milliseconds(100)
        minding.concurrency = 8
        let minder = Minder(
            database, worker: worker, market: market, changes: changes, observations: observations,
            settings: minding, log: .silent, metrics: metrics)
        let recordings = Recordings(
            database: database, publisher: publisher, personalData: personalData, retention: .seconds(3600))
        let calls = CallDesk(
            database, market: market, changes: changes, observations: observations, recordings: recordings,
            transcriber: transcriber.map { Transcriber(settings: $0, client: client) }, log: .silent, metrics: metrics)
        told.reaction.withLock { reaction in
            reaction = { applied in
                for one in applied {
                    minder.react(to: one)
                    calls.react(to: one)
                }
            }
        }
        try await running([database, changes, calls, minder]) {
            try await body(
                VoiceHarness(
                    database: database, adapter: adapter, minder: minder, recordings: recordings,
                    personalData: personalData, metrics: metrics, client: client, root: root))
        }
    }

    // MARK: - Orders

    /// Buys a number at the provider, and has an order wait for what comes to it.
    func waiting(_ capability: Capability = .voice) async throws -> Order {
        var request = BuyRequest(country: "usa", product: "telegram")
        request.voice = capability != .sms
        let sold = try await adapter.buy(request)
        var order = Order(
            id: .new(), accountID: .new(), origin: .http, requestID: nil, service: "telegram", country: "usa",
            capability: capability, operator: nil, areaCode: nil, pinnedProvider: nil, price: Money(micro: 5_000_000),
            metadata: nil, createdAt: .now, traceparent: nil, holdID: .new())
        order.version = 4
        try await database.execute(OrderQueries.insert([order]))
        order.state = .waiting
        order.holdState = .placed
        order.attempts = 1
        order.provider = adapter.name
        order.reference = sold.ref
        order.cost = sold.price
        order.phoneSealed = personalData.seal(try #require(sold.phone), of: order.id)
        order.assignedAt = .now
        order.expiresAt = sold.expires
        try await database.execute(OrderQueries.update([order]))
        return order
    }

    struct State: Row {
        let state: String
        let holdState: String
        let calls: CallTally
        init(_ columns: inout Columns) throws(DatabaseError) {
            state = try columns.next()
            holdState = try columns.next()
            calls = CallTally(mark: try columns.next(), open: try columns.next())
        }
    }

    func state(of order: Order) async throws -> State {
        try #require(
            try await database.first(
                State.self,
                "SELECT state, hold_state, call_mark::bigint, open_calls::bigint FROM orders WHERE id = \(order.id)"))
    }

    /// Waits until an order stands so.
    func reaches(_ state: String, _ order: Order, within limit: Duration = .seconds(30)) async -> Bool {
        // What cannot be read is read again.
        await eventually(within: limit) { (try? await self.state(of: order))?.state == state }
    }

    func calls(of order: Order) async throws -> [Call] {
        try await database.rows(CallRow.self, CallRow.of([order.id])).map(\.call)
    }

    func steps(of order: Order) async throws -> [String] {
        try await database.values(
            String.self, "SELECT step FROM steps WHERE order_id = \(order.id) ORDER BY number")
    }

    /// Facts in the outbox, by their types, packs and all.
    func posted() async throws -> [String] {
        try await database.values(String.self, "SELECT type FROM outbox ORDER BY id")
    }

    // MARK: - The provider

    @discardableResult
    func control(_ method: ClientRequest.Method, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        let answer = try await client.send(
            ClientRequest(
                method, root + "/_control/textverified" + path,
                headers: body == nil ? [] : [("Content-Type", "application/json")], body: body?.bytes,
                deadline: .seconds(60)))
        try #require((200...299).contains(answer.status), "\(answer.status) \(answer.text)")
        return answer.body.isEmpty ? .null : try JSON(parsing: answer.body)
    }

    func rings(_ order: Order, _ text: String, caller: String = "18005550100") async throws {
        try await control(
            .post, "/orders/\(order.reference ?? "")/call", ["text": .string(text), "caller": .string(caller)])
    }
}

/// Who is told of what was committed; the book is made before them.
private final class Told: Sendable {
    let reaction = Mutex<(@Sendable ([Applied]) -> Void)?>(nil)
}
