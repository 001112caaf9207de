import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Redis
import Runtime
import Security

/// Who may use the gateway: accounts, their keys, their sessions, and the log of every change of them.
///
/// Made once by the service and shared by its routes; needs no starting and no stopping. Every change and its entry in
/// the audit log are one transaction. A revoked key or session, a changed role or limit is honoured at once by this
/// process and within five seconds by the others.
final class Accounts: Sendable {
    /// The account of the key out of the configuration: what it does is logged and owned like anybody's doing.
    static let bootstrapID = ID(high: 0x0000_0000_0000_7000, low: 0x8000_0000_0000_0001)
    static let accessLifetime = Duration.seconds(15 * 60)
    static let refreshLifetime = Duration.seconds(30 * 86_400)
    static let accessType = "access"

    let database: Database
    let limiter: RateLimiter
    let log: Log
    let passwords: PasswordHasher
    let emails: SealedBox
    let names: SealedBox
    let emailHashes: LookupHash
    let keyHashes: LookupHash
    let refreshHashes: LookupHash
    let tokens: JWT
    let cache: IdentityCache
    /// The admin key's hash: compared in constant time and never in clear.
    private let adminHash: [UInt8]?
    private let adminHashes: LookupHash

    init(
        _ database: Database, personalDataKeys: Keyring, tokenKeys: Keyring, adminKey: String?, limiter: RateLimiter,
        log: Log, passwords: PasswordHasher = PasswordHasher(), cache: IdentityCache = IdentityCache()
    ) async throws {
        self.database = database
        self.limiter = limiter
        self.log = log
        self.passwords = passwords
        self.cache = cache
        emails = SealedBox(personalDataKeys, purpose: "account.email")
        names = SealedBox(personalDataKeys, purpose: "account.name")
        emailHashes = LookupHash(personalDataKeys, purpose: "account.email")
        keyHashes = LookupHash(tokenKeys, purpose: "api key", bytes: 32)
        refreshHashes = LookupHash(tokenKeys, purpose: "refresh token", bytes: 32)
        tokens = JWT(tokenKeys.derived(for: "access token"))
        let adminHashes = LookupHash(tokenKeys, purpose: "admin key", bytes: 32)
        self.adminHashes = adminHashes
        adminHash = adminKey.map { adminHashes.hash($0) }
        if adminKey != nil { try await makeBootstrapAccount() }
    }

    private func makeBootstrapAccount() async throws {
        let id = Self.bootstrapID
        try await database.execute(
            """
            INSERT INTO users (id, name_sealed, role, kind, created_at)
            VALUES (\(id), \(names.sealForJSON("Bootstrap administrator", in: id)), 'admin', 'person', \(Timestamp.now))
            ON CONFLICT (id) DO NOTHING
            """)
    }

    // MARK: - Who is it?

    /// Lets a request through with its `Identity` in the context, or throws 401.
    var authentication: Router.Middleware {
        { request, next in
            var request = request
            request.context[Identity.self] = try await self.authenticate(request)
            return try await next(request)
        }
    }

    /// By `X-API-Key`, else by `Authorization: Bearer`.
    func authenticate(_ request: HTTPRequest) async throws -> Identity {
        if let key = request.headers["X-API-Key"] { return try await authenticate(apiKey: key) }
        guard let header = request.headers["Authorization"] else {
            throw Problem(.unauthenticated, "Send an API key in X-API-Key, or a token in Authorization: Bearer.")
        }
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else {
            throw Problem(.unauthenticated, "The Authorization header must be: Bearer, a space and an access token.")
        }
        return try await authenticate(accessToken: String(words[1]))
    }

    /// By either, where there is only a text: the first message of a WebSocket.
    func authenticate(token: String) async throws -> Identity {
        // A signed token is three parts with dots between them, and a key of ours has none.
        if !token.hasPrefix(APIKey.mark), token.split(separator: ".", omittingEmptySubsequences: false).count == 3,
            !isAdminKey(token)
        {
            return try await authenticate(accessToken: token)
        }
        return try await authenticate(apiKey: token)
    }

