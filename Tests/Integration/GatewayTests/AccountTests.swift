import Contracts
import Database
import HTTPClient
import JSON
import Kit
import Security
import Synchronization
import TestSupport
import Testing

@testable import GatewayApp

@Suite(
    "Accounts over HTTP on a real database", .serialized, .enabled(if: TestEnvironment.databaseURL != nil),
    .timeLimit(.minutes(3)))
struct AccountTests {
    @Test("who registers and logs in is known by his token; his address and name are sealed in the database")
    func registration() async throws {
        try await TestAccounts.with { test in
            let person = try await test.person("Ann@Example.com")
            let me = try await test.send(.get, "/me", as: .token(person.access))
            #expect(me.status == 200)
            #expect(me["id"] == .string(person.id.description) && me["email"] == "Ann@Example.com")
            #expect(me["role"] == "user" && me["kind"] == "person" && me["rate_limit_per_minute"] == .null)
            _ = try AccountBody(me.json, strict: true)

            let renamed = try await test.send(.patch, "/me", ["name": "Ann B."], as: .token(person.access))
            #expect(renamed["name"] == "Ann B.")
            let rows = try await test.database.values(
                String.self,
                "SELECT u::text FROM users u WHERE id = \(person.id) AND password_hash LIKE '$argon2id$%'")
            #expect(rows.count == 1 && !rows[0].lowercased().contains("ann") && !rows[0].contains("example"))
            #expect(try await test.actions(of: person.id) == ["user.registered", "session.started", "user.renamed"])
        }
    }

