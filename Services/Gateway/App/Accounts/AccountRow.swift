import Contracts
import Database
import GatewayCore
import Kit

/// Questions about accounts that other rooms of the gateway ask.
enum AccountRows {
    /// Whether there is such an account, and it is not closed.
    static func exists(_ user: ID, in transaction: Transaction) async throws -> Bool {
        try await transaction.value(Bool.self, "SELECT true FROM users WHERE id = \(user) AND status = 'active'")
            ?? false
    }
}

/// An account as it lies in the table, its personal data sealed.
struct AccountRow: Row {
    static let columns: SQL = """
        u.id, u.email_sealed, u.name_sealed, u.role, u.kind, u.status, u.rate_limit_per_minute::bigint, u.created_at
        """

    let id: ID
    let emailSealed: String?
    let nameSealed: String
    let role: String
    let kind: String
    let status: String
    let rateLimitPerMinute: Int?
    let createdAt: Timestamp

    init(_ columns: inout Columns) throws(DatabaseError) {
        id = try columns.next()
        emailSealed = try columns.next()
        nameSealed = try columns.next()
        role = try columns.next()
        kind = try columns.next()
        status = try columns.next()
        rateLimitPerMinute = try columns.next()
        createdAt = try columns.next()
    }
}

/// Whose a key or a session is.
struct IdentityRow: Row {
    static let columns: SQL = "u.id, u.role, u.rate_limit_per_minute::bigint"

    let userID: ID
    let role: Role
    let rateLimitPerMinute: Int?
    /// The key or the session.
    let proofID: ID

    init(_ columns: inout Columns) throws(DatabaseError) {
        userID = try columns.next()
        // The column's check knows the same words.
        role = Role(rawValue: try columns.next()) ?? .user
        rateLimitPerMinute = try columns.next()
        proofID = try columns.next()
    }

    func identity(_ proof: Identity.Proof) -> Identity {
        Identity(userID: userID, role: role, proof: proof, rateLimitPerMinute: rateLimitPerMinute)
    }
}