    private func isAdminKey(_ text: String) -> Bool {
        guard let adminHash else { return false }
        return constantTimeEqual(adminHashes.hash(text), adminHash)
    }

    private func authenticate(apiKey text: String) async throws -> Identity {
        if isAdminKey(text) {
            return Identity(userID: Self.bootstrapID, role: .admin, proof: .bootstrap, rateLimitPerMinute: 0)
        }
        let unknown = Problem(.unauthenticated, "The API key is not valid, or was revoked.")
        guard let key = APIKey(text) else { throw unknown }
        let hashes = keyHashes.candidates(key.text)
        let found = try await cached(.apiKey(hashes[0])) {
            try await self.database.first(
                IdentityRow.self,
                """
                WITH found AS (
                    SELECT \(IdentityRow.columns), k.id AS key_id
                    FROM api_keys k JOIN users u ON u.id = k.user_id
                    WHERE k.hash = ANY(\(hashes)) AND k.revoked_at IS NULL AND u.status = 'active'
                ), touched AS (
                    UPDATE api_keys SET last_used_at = now() FROM found WHERE api_keys.id = found.key_id
                        AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
                )
                SELECT * FROM found
                """
            )
            .map { $0.identity(.apiKey($0.proofID)) }
        }
        guard let found else { throw unknown }
        return found
    }

    private func authenticate(accessToken text: String) async throws -> Identity {
        let claims: TokenClaims
        do { claims = try tokens.verify(text, type: Self.accessType) } catch {
            throw Problem(
                .unauthenticated,
                error.code == .expired
                    ? "The access token has ended; get a new one with the refresh token."
                    : "The access token is not valid.")
        }
        guard let session = claims.session else { throw Problem(.unauthenticated, "The access token is not valid.") }
        let found = try await cached(.session(session)) {
            try await self.database.first(
                IdentityRow.self,
                """
                SELECT \(IdentityRow.columns), s.id FROM sessions s JOIN users u ON u.id = s.user_id
                WHERE s.id = \(session) AND s.revoked_at IS NULL AND u.status = 'active'
                """
            )
            .map { $0.identity(.token(session: $0.proofID)) }
        }
        guard let found, found.userID == claims.subject else {
            throw Problem(.unauthenticated, "The session of this access token has ended; log in again.")
        }
        return found
    }

    private func cached(
        _ key: IdentityCache.Key, _ load: () async throws -> Identity?
    ) async throws -> Identity? {
        if case .known(let identity) = cache[key] { return identity }
        let at = ContinuousClock.now
        let identity = try await load()
        cache.set(key, identity, at: at)
        return identity
    }

    // MARK: - Accounts

    /// An account with its personal data opened.
    func body(_ row: AccountRow) throws -> AccountBody {
        var body = AccountBody()
        body.id = row.id
        body.email = try row.emailSealed.map { try emails.openFromJSON($0, in: row.id) }
        body.name = try names.openFromJSON(row.nameSealed, in: row.id)
        body.role = row.role
        body.kind = row.kind
        body.status = row.status
        body.rateLimitPerMinute = row.rateLimitPerMinute
        body.createdAt = row.createdAt
        return body
    }

    func account(_ id: ID) async throws -> AccountBody {
        let row = try await database.first(
            AccountRow.self, "SELECT \(AccountRow.columns) FROM users u WHERE u.id = \(id)")
        guard let row else { throw Problem(.notFound, "There is no account of this id.") }
        return try body(row)
    }

    /// Everything a new account is made of.
    struct NewAccount: Sendable {
        var email: String?
        var password: String?
        var name: String
        var role = Role.user
        var kind = "person"
        var rateLimitPerMinute: Int?
        var withKey = false
    }

