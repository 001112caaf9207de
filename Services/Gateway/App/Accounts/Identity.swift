import GatewayCore
import HTTPServer
import Kit

/// Who sent a request, as authentication found out.
struct Identity: Hashable, Sendable {
    enum Proof: Hashable, Sendable {
        case token(session: ID?)
        case apiKey(ID)
        /// The key out of the configuration that makes the first accounts.
        case bootstrap
    }

    let userID: ID
    let role: Role
    let proof: Proof
    /// Requests a minute; nil for the usual number, 0 for no limit.
    let rateLimitPerMinute: Int?
}

extension HTTPRequest {
    /// Who sent it. Routes behind authentication have one.
    var identity: Identity {
        get throws(Problem) {
            guard let identity = context[Identity.self] else {
                throw Problem(
                    .unauthenticated, "Send an API key in X-API-Key, or a token in Authorization: Bearer.")
            }
            return identity
        }
    }
}

/// Lets only a role, or what includes it, through.
func requireRole(_ role: Role) -> Router.Middleware {
    { request, next in
        guard try request.identity.role.includes(role) else {
            throw Problem(.forbidden, "This needs the role \(role.rawValue).")
        }
        return try await next(request)
    }
}
