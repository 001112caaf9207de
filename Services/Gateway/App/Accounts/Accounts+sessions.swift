import Contracts
import Database
import GatewayCore
import JSON
import Kit
import Redis
import Runtime
import Security

/// Signing in and staying so. A session is a family of refresh tokens of which only the newest is good: who comes with
/// an older one ends the family, because one of the two who hold it has stolen it (RFC 9700 § 4.14.2).
extension Accounts {
    private struct Candidate: Row {
        let id: ID
        let role: String
        let passwordHash: String?
        init(_ columns: inout Columns) throws(DatabaseError) {
            id = try columns.next()
            role = try columns.next()
            passwordHash = try columns.next()
        }
    }

    /// An unknown address and a wrong password answer alike and cost alike.
    func logIn(_ wish: LogIn, from address: String) async throws -> SessionBody {
        let hashes = emailHashes.candidates(EmailAddress(wish.email).folded)
        try await limitLogIns(hashes[0], from: address)
        let found = try await database.first(
            Candidate.self,
            "SELECT id, role, password_hash FROM users WHERE email_hash = ANY(\(hashes)) AND status = 'active'")
        let verdict = try await verify(wish.password, against: found?.passwordHash)
        guard let found, verdict.isCorrect else {
            throw Problem(.unauthenticated, "The e-mail address or the password is wrong.")
        }
        var statements: [SQL] = []
        if verdict.needsRehash {
            statements = [
                "UPDATE users SET password_hash = \(try await hash(wish.password)) WHERE id = \(found.id)",
                AuditEntry(action: .passwordRehashed, actor: found.id, user: found.id).statement,
            ]
        }
        let session = ID.new()
        let token = OpaqueToken.new()
        let (now, end) = (Timestamp.now, Timestamp.now + Self.refreshLifetime)
        statements += [
            // What is over is of no use to anybody; so the table stays as small as the sessions there are.
            "DELETE FROM sessions WHERE user_id = \(found.id) AND expires_at < now() - interval '1 day'",
            """
            INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES (\(session), \(found.id), \(now), \(end))
            """,
            insertion(of: token, session: session, now: now, end: end),
            AuditEntry(
                action: .sessionStarted, actor: found.id, user: found.id,
                details: ["session_id": .string(session.description)]
            ).statement,
        ]
        try await database.batch(statements)
        return body(user: found.id, role: found.role, session: session, token: token)
    }

    /// Twenty tries in a quarter of an hour for an address from one place, two hundred from everywhere.
    private func limitLogIns(_ hash: [UInt8], from address: String) async throws {
        let name = Base64.urlText(hash)
        for (key, limit) in [("login:\(name):\(address)", 20), ("login:\(name)", 200)] {
            let decision = await limiter.take(key, limit: limit, window: .seconds(900))
            guard let wait = decision.retryAfter else { continue }
            throw Problem(
                .rateLimited, "There were too many attempts to log in with this address; wait a little.",
                retryAfter: max(1, Int(wait.inSeconds.rounded(.up))))
        }
    }

    private struct RefreshRow: Row {
        let session: ID
        let user: ID
        let role: String
        let isUsed: Bool
        let isGood: Bool
        init(_ columns: inout Columns) throws(DatabaseError) {
            session = try columns.next()
            user = try columns.next()
            role = try columns.next()
            isUsed = try columns.next()
            isGood = try columns.next()
        }
    }

    private enum Refreshed {
        case refused
        case reused(RefreshRow)
        case renewed(RefreshRow, OpaqueToken)
    }

    /// A new pair of tokens for a refresh token that was not used before.
    func refresh(_ text: String) async throws -> SessionBody {
        let refusal = Problem(.unauthenticated, "The refresh token is not valid any more; log in again.")
        guard let token = OpaqueToken(text) else { throw refusal }
        let hashes = refreshHashes.candidates(token.text)
        let result = try await database.transaction { transaction -> Refreshed in
            let row = try await transaction.first(
                RefreshRow.self,
                """
                SELECT s.id, u.id, u.role, t.used_at IS NOT NULL,
                    t.expires_at > now() AND s.revoked_at IS NULL AND u.status = 'active'
                FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id
                WHERE t.hash = ANY(\(hashes)) FOR UPDATE OF t, s
                """)
            guard let row, row.isGood else { return .refused }
            if row.isUsed {
                try await transaction.commit(
                    after: self.ending(row.session, of: row.user, action: .sessionReused))
                return .reused(row)
            }
            let next = OpaqueToken.new()
            let (now, end) = (Timestamp.now, Timestamp.now + Self.refreshLifetime)
            try await transaction.commit(after: [
                "UPDATE refresh_tokens SET used_at = \(now) WHERE hash = ANY(\(hashes))",
                "UPDATE sessions SET expires_at = \(end) WHERE id = \(row.session)",
                // A used token is kept for as long as it could be tried again.
                "DELETE FROM refresh_tokens WHERE session_id = \(row.session) AND expires_at < now()",
                self.insertion(of: next, session: row.session, now: now, end: end),
            ])
            return .renewed(row, next)
        }
        switch result {
        case .refused: throw refusal
        case .reused(let row):
            cache.forget(row.user)
            log.warning(
                "a refresh token came twice; its session was ended", ["session.id": .string(row.session.description)])
            throw refusal
        case .renewed(let row, let next):
            return body(user: row.user, role: row.role, session: row.session, token: next)
        }
    }

    /// Ends the session that the caller is in.
    func logOut(_ identity: Identity) async throws {
        guard case .token(let session?) = identity.proof else {
            throw Problem(.conflict, "An API key has no session to end. Revoke it with DELETE /me/api-keys/{id}.")
        }
        try await database.batch(ending(session, of: identity.userID, action: .sessionEnded))
        cache.forget(identity.userID)
    }

    private func ending(_ session: ID, of user: ID, action: AuditEntry.Action) -> [SQL] {
        [
            "UPDATE sessions SET revoked_at = now() WHERE id = \(session) AND revoked_at IS NULL",
            AuditEntry(
                action: action, actor: user, user: user, details: ["session_id": .string(session.description)]
            ).statement,
        ]
    }

    private func insertion(of token: OpaqueToken, session: ID, now: Timestamp, end: Timestamp) -> SQL {
        """
        INSERT INTO refresh_tokens (hash, session_id, issued_at, expires_at)
        VALUES (\(token.hash(refreshHashes)), \(session), \(now), \(end))
        """
    }

    private func body(user: ID, role: String, session: ID, token: OpaqueToken) -> SessionBody {
        let access = tokens.issue(
            subject: user, role: role, type: Self.accessType, lifetime: Self.accessLifetime, session: session)
        return SessionBody(
            accessToken: access.token, refreshToken: token.text,
            expiresIn: Int(Self.accessLifetime.components.seconds))
    }
}
