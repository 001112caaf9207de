import Contracts
import Database
import GatewayCore
import JSON
import Kit
import Security

/// What administrators look through.
extension Accounts {
    /// The newest first. An address finds the one account that has it.
    func list(email: String?, role: Role?, before: ID?, limit: Int) async throws -> PageBody<AccountBody> {
        var filter: SQL = "true"
        if let email { filter += " AND u.email_hash = ANY(\(emailHashes.candidates(EmailAddress(email).folded)))" }
        if let role { filter += " AND u.role = \(role.rawValue)" }
        if let before { filter += " AND u.id < \(before)" }
        let rows = try await database.rows(
            AccountRow.self,
            "SELECT \(AccountRow.columns) FROM users u WHERE \(filter) ORDER BY u.id DESC LIMIT \(limit + 1)")
        return PageBody(try rows.map { try body($0) }, limit: limit, id: \.id)
    }

    private struct AuditRow: Row {
        let body: AuditBody
        init(_ columns: inout Columns) throws(DatabaseError) {
            var body = AuditBody()
            body.id = try columns.next()
            body.at = try columns.next()
            body.action = try columns.next()
            body.actorID = try columns.next()
            body.userID = try columns.next()
            body.details = try columns.next()
            body.traceID = try columns.next()
            self.body = body
        }
    }

    /// The newest first.
    func auditLog(of user: ID?, before: ID?, limit: Int) async throws -> PageBody<AuditBody> {
        var filter: SQL = "true"
        if let user { filter += " AND user_id = \(user)" }
        if let before { filter += " AND id < \(before)" }
        let rows = try await database.rows(
            AuditRow.self,
            """
            SELECT id, at, action, actor_id, user_id, details, trace_id FROM audit_log
            WHERE \(filter) ORDER BY id DESC LIMIT \(limit + 1)
            """)
        return PageBody(rows.map(\.body), limit: limit, id: \.id)
    }
}
