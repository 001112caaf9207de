import Contracts
import Database
import HTTPClient
import JSON
import Kit
import TestSupport
import Testing

@testable import GatewayApp

@Suite(
    "Administration of accounts", .serialized, .enabled(if: TestEnvironment.databaseURL != nil),
    .timeLimit(.minutes(3)))
struct AccountAdministrationTests {
    private func make(_ test: TestAccounts, _ body: JSON) async throws -> TestAccounts.Answer {
        try await test.send(.post, "/admin/users", body, as: .admin)
    }

    @Test("the key of the configuration makes accounts with keys; a wrong one makes nothing")
    func bootstrap() async throws {
        try await TestAccounts.with { test in
            let made = try await make(
                test,
                ["name": "Shop", "role": "user", "kind": "publisher", "rate_limit_per_minute": 0, "api_key": true])
            #expect(made.status == 201 && made["email"] == .null && made["kind"] == "publisher")
            _ = try CreatedUserBody(made.json, strict: true)
            let key = try #require(made["api_key"]?["key"]?.stringValue)
            #expect(try await test.send(.get, "/me", as: .key(key)).status == 200)
            #expect(try await test.send(.get, "/admin/users", as: .key(key)).code == "FORBIDDEN")
            let wrong = TestAccounts.Proof.key("another admin key of more than thirty-two chars")
            #expect(try await test.send(.get, "/admin/users", as: wrong).status == 401)
            #expect(try await test.send(.get, "/admin/users").status == 401)
            let me = try await test.send(.get, "/me", as: .admin)
            #expect(me["id"] == .string(Accounts.bootstrapID.description) && me["role"] == "admin")
            // A second start finds the account there.
            _ = try await TestAccounts.make(test.database)
        }
    }

    @Test("a password needs an address, and an account without key has none")
    func fields() async throws {
        try await TestAccounts.with { test in
            let bad = try await make(test, ["name": "N", "role": "user", "password": "seven green bottles"])
            #expect(bad.status == 400 && bad["details"]?["fields"]?[0]?["field"] == "email")
            #expect(try await make(test, ["name": "N", "role": "king"]).status == 400)
            let made = try await make(
                test,
                ["name": "N", "role": "support", "email": "n@example.com", "password": "seven green bottles"])
            #expect(made.status == 201 && made["api_key"] == .null)
            #expect(try await test.logIn("n@example.com").status == 200)
            let again = try await make(test, ["name": "M", "role": "user", "email": "N@example.com"])
            #expect(again.code == "EMAIL_TAKEN")
        }
    }

    @Test("a changed role holds at once; nobody changes his own, nor that of the bootstrap account")
    func roles() async throws {
        try await TestAccounts.with { test in
            let person = try await test.person("ann@example.com")
            let path = "/admin/users/\(person.id)/roles"
            #expect(try await test.send(.get, "/admin/audit-log", as: .token(person.access)).status == 403)
            let changed = try await test.send(.put, path, ["role": "admin"], as: .admin)
            #expect(changed.status == 200 && changed["role"] == "admin")
            #expect(try await test.send(.get, "/admin/audit-log", as: .token(person.access)).status == 200)
            #expect(try await test.send(.put, path, ["role": "user"], as: .token(person.access)).status == 409)
            let bootstrap = "/admin/users/\(Accounts.bootstrapID)/roles"
            #expect(try await test.send(.put, bootstrap, ["role": "user"], as: .token(person.access)).status == 409)
            #expect(
                try await test.send(.put, "/admin/users/\(ID.new())/roles", ["role": "user"], as: .admin).status == 404)
            let entries = try await test.send(.get, "/admin/audit-log?user_id=\(person.id)&limit=1", as: .admin)
            let entry = try AuditBody(try #require(entries["data"]?[0]), strict: true)
            #expect(entry.action == "user.role_changed" && entry.actorID == Accounts.bootstrapID)
            #expect(entry.details["from"] == "user" && entry.details["to"] == "admin")
        }
    }

    @Test("accounts are found by address and by role")
    func lists() async throws {
        try await TestAccounts.with { test in
            let ann = try await test.person("ann@example.com")
            _ = try await test.person("bob@example.com")
            func ids(_ query: String) async throws -> [String] {
                let answer = try await test.send(.get, "/admin/users\(query)", as: .admin)
                return answer["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
            }
            #expect(try await ids("?email=Ann@example.com") == [ann.id.description])
            #expect(try await ids("?email=who@example.com") == [])
            #expect(try await ids("?role=admin") == [Accounts.bootstrapID.description])
            #expect(try await ids("").count == 3)
            #expect(try await test.send(.get, "/admin/users/\(ann.id)", as: .admin)["email"] == "ann@example.com")
            let key = try await test.send(.post, "/admin/users/\(ann.id)/api-keys", ["name": "k"], as: .admin)
            #expect(key.status == 201)
            let missing = try await test.send(.post, "/admin/users/\(ID.new())/api-keys", ["name": "k"], as: .admin)
            #expect(missing.status == 404)
        }
    }

    @Test("nothing can be changed in, or removed from, the audit log")
    func appendOnly() async throws {
        try await TestAccounts.with { test in
            _ = try await test.person("ann@example.com")
            for statement: SQL in [
                "UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log",
            ] {
                await #expect(throws: DatabaseError.self) { try await test.database.execute(statement) }
            }
            #expect(try await test.database.value(Int.self, "SELECT count(*) FROM audit_log") == 2)
        }
    }

    @Test("limits count by account, by its own number where it has one, and by address where nobody is known")
    func limits() async throws {
        try await TestAccounts.with(perMinute: 3, openPerMinute: 4) { test in
            func key(_ limit: JSON) async throws -> TestAccounts.Proof {
                let made = try await make(
                    test, ["name": "N", "role": "user", "api_key": true, "rate_limit_per_minute": limit])
                return .key(try #require(made["api_key"]?["key"]?.stringValue))
            }
            let (usual, five, none) = (try await key(.null), try await key(5), try await key(0))
            func passed(_ proof: TestAccounts.Proof) async throws -> Int {
                var count = 0
                for _ in 0..<10 { if try await test.send(.get, "/me", as: proof).status == 200 { count += 1 } }
                return count
            }
            let first = try await test.send(.get, "/me", as: usual)
            #expect(first.response.header("RateLimit-Limit") == "3")
            #expect(first.response.header("RateLimit-Remaining") == "2")
            #expect(first.response.header("RateLimit-Reset") != nil)
            #expect(try await passed(usual) == 2)
            #expect(try await passed(five) == 5)
            #expect(try await passed(none) == 10)
            let refused = try await test.send(.get, "/me", as: usual)
            #expect(refused.status == 429 && refused.code == "RATE_LIMITED")
            #expect(refused.response.header("Retry-After") != nil)
            var open: [Int] = []
            for _ in 0..<6 { open.append(try await test.logIn("who@example.com").status) }
            #expect(open == [401, 401, 401, 401, 429, 429])
        }
    }
}