    @Test("an address is taken once, in whatever case, also by those who come at once")
    func duplicates() async throws {
        try await TestAccounts.with { test in
            _ = try await test.person("ann@example.com")
            let again = try await test.send(
                .post, "/auth/register",
                ["email": "ANN@example.com", "password": .string(TestAccounts.password), "name": "Other"])
            #expect(again.status == 409 && again.code == "EMAIL_TAKEN")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        try await test.send(
                            .post, "/auth/register",
                            [
                                "email": .string(index % 2 == 0 ? "bob@example.com" : "Bob@example.com"),
                                "password": .string(TestAccounts.password), "name": "Bob",
                            ]
                        ).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [201, 409, 409, 409, 409, 409, 409, 409])
        }
    }

    @Test("a bad registration names the field that is wrong")
    func badRegistration() async throws {
        try await TestAccounts.with { test in
            for (body, field): (JSON, JSON) in [
                (["email": "ann@example.com", "password": "password1234", "name": "A"], "password"),
                (["email": "marianne@example.com", "password": "hi marianne 77", "name": "A"], "password"),
                (["email": "nonsense", "password": "seven green bottles", "name": "A"], "email"),
                (["email": "a@example.com", "password": "seven green bottles", "name": "A", "role": "admin"], "role"),
            ] {
                let answer = try await test.send(.post, "/auth/register", body)
                #expect(answer.status == 400 && answer["details"]?["fields"]?[0]?["field"] == field)
            }
        }
    }

    @Test("a wrong password, an unknown address and an account without password are answered alike")
    func wrongPassword() async throws {
        try await TestAccounts.with { test in
            _ = try await test.person("ann@example.com")
            _ = try await test.send(
                .post, "/admin/users", ["email": "none@example.com", "name": "N", "role": "user"], as: .admin)
            var messages: Set<String> = []
            for (email, password) in [
                ("ann@example.com", "wrong"), ("who@example.com", "wrong"), ("none@example.com", "wrong"),
            ] {
                let answer = try await test.logIn(email, password)
                #expect(answer.status == 401 && answer.response.header("WWW-Authenticate") == "Bearer")
                messages.insert(answer["message"]?.stringValue ?? "")
            }
            #expect(messages.count == 1)
        }
    }

    @Test("after twenty tries with an address, more are refused for a while, right password or not")
    func logInLimit() async throws {
        try await TestAccounts.with { test in
            _ = try await test.person("ann@example.com")
            for _ in 0..<19 { #expect(try await test.logIn("ann@example.com", "wrong").status == 401) }
            let refused = try await test.logIn("ann@example.com")
            #expect(refused.status == 429 && refused.response.header("Retry-After") != nil)
            #expect(try await test.logIn("who@example.com").status == 401)
        }
    }

    @Test("a refresh token is good once; the second use ends the whole session, access token included")
    func reuse() async throws {
        try await TestAccounts.with { test in
            let person = try await test.person("ann@example.com")
            func refresh(_ token: String) async throws -> TestAccounts.Answer {
                try await test.send(.post, "/auth/refresh", ["refresh_token": .string(token)])
            }
            let second = try await refresh(person.refresh)
            #expect(second.status == 200 && second.response.header("Cache-Control") == "no-store")
            _ = try SessionBody(second.json, strict: true)
            let access = try #require(second["access_token"]?.stringValue)
            let next = try #require(second["refresh_token"]?.stringValue)
            #expect(try await test.send(.get, "/me", as: .token(access)).status == 200)
            #expect(try await refresh(person.refresh).status == 401)
            #expect(try await refresh(next).status == 401)
            #expect(try await test.send(.get, "/me", as: .token(access)).status == 401)
            #expect(try await refresh("nonsense").status == 401)
            #expect(try await test.actions(of: person.id).last == "session.token_reused")
        }
    }

    @Test("of ten who use a refresh token at once, one gets new ones and the session ends")
    func refreshRace() async throws {
        try await TestAccounts.with { test in
            let person = try await test.person("ann@example.com")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        try await test.send(
                            .post, "/auth/refresh", ["refresh_token": .string(person.refresh)]
                        ).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1 && statuses.filter { $0 == 401 }.count == 9)
            #expect(try await test.send(.get, "/me", as: .token(person.access)).status == 401)
            #expect(try await test.actions(of: person.id).filter { $0 == "session.token_reused" }.count == 1)
        }
    }

    @Test("logging out ends that session and no other; a key has none to end")
    func logOut() async throws {
        try await TestAccounts.with { test in
            let first = try await test.person("ann@example.com")
            let other = try #require(try await test.logIn("ann@example.com")["access_token"]?.stringValue)
            #expect(try await test.send(.post, "/auth/logout", as: .token(first.access)).status == 204)
            #expect(try await test.send(.get, "/me", as: .token(first.access)).status == 401)
            #expect(try await test.send(.get, "/me", as: .token(other)).status == 200)
            #expect(
                try await test.send(.post, "/auth/refresh", ["refresh_token": .string(first.refresh)]).status == 401)
            let refused = try await test.send(.post, "/auth/logout", as: .admin)
            #expect(refused.status == 409)
        }
    }

    @Test("a key is shown once, works at once, and is of no use when it was revoked")
    func keys() async throws {
        try await TestAccounts.with { test in
            let person = try await test.person("ann@example.com")
            let made = try await test.send(.post, "/me/api-keys", ["name": "server"], as: .token(person.access))
            #expect(made.status == 201)
            let key = try #require(made["key"]?.stringValue)
            let id = try #require(made["id"]?.stringValue)
            #expect(try await test.send(.get, "/me", as: .key(key)).json["id"] == .string(person.id.description))
            let list = try await test.send(.get, "/me/api-keys", as: .key(key))
            #expect(list["data"]?.arrayValue?.count == 1 && list["next_cursor"] == .null)
            #expect(list["data"]?[0]?["last_used_at"] != .null && !list.response.text.contains(key))

            let stranger = try await test.person("bob@example.com")
            #expect(try await test.send(.delete, "/me/api-keys/\(id)", as: .token(stranger.access)).status == 404)
            #expect(try await test.send(.delete, "/me/api-keys/\(id)", as: .key(key)).status == 204)
            #expect(try await test.send(.get, "/me", as: .key(key)).status == 401)
            #expect(try await test.send(.delete, "/me/api-keys/\(id)", as: .token(person.access)).status == 404)
            for wrong in ["", "nk_live_", APIKey.new().text, String(key.dropLast())] {
                #expect(try await test.send(.get, "/me", as: .key(wrong)).status == 401)
            }
        }
    }

    @Test("another process honours a revoked key within five seconds and a new one at once")
    func otherProcess() async throws {
        try await TestAccounts.with { test in
            let offset = Mutex(Duration.zero)
            let start = ContinuousClock.now
            let cache = IdentityCache(now: { offset.withLock { start + $0 } })
            let other = try await TestAccounts.make(test.database, cache: cache)
            let person = try await test.person("ann@example.com")
            let made = try await test.send(.post, "/me/api-keys", ["name": "server"], as: .token(person.access))
            let key = try #require(made["key"]?.stringValue)
            #expect(try await other.authenticate(token: key).userID == person.id)
            try await test.accounts.revokeKey(
                try #require(made["id"]?.stringValue.flatMap { ID($0) }), of: person.id)
            offset.withLock { $0 = .seconds(3) }
            #expect(try await other.authenticate(token: key).userID == person.id)
            offset.withLock { $0 = .seconds(6) }
            await #expect(throws: Problem.self) { try await other.authenticate(token: key) }
        }
    }

    @Test("a list of keys pages through all of them once")
    func paging() async throws {
        try await TestAccounts.with { test in
            let person = try await test.person("ann@example.com")
            for index in 0..<5 {
                _ = try await test.accounts.createKey("key \(index)", for: person.id, by: person.id)
            }
            var names: [String] = []
            var cursor = ""
            for _ in 0..<3 {
                let page = try await test.send(.get, "/me/api-keys?limit=2\(cursor)", as: .token(person.access))
                names += page["data"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
                cursor = page["next_cursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
            }
            #expect(names == ["key 4", "key 3", "key 2", "key 1", "key 0"] && cursor.isEmpty)
            #expect(try await test.send(.get, "/me/api-keys?cursor=x", as: .token(person.access)).status == 400)
            #expect(try await test.send(.get, "/me/api-keys?limit=0", as: .token(person.access)).status == 400)
        }
    }
}
