import JSON
import Kit

/// What a token of ours says about its bearer.
package struct TokenClaims: Hashable, Sendable {
    /// `jti`: this token alone.
    package var id = ID.zero
    /// `sub`: the user.
    package var subject = ID.zero
    /// `role`: what the user may do.
    package var role = ""
    /// `typ`: what the token is for, `access` for instance.
    package var type = ""
    /// `sid`: the sign-in it came from; with that, it can be ended before its time.
    package var session: ID?
    /// `iat`
    package var issuedAt = Timestamp(seconds: 0)
    /// `nbf`
    package var notBefore: Timestamp?
    /// `exp`
    package var expiresAt = Timestamp(seconds: 0)

    package init() {}
}

/// The claims as RFC 7519 spells them.
private struct WireClaims: JSONRecord {
    var iss = ""
    var sub = ID.zero
    var jti = ID.zero
    var sid: ID?
    var role = ""
    var typ = ""
    var iat: Int64 = 0
    var nbf: Int64?
    var exp: Int64 = 0

    mutating func map(_ fields: inout some JSONMapper) {
        // The limits keep a moment within what a Timestamp can hold: the year 9999.
        fields.required("iss", &iss)
        fields.required("sub", &sub)
        fields.required("jti", &jti)
        fields.optional("sid", &sid)
        fields.required("role", &role)
        fields.required("typ", &typ)
        fields.required("iat", &iat, .range(0...253_402_300_799))
        fields.optional("nbf", &nbf, .range(0...253_402_300_799))
        fields.required("exp", &exp, .range(0...253_402_300_799))
    }
}

/// Issues and verifies signed tokens (RFC 7519, HS256). Keys may be changed while it runs: the ring's current key
/// signs, all of them verify. Keeps no state: whether a token was withdrawn is the caller's to know.
package struct JWT: Sendable {
    private let keys: Keyring
    private let issuer: String
    private let leeway: Duration

    /// `leeway` is how far the clocks of our machines may stand apart.
    package init(_ keys: Keyring, issuer: String = "namaskah", leeway: Duration = .seconds(30)) {
        precondition(keys.all.allSatisfy { $0.secret.count >= 32 }, "RFC 7518 § 3.2: an HS256 key has 32 bytes or more")
        self.keys = keys
        self.issuer = issuer
        self.leeway = leeway
    }

    /// A new token. Times travel in whole seconds, so the claims given back have them cut to that.
    package func issue(
        subject: ID, role: String, type: String, lifetime: Duration, session: ID? = nil, now: Timestamp = .now
    ) -> (token: String, claims: TokenClaims) {
        let seconds = now.microseconds / 1_000_000
        let wire = WireClaims(
            iss: issuer, sub: subject, jti: ID.new(at: now), sid: session, role: role, typ: type, iat: seconds,
            exp: seconds + lifetime.components.seconds)
        return (JWS.sign(wire.json, key: keys.current), TokenClaims(wire))
    }

    /// The claims of a token of this type that is ours, whole and in its time.
    package func verify(_ token: String, type: String, now: Timestamp = .now) throws(SecurityError) -> TokenClaims {
        let payload = try JWS.payload(token) { JWS.id($0).flatMap { keys.key($0)?.secret } }
        let wire: WireClaims
        do { wire = try WireClaims(json: payload) } catch {
            throw SecurityError(.invalid, "The token lacks what ours say")
        }
        guard wire.iss == issuer else { throw SecurityError(.wrongPurpose, "The token is another issuer's") }
        guard wire.typ == type else { throw SecurityError(.wrongPurpose, "The token is not a token for this") }
        let claims = TokenClaims(wire)
        guard now < claims.expiresAt + leeway else { throw SecurityError(.expired, "The token's time is over") }
        guard now + leeway >= max(claims.notBefore ?? claims.issuedAt, claims.issuedAt) else {
            throw SecurityError(.notYetValid, "The token's time has not come")
        }
        return claims
    }
}

extension TokenClaims {
    fileprivate init(_ wire: WireClaims) {
        id = wire.jti
        subject = wire.sub
        role = wire.role
        type = wire.typ
        session = wire.sid
        issuedAt = Timestamp(seconds: wire.iat)
        notBefore = wire.nbf.map { Timestamp(seconds: $0) }
        expiresAt = Timestamp(seconds: wire.exp)
    }
}
