import Contracts
import Database
import GatewayCore
import JSON
import Kit
import Security

/// A key that is being made: shown to its owner once, kept as a hash.
struct NewKey: Sendable {
    let body: CreatedAPIKeyBody
    private let user: ID
    private let hash: [UInt8]

    init(name: String, user: ID, hashes: LookupHash) {
        let key = APIKey.new()
        var body = CreatedAPIKeyBody()
        body.id = .new()
        body.name = name
        body.prefix = key.prefix
        body.key = key.text
        body.createdAt = .now
        self.body = body
        self.user = user
        hash = key.hash(hashes)
    }

    func statements(by actor: ID) -> [SQL] {
        [
            """
            INSERT INTO api_keys (id, user_id, hash, prefix, name, created_at)
            VALUES (\(body.id), \(user), \(hash), \(body.prefix), \(body.name), \(body.createdAt))
            """,
            AuditEntry(
                action: .keyCreated, actor: actor, user: user,
                details: ["key_id": .string(body.id.description), "prefix": .string(body.prefix)]
            ).statement,
        ]
    }
}

extension Accounts {
    /// Far above what anybody has use for; a program that makes keys in a loop is stopped here.
    static let keysPerAccount = 1000

    private struct KeyRow: Row {
        let body: APIKeyBody
        init(_ columns: inout Columns) throws(DatabaseError) {
            var body = APIKeyBody()
            body.id = try columns.next()
            body.name = try columns.next()
            body.prefix = try columns.next()
            body.createdAt = try columns.next()
            body.lastUsedAt = try columns.next()
            self.body = body
        }
    }

    func keys(of user: ID, _ page: Page<Cursor>) async throws -> PageBody<APIKeyBody> {
        var filter: SQL = "user_id = \(user) AND revoked_at IS NULL"
        if let last = page.after { filter += " AND id < \(last.id)" }
        let rows = try await database.rows(
            KeyRow.self,
            """
            SELECT id, name, prefix, created_at, last_used_at FROM api_keys
            WHERE \(filter) ORDER BY id DESC LIMIT \(page.reading)
            """)
        return page.body(rows, cursor: { Cursor(id: $0.body.id) }, \.body)
    }

    func createKey(_ name: String, for user: ID, by actor: ID) async throws -> CreatedAPIKeyBody {
        let key = NewKey(name: name, user: user, hashes: keyHashes)
        try await database.transaction { transaction in
            // The lock makes two that come at once count one after the other.
            let status = try await transaction.value(
                String.self, "SELECT status FROM users WHERE id = \(user) FOR UPDATE")
            guard let status else { throw Problem(.notFound, "There is no account of this id.") }
            guard status == "active" else { throw Problem(.conflict, "The account is closed.") }
            let count = try await transaction.value(
                Int.self, "SELECT count(*) FROM api_keys WHERE user_id = \(user) AND revoked_at IS NULL")
            guard count ?? 0 < Self.keysPerAccount else {
                throw Problem(.conflict, "The account has \(Self.keysPerAccount) keys; revoke one first.")
            }
            try await transaction.commit(after: key.statements(by: actor))
        }
        return key.body
    }

    func revokeKey(_ key: ID, of user: ID) async throws {
        try await database.transaction { transaction in
            let changed = try await transaction.execute(
                """
                UPDATE api_keys SET revoked_at = now() WHERE id = \(key) AND user_id = \(user) AND revoked_at IS NULL
                """)
            guard changed == 1 else { throw Problem(.notFound, "There is no key of this id.") }
            try await transaction.commit(after: [
                AuditEntry(
                    action: .keyRevoked, actor: user, user: user, details: ["key_id": .string(key.description)]
                ).statement
            ])
        }
        cache.forget(user)
    }
}
