import Contracts
import Database
import GatewayCore
import JSON
import Kit
import Security

/// What administrators look through.
extension Accounts {
    /// The newest first. An address finds the one account that has it.
    func list(email: String?, role: Role?, _ page: Page<Cursor>) async throws -> PageBody<AccountBody> {
        var filter: SQL = "true"
        if let email { filter += " AND u.email_hash = ANY(\(emailHashes.candidates(EmailAddress(email).folded)))" }
        if let role { filter += " AND u.role = \(role.rawValue)" }
        if let last = page.after { filter += " AND u.id < \(last.id)" }
        let rows = try await database.rows(
            AccountRow.self,
            "SELECT \(AccountRow.columns) FROM users u WHERE \(filter) ORDER BY u.id DESC LIMIT \(page.reading)")
        return try page.body(rows, cursor: { Cursor(id: $0.id) }, { try body($0) })
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
    func auditLog(of user: ID?, _ page: Page<Cursor>) async throws -> PageBody<AuditBody> {
        var filter: SQL = "true"
        if let user { filter += " AND user_id = \(user)" }
        if let last = page.after { filter += " AND id < \(last.id)" }
        let rows = try await database.rows(
            AuditRow.self,
            """
            SELECT id, at, action, actor_id, user_id, details, trace_id FROM audit_log
            WHERE \(filter) ORDER BY id DESC LIMIT \(page.reading)
            """)
        return page.body(rows, cursor: { Cursor(id: $0.body.id) }, \.body)
    }
}
