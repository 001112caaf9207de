import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit

/// `/auth`, `/me` and `/admin`: reads requests, asks `Accounts`, writes answers.
struct AccountRoutes: Sendable {
    private let accounts: Accounts

    init(_ accounts: Accounts) { self.accounts = accounts }

    /// Routes that need no identity.
    func addOpen(to router: inout Router) {
        router.on(.post, "/auth/register", register)
        router.on(.post, "/auth/login", logIn)
        router.on(.post, "/auth/refresh", refresh)
    }

    /// Routes behind authentication.
    func add(to router: inout Router) {
        router.on(.post, "/auth/logout", logOut)
        router.on(.get, "/me", me)
        router.on(.patch, "/me", changeMe)
        router.on(.get, "/me/api-keys", keys)
        router.on(.post, "/me/api-keys", createKey)
        router.on(.delete, "/me/api-keys/{id}", revokeKey)
        router.group("/admin", using: [requireRole(.admin)]) { router in
            router.on(.post, "/users", createUser)
            router.on(.get, "/users", users)
            router.on(.get, "/users/{id}", user)
            router.on(.put, "/users/{id}/roles", setRole)
            router.on(.post, "/users/{id}/api-keys", createKeyForUser)
            router.on(.get, "/audit-log", auditLog)
        }
    }

    // MARK: - Sessions

    private func register(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let wish = try request.record(RegisterAccount.self)
        let (account, _) = try await accounts.create(
            Accounts.NewAccount(email: wish.email, password: wish.password, name: wish.name), by: nil)
        return .json(201, account)
    }

    private func logIn(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let wish = try request.record(LogIn.self)
        return .secret(200, try await accounts.logIn(wish, from: request.remoteAddress))
    }

    private func refresh(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let wish = try request.record(RefreshSession.self)
        return .secret(200, try await accounts.refresh(wish.refreshToken))
    }

    private func logOut(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        try await accounts.logOut(try request.identity)
        return .noContent
    }

    // MARK: - One's own account

    private func me(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        return .json(200, try await accounts.account(try request.identity.userID))
    }

    private func changeMe(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let wish = try request.record(ChangeAccount.self)
        return .json(200, try await accounts.rename(try request.identity.userID, to: wish.name))
    }

    private func keys(_ request: HTTPRequest) async throws -> HTTPResponse {
        let page = try Page(request.query(allowing: ["limit", "cursor"]), by: Cursor.self)
        return .json(
            200, try await accounts.keys(of: try request.identity.userID, page))
    }

    private func createKey(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let user = try request.identity.userID
        let wish = try request.record(CreateAPIKey.self)
        return .secret(201, try await accounts.createKey(wish.name, for: user, by: user))
    }

    private func revokeKey(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let key = try request.parameter("id", as: ID.self)
        try await accounts.revokeKey(key, of: try request.identity.userID)
        return .noContent
    }

    // MARK: - Administration

    private func createUser(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let wish = try request.record(CreateUser.self)
        if wish.password != nil, wish.email == nil {
            throw Problem.invalid("email", "is required when there is a password: nobody can log in without")
        }
        let (account, key) = try await accounts.create(
            Accounts.NewAccount(
                email: wish.email, password: wish.password, name: wish.name, role: Role(rawValue: wish.role) ?? .user,
                kind: wish.kind ?? "person", rateLimitPerMinute: wish.rateLimitPerMinute,
                withKey: wish.apiKey ?? false),
            by: try request.identity.userID)
        let shown = key.map { CreatedUserBody.Key(id: $0.id, key: $0.key) }
        return .secret(201, CreatedUserBody(account: account, apiKey: shown))
    }

    private func users(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try request.query(allowing: ["email", "role", "limit", "cursor"])
        let page = try Page(query, by: Cursor.self)
        return .json(
            200,
            try await accounts.list(
                email: query.string("email", maximum: 254), role: query.oneOf(Role.self, "role"), page))
    }

    private func user(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        return .json(200, try await accounts.account(try request.parameter("id", as: ID.self)))
    }

    private func setRole(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let user = try request.parameter("id", as: ID.self)
        let wish = try request.record(SetRole.self)
        return .json(
            200,
            try await accounts.setRole(Role(rawValue: wish.role) ?? .user, of: user, by: try request.identity))
    }

    private func createKeyForUser(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let user = try request.parameter("id", as: ID.self)
        let wish = try request.record(CreateAPIKey.self)
        return .secret(201, try await accounts.createKey(wish.name, for: user, by: try request.identity.userID))
    }

    private func auditLog(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try request.query(allowing: ["user_id", "limit", "cursor"])
        let page = try Page(query, by: Cursor.self)
        return .json(200, try await accounts.auditLog(of: query.id("user_id"), page))
    }
}

extension HTTPResponse {
    /// An answer with a key or a token in it, which no cache may keep.
    fileprivate static func secret(_ status: Int, _ value: some JSONRecord) -> HTTPResponse {
        HTTPResponse.json(status, value).with("Cache-Control", "no-store")
    }
}
