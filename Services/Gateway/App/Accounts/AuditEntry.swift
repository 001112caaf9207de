import Database
import JSON
import Kit
import Runtime

/// A change of an account, as the audit log keeps it: written in the transaction of the change, never altered.
struct AuditEntry: Sendable {
    enum Action: String, Sendable {
        case registered = "user.registered"
        case created = "user.created"
        case renamed = "user.renamed"
        case roleChanged = "user.role_changed"
        case keyCreated = "api_key.created"
        case keyRevoked = "api_key.revoked"
        case sessionStarted = "session.started"
        case sessionEnded = "session.ended"
        /// A refresh token came a second time: one of its two holders has stolen it.
        case sessionReused = "session.token_reused"
        case passwordRehashed = "user.password_rehashed"
    }

    let action: Action
    let actor: ID
    let user: ID
    /// Without personal data.
    var details = JSON.object([])

    var statement: SQL {
        """
        INSERT INTO audit_log (id, actor_id, user_id, action, details, trace_id)
        VALUES (\(ID.new()), \(actor), \(user), \(action.rawValue), \(details), \(TraceContext.current?.traceID))
        """
    }
}
