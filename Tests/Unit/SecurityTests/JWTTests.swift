import JSON
import Kit
import Testing

@testable import Security

@Suite struct JWTTests {
    let jwt = JWT(Keyring(Secret(masterText)))
    let user = ID.new()
    let start = Timestamp(seconds: 1_790_000_000)

    private func token(type: String = "access", lifetime: Duration = .seconds(900)) -> String {
        jwt.issue(subject: user, role: "user", type: type, lifetime: lifetime, now: start).token
    }

    @Test("the signature is the one RFC 7515 prints (A.1)")
    func vector() throws {
        let key = try #require(
            Base64.urlBytes(
                "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"))
        let token =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let payload = try JWS.payload(token) { $0 == nil ? Secret(key) : nil }
        #expect(try JSON(parsing: payload)["iss"] == "joe")
    }

    @Test("a token says what was put into it")
    func roundTrip() throws {
        let session = ID.new()
        let (token, claims) = jwt.issue(
            subject: user, role: "admin", type: "access", lifetime: .seconds(900), session: session, now: start)
        let read = try jwt.verify(token, type: "access", now: start)
        #expect(read == claims)
        #expect(read.subject == user && read.role == "admin" && read.session == session)
        #expect(read.issuedAt == start && read.expiresAt == start + .seconds(900))
        #expect(token.utf8.count < 512)
    }

    @Test("two tokens of the same moment have different ids")
    func ids() {
        let both = (0..<2).map { _ in
            jwt.issue(subject: user, role: "user", type: "access", lifetime: .seconds(1), now: start).claims.id
        }
        #expect(both[0] != both[1])
    }

    @Test("a change of any character is refused")
    func tampering() {
        let token = token()
        for index in token.utf8.indices {
            var bytes = Array(token.utf8)
            let place = token.utf8.distance(from: token.utf8.startIndex, to: index)
            bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: SecurityError.self) {
                try jwt.verify(String(decoding: bytes, as: UTF8.self), type: "access", now: start)
            }
        }
    }

    @Test("expiry and the time before are kept to, with the leeway and no more")
    func times() throws {
        let token = token(lifetime: .seconds(900))
        func code(_ now: Timestamp) -> SecurityError.Code? {
            do {
                _ = try jwt.verify(token, type: "access", now: now)
                return nil
            } catch { return error.code }
        }
        #expect(code(start - .seconds(30)) == nil)
        #expect(code(start - .microseconds(30_000_001)) == .notYetValid)
        #expect(code(start + .microseconds(929_999_999)) == nil)
        #expect(code(start + .seconds(930)) == .expired)
    }

    @Test("a token for one thing is no token for another, nor for another issuer")
    func purposes() throws {
        #expect(throws: SecurityError(.wrongPurpose, "The token is not a token for this")) {
            try jwt.verify(token(type: "mfa"), type: "access", now: start)
        }
        let other = JWT(Keyring(Secret(masterText)), issuer: "elsewhere")
        #expect(throws: SecurityError(.wrongPurpose, "The token is another issuer's")) {
            try other.verify(token(), type: "access", now: start)
        }
    }

    @Test("after a change of keys old tokens are believed, and a dropped key's are not")
    func rotation() throws {
        let (old, new) = (Secret(masterText), Secret("the new secret key, thirty-two bytes"))
        let token = token()
        let during = JWT(Keyring(new, previous: [old]))
        #expect(try during.verify(token, type: "access", now: start).subject == user)
        #expect(throws: SecurityError(.unknownKey, "The token was signed with a key that is not in the ring")) {
            try JWT(Keyring(new)).verify(token, type: "access", now: start)
        }
        let fresh = during.issue(subject: user, role: "user", type: "access", lifetime: .seconds(9), now: start).token
        #expect(try JWT(Keyring(new)).verify(fresh, type: "access", now: start).subject == user)
    }

    /// A token with any header and payload, signed with our key.
    private func forged(header: JSON, payload: JSON, signature: [UInt8]? = nil) -> String {
        let signed = Base64.urlText(header.bytes) + "." + Base64.urlText(payload.bytes)
        let code = signature ?? HMAC.sha256(key: Secret(masterText), signed.utf8)
        return signed + "." + Base64.urlText(code)
    }

    private var keyName: JSON { .string(JWS.name(Keyring(Secret(masterText)).current.id)) }

    private func payload(_ changes: [String: JSON?] = [:]) -> JSON {
        let members: [(String, JSON)] = [
            ("iss", "namaskah"), ("sub", .string(user.description)), ("jti", .string(ID.new().description)),
            ("role", "user"), ("typ", "access"), ("iat", 1_790_000_000), ("exp", 1_790_000_900),
        ]
        let kept = members.filter { changes[$0.0] == nil }
        return .object(
            kept.map { JSON.Member($0.0, $0.1) } + changes.compactMap { name, value in value.map { .init(name, $0) } })
    }

    @Test("the forger of these tests makes good tokens, so that what it changes is what is refused")
    func forger() throws {
        let token = forged(header: ["alg": "HS256", "kid": keyName], payload: payload())
        #expect(try jwt.verify(token, type: "access", now: start).subject == user)
    }

    @Test("only HS256 is taken, and no extension that must be understood")
    func algorithms() {
        let headers: [JSON] = [
            ["alg": "none", "kid": keyName], ["alg": "None", "kid": keyName], ["alg": "HS512", "kid": keyName],
            ["alg": "RS256", "kid": keyName], ["alg": "hs256", "kid": keyName], ["alg": nil, "kid": keyName],
            ["kid": keyName], ["alg": ["HS256"], "kid": keyName], ["alg": "HS256"], ["alg": "HS256", "kid": 1],
            ["alg": "HS256", "kid": "+0000001"], ["alg": "HS256", "kid": "../../key"],
            ["alg": "HS256", "kid": keyName, "crit": ["exp"]], ["alg": "HS256", "kid": keyName, "b64": false],
            [], "HS256",
        ]
        for header in headers {
            #expect(throws: SecurityError.self, "\(header.text)") {
                try jwt.verify(forged(header: header, payload: payload()), type: "access", now: start)
            }
            #expect(throws: SecurityError.self, "\(header.text), unsigned") {
                try jwt.verify(forged(header: header, payload: payload(), signature: []), type: "access", now: start)
            }
        }
    }

    @Test("a signed token that lacks a claim, or has one of the wrong kind, is refused")
    func claims() {
        for name in ["iss", "sub", "jti", "role", "typ", "iat", "exp"] {
            let values: [JSON?] = [
                .none, .some(.null), .some(.object([])), .some(.integer(-1)), .some(.number(1.5)), .some(.string("x")),
            ]
            for value in values {
                // Any word is a role; which roles there are is not the token's business.
                if name == "role", value?.stringValue != nil { continue }
                let token = forged(header: ["alg": "HS256", "kid": keyName], payload: payload([name: value]))
                #expect(throws: SecurityError.self, "\(name) = \(value?.text ?? "nothing")") {
                    try jwt.verify(token, type: "access", now: start)
                }
            }
        }
    }

    @Test("times beyond what a clock can hold are refused, not trapped on")
    func extremes() {
        for value in [Int64.max, Int64.min, 253_402_300_800] {
            for name in ["iat", "nbf", "exp"] {
                let token = forged(
                    header: ["alg": "HS256", "kid": keyName], payload: payload([name: .integer(value)]))
                #expect(throws: SecurityError.self) { try jwt.verify(token, type: "access", now: start) }
            }
        }
    }

    @Test("nbf holds a token back")
    func notBefore() throws {
        let token = forged(header: ["alg": "HS256", "kid": keyName], payload: payload(["nbf": 1_790_000_100]))
        #expect(throws: SecurityError(.notYetValid, "The token's time has not come")) {
            try jwt.verify(token, type: "access", now: start)
        }
        #expect(try jwt.verify(token, type: "access", now: start + .seconds(100)).subject == user)
    }

    @Test(
        "what is not three parts of base64url is refused",
        arguments: ["", ".", "..", "...", "a.b", "a.b.c.d", "e30.e30.", " e30.e30.e30", "e30.e30.e30=", "🔑.🔑.🔑"])
    func shapes(_ text: String) {
        #expect(throws: SecurityError.self) { try jwt.verify(text, type: "access", now: start) }
    }

    @Test("a token longer than any of ours is not looked at")
    func longTokens() {
        let big = forged(
            header: ["alg": "HS256", "kid": keyName],
            payload: payload(["pad": .string(String(repeating: "x", count: 4000))]))
        #expect(throws: SecurityError(.invalid, "The token is too long")) {
            try jwt.verify(big, type: "access", now: start)
        }
    }
}
