import Contracts
import Database
import HTTPClient
import HTTPServer
import JSON
import Kit
import Redis
import Runtime
import Security
import TestSupport
import Testing

@testable import GatewayApp

/// Accounts on a real database behind a real server, with a key of the configuration's and cheap passwords.
struct TestAccounts: Sendable {
    static let adminKey = "an admin key of more than thirty-two characters"

    let database: Database
    let accounts: Accounts
    let url: String
    let client: HTTPClient

    static func with(
        perMinute: Int = 10_000, openPerMinute: Int = 10_000, _ body: @Sendable (TestAccounts) async throws -> Void
    ) async throws {
        try await TestPostgres.lend("accounts") { databaseURL, _ in
            let database = Database(
                url: databaseURL, applicationName: "account tests", schema: "gateway", log: .silent,
                metrics: Metrics(), health: Health())
            try await database.migrate([Migration(1, "accounts", AccountMigrations.accounts)])
            let accounts = try await make(database)
            let routes = AccountRoutes(accounts)
            let limits = RateLimits(
                RateLimiter(redis: nil), perMinute: perMinute, openPerMinute: openPerMinute)
            var router = Router()
            router.group(using: [limits.open]) { routes.addOpen(to: &$0) }
            router.group(using: [accounts.authentication, limits.identified]) { routes.add(to: &$0) }
            let server = try HTTPServer(port: 0, router: router, log: .silent)
            let client = HTTPClient()
            defer { client.shutdown() }
            try await running([database, server]) {
                try await body(
                    TestAccounts(
                        database: database, accounts: accounts, url: "http://127.0.0.1:\(server.port)",
                        client: client))
            }
        }
    }

    /// Another process's view of the same database.
    static func make(_ database: Database, cache: IdentityCache = IdentityCache()) async throws -> Accounts {
        try await Accounts(
            database, personalDataKeys: Keyring(Secret("the key of personal data in these tests")),
            tokenKeys: Keyring(Secret("the key of tokens and hashes in these tests")), adminKey: adminKey,
            limiter: RateLimiter(redis: nil), log: .silent,
            passwords: PasswordHasher(cost: PasswordHasher.Cost(passes: 1, bytes: 8192)), cache: cache)
    }

    /// An answer with its body as JSON.
    struct Answer: Sendable {
        let status: Int
        let json: JSON
        let response: ClientResponse
        var code: String? { json["error_code"]?.stringValue }
        subscript(name: String) -> JSON? { json[name] }
    }

    enum Proof: Sendable {
        case none
        case key(String)
        case token(String)
        static let admin = Proof.key(TestAccounts.adminKey)
    }

    func send(
        _ method: ClientRequest.Method, _ path: String, _ body: JSON? = nil, as proof: Proof = .none
    ) async throws -> Answer {
        var headers: [(name: String, value: String)] = []
        if body != nil { headers.append(("Content-Type", "application/json")) }
        switch proof {
        case .none: break
        case .key(let key): headers.append(("X-API-Key", key))
        case .token(let token): headers.append(("Authorization", "Bearer \(token)"))
        }
        let response = try await client.send(
            ClientRequest(method, url + path, headers: headers, body: body?.bytes, deadline: .seconds(60)))
        let json = response.body.isEmpty ? JSON.null : try JSON(parsing: response.body)
        return Answer(status: response.status, json: json, response: response)
    }

    static let password = "seven green bottles"

    /// Registers and logs in.
    func person(_ email: String) async throws -> (id: ID, access: String, refresh: String) {
        let made = try await send(
            .post, "/auth/register",
            ["email": .string(email), "password": .string(Self.password), "name": "Somebody"])
        #expect(made.status == 201)
        let session = try await logIn(email)
        return (
            try #require(made["id"]?.stringValue.flatMap { ID($0) }),
            try #require(session["access_token"]?.stringValue), try #require(session["refresh_token"]?.stringValue)
        )
    }

    func logIn(_ email: String, _ password: String = Self.password) async throws -> Answer {
        try await send(.post, "/auth/login", ["email": .string(email), "password": .string(password)])
    }

    func actions(of user: ID) async throws -> [String] {
        try await database.values(
            String.self, "SELECT action FROM audit_log WHERE user_id = \(user) ORDER BY id")
    }
}