    /// Makes an account. `actor` is nil when it makes itself.
    func create(_ wish: NewAccount, by actor: ID?) async throws -> (AccountBody, CreatedAPIKeyBody?) {
        let email = wish.email.map { EmailAddress($0) }
        if let password = wish.password, let complaint = PasswordRules.complaint(about: password, email: email) {
            throw Problem.invalid("password", complaint)
        }
        let taken = Problem(.emailTaken, "There is an account with this e-mail address already; log in instead.")
        let hashes = email.map { emailHashes.candidates($0.folded) }
        if let hashes {
            // Looked up under all keys: the unique index knows only the one it was written with.
            let isTaken = try await database.value(
                Bool.self, "SELECT true FROM users WHERE email_hash = ANY(\(hashes)) LIMIT 1")
            if isTaken == true { throw taken }
        }
        var passwordHash: String?
        if let password = wish.password { passwordHash = try await hash(password) }

        // Postgres keeps microseconds, as Timestamp does, so what is answered is what will be read.
        let id = ID.new()
        let row: SQL = """
            INSERT INTO users (id, email_hash, email_sealed, name_sealed, password_hash, role, kind,
                rate_limit_per_minute, created_at)
            VALUES (\(id), \(hashes?.first), \(wish.email.map { emails.sealForJSON($0, in: id) }),
                \(names.sealForJSON(wish.name, in: id)), \(passwordHash), \(wish.role.rawValue), \(wish.kind),
                \(wish.rateLimitPerMinute.map { Int32($0) }), \(Timestamp.now))
            ON CONFLICT (email_hash) DO NOTHING
            """
        let key = wish.withKey ? NewKey(name: "first key", user: id, hashes: keyHashes) : nil
        let audit = AuditEntry(
            action: actor == nil ? .registered : .created, actor: actor ?? id, user: id,
            details: ["role": .string(wish.role.rawValue), "kind": .string(wish.kind)])
        let isNew = try await database.transaction { transaction in
            guard try await transaction.execute(row) == 1 else { return false }
            try await transaction.commit(
                after: [audit.statement] + (key?.statements(by: actor ?? id) ?? []))
            return true
        }
        guard isNew else { throw taken }
        return (try await account(id), key?.body)
    }

    func rename(_ user: ID, to name: String) async throws -> AccountBody {
        try await database.batch([
            "UPDATE users SET name_sealed = \(names.sealForJSON(name, in: user)) WHERE id = \(user)",
            AuditEntry(action: .renamed, actor: user, user: user).statement,
        ])
        return try await account(user)
    }

    func setRole(_ role: Role, of user: ID, by actor: Identity) async throws -> AccountBody {
        if let refusal = RoleChange.refusal(
            of: user, by: actor.userID, whoIs: actor.role, bootstrap: Self.bootstrapID)
        {
            throw refusal
        }
        try await database.transaction { transaction in
            let before = try await transaction.value(
                String.self, "SELECT role FROM users WHERE id = \(user) FOR UPDATE")
            guard let before else { throw Problem(.notFound, "There is no account of this id.") }
            guard before != role.rawValue else { return }
            try await transaction.commit(after: [
                "UPDATE users SET role = \(role.rawValue) WHERE id = \(user)",
                AuditEntry(
                    action: .roleChanged, actor: actor.userID, user: user,
                    details: ["from": .string(before), "to": .string(role.rawValue)]
                ).statement,
            ])
        }
        cache.forget(user)
        return try await account(user)
    }

    // MARK: - Passwords

    func hash(_ password: String) async throws -> String {
        do { return try await passwords.hash(password) } catch { throw Self.problem(of: error) }
    }

    func verify(_ password: String, against stored: String?) async throws -> PasswordHasher.Verdict {
        do { return try await passwords.verify(password, against: stored) } catch { throw Self.problem(of: error) }
    }

    private static func problem(of error: SecurityError) -> any Error {
        error.isRetriable
            ? Problem(.unavailable, "Too many passwords are being checked at once; try again.", retryAfter: 1) : error
    }
}
