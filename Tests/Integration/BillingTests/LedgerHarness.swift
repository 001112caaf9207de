import BillingApp
import BillingCore
import Contracts
import Database
import JSON
import Kit
import Runtime
import TestSupport
import Testing

@testable import Bus

/// All suites of this module: each test makes a database of its own and drops it.
@Suite(.serialized, .enabled(if: TestEnvironment.databaseURL != nil), .timeLimit(.minutes(3)))
enum BillingIntegration {}

/// A ledger in a database of the test's own.
struct TestLedger: Sendable {
    let url: String
    let database: Database
    let handler: CommandHandler
    let proof: LedgerProof
    let metrics: Metrics

    /// Runs the body with a fresh ledger, and drops it whatever happens.
    static func with(connections: Int = 16, _ body: @Sendable (TestLedger) async throws -> Void) async throws {
        try await TestPostgres.lend("billing") { url, _ in
            let metrics = Metrics()
            let database = Database(
                url: url, connections: connections, applicationName: "billing tests", schema: "billing", log: .silent,
                metrics: metrics, health: Health())
            try await database.migrate(LedgerMigrations.all)
            let ledger = TestLedger(
                url: url, database: database,
                handler: CommandHandler(database: database, log: .silent, metrics: metrics, send: { _ in }),
                proof: LedgerProof(database: database, log: .silent, metrics: metrics), metrics: metrics)
            try await running([database]) { try await body(ledger) }
        }
    }

    /// Gives messages to the handler as one batch.
    @discardableResult
    func send(_ messages: [IncomingCommand]) async throws -> [Outcome] { try await handler.handle(messages) }

    @discardableResult
    func send(_ commands: Command...) async throws -> [Outcome] {
        try await send(commands.map { IncomingCommand($0) })
    }

    /// The answers in the outbox, in the order they were written.
    func answers() async throws -> [Answer] {
        try await database.rows(OutboxRows.self, "SELECT type, headers, body FROM outbox ORDER BY id")
            .flatMap(\.answers)
    }

    func account(_ id: ID) async throws -> AccountRow? {
        try await database.first(
            AccountRow.self, "SELECT credits, debits, pending, version FROM accounts WHERE id = \(id)")
    }

    func count(_ sql: SQL) async throws -> Int { try await database.value(Int.self, sql) ?? -1 }
}

struct AccountRow: Row, Hashable {
    let credits: Int64
    let debits: Int64
    let pending: Int64
    let version: Int64

    init(_ columns: inout Columns) throws(DatabaseError) {
        credits = try columns.next()
        debits = try columns.next()
        pending = try columns.next()
        version = try columns.next()
    }

    var available: Int64 { credits - debits - pending }
}

/// An answer as it stands in the outbox.
struct Answer {
    let type: String
    let headers: JSON
    let fact: LedgerFact
    let body: [UInt8]

    init(type: String, headers: JSON, body: some Sequence<UInt8>) {
        self.type = type
        self.headers = headers
        self.body = Array(body)
        // An answer that cannot be read is an empty one, which no test takes for right.
        fact = (try? LedgerFact(json: body)) ?? LedgerFact()
    }
}

/// A row of the outbox: one answer, or several in a pack.
private struct OutboxRows: Row {
    let answers: [Answer]

    init(_ columns: inout Columns) throws(DatabaseError) {
        let type = try columns.next(String.self)
        let headers = try columns.next(JSON.self)
        let body = try columns.next([UInt8].self)
        answers =
            type == Pack.type
            ? (Pack.contents(of: body) ?? []).map {
                Answer(type: $0.type, headers: HeaderValue.table($0.headers).json, body: $0.body)
            } : [Answer(type: type, headers: headers, body: body)]
    }
}

extension IncomingCommand {
    /// A message with an id of its own.
    init(_ command: Command, id: ID = .new()) {
        switch command {
        case .place(let message): self.init(id: id, type: PlaceHold.type, body: message.json)
        case .post(let message): self.init(id: id, type: ResolveHold.Kind.post.rawValue, body: message.json)
        case .void(let message): self.init(id: id, type: ResolveHold.Kind.void.rawValue, body: message.json)
        case .topUp(let message): self.init(id: id, type: TopUp.type, body: message.json)
        case .settle(let settlements):
            var message = SettleProvider()
            message.settlements = settlements
            self.init(id: id, type: SettleProvider.type, body: message.json)
        }
    }
}

extension Command {
    static func topUp(_ account: ID, _ amount: Int64, id: ID = .new(), reference: String? = nil) -> Command {
        var message = TopUp()
        message.transferID = id
        message.accountID = account
        message.amount = Money(micro: amount)
        message.reference = reference
        return .topUp(message)
    }

    static func place(_ hold: ID, _ account: ID, _ amount: Int64) -> Command {
        var message = PlaceHold()
        message.holdID = hold
        message.orderID = hold
        message.accountID = account
        message.amount = Money(micro: amount)
        return .place(message)
    }

    static func post(_ hold: ID, _ account: ID, _ amount: Int64, _ settlements: ProviderSettlement...) -> Command {
        .post(resolution(hold, account, amount, settlements))
    }

    static func void(_ hold: ID, _ account: ID, _ settlements: ProviderSettlement...) -> Command {
        .void(resolution(hold, account, 0, settlements))
    }

    private static func resolution(
        _ hold: ID, _ account: ID, _ amount: Int64, _ settlements: [ProviderSettlement]
    ) -> ResolveHold {
        var message = ResolveHold()
        message.holdID = hold
        message.orderID = hold
        message.accountID = account
        message.amount = Money(micro: amount)
        message.settlements = settlements
        return message
    }
}

extension ProviderSettlement {
    init(_ kind: Kind, _ reference: String, _ amount: Int64, provider: String = "5sim", isLoss: Bool = false) {
        self.init()
        self.kind = Open(kind)
        self.reference = reference
        self.amount = Money(micro: amount)
        self.provider = provider
        self.isLoss = isLoss
    }
}
