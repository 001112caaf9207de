import Contracts
import Database
import HTTPServer
import JSON
import Kit
import Security

/// An `Idempotency-Key` and the request it stands for.
struct IdempotencyKey: Sendable {
    let account: ID
    let key: String
    /// Over method, path and body: the same key must mean the same request.
    let hash: [UInt8]

    /// Nil when the request has none. Throws when it is not 1 to 255 printable characters.
    init?(_ request: HTTPRequest, account: ID) throws(Problem) {
        guard let key = request.headers["Idempotency-Key"] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw Problem.invalid("headers.Idempotency-Key", "must be 1 to 255 printable ASCII characters")
        }
        self.account = account
        self.key = key
        hash = sha256(Array("\(request.method) \(request.route)\n".utf8) + request.body)
    }
}

/// The first answer to a request that came with a key, and how a repeat is answered.
struct StoredAnswer: Sendable, Row {
    /// How much longer than it is ready to wait a request may take. One that has no answer after that has lost its
    /// gateway, the database or its client, and a repeat is answered with what has become of its resource.
    private static let grace = 5

    /// When, in seconds from now, the answer of a request that waits is there or never comes.
    static func seconds(waiting: Duration) -> Int { Int(waiting.inSeconds.rounded(.up)) + grace }

    let hash: [UInt8]
    let resource: ID
    let status: Int?
    let location: String?
    let body: [UInt8]?
    let isOld: Bool

    init(_ columns: inout Columns) throws(DatabaseError) {
        hash = try columns.next()
        resource = try columns.next()
        status = try columns.next()
        location = try columns.next()
        body = try columns.next()
        isOld = try columns.next()
    }

    static func find(_ key: IdempotencyKey, in database: Database) async throws -> StoredAnswer? {
        try await database.first(
            StoredAnswer.self,
            """
            SELECT request_hash, resource, status::bigint, location, body, answer_by < now()
            FROM idempotency WHERE account_id = \(key.account) AND key = \(key.key)
            """)
    }

    /// Keeps what is answered for repeats, and gives what to answer: what was kept already, where another was quicker.
    static func keep(
        _ response: HTTPResponse, for key: IdempotencyKey, in database: Database
    ) async throws -> HTTPResponse {
        guard case .bytes(let body) = response.body else { return response }
        let kept = try await database.execute(
            """
            UPDATE idempotency SET status = \(response.status), location = \(response.headers["Location"]), body = \(body)
            WHERE account_id = \(key.account) AND key = \(key.key) AND status IS NULL
            """)
        guard kept == 0, let stored = try await find(key, in: database) else { return response }
        return try stored.replay(key) ?? response
    }

    /// The answer to a repeat. Nil when the first request died without one; then it is rebuilt from the resource.
    func replay(_ key: IdempotencyKey) throws(Problem) -> HTTPResponse? {
        guard constantTimeEqual(hash, key.hash) else {
            throw Problem(
                .idempotencyMismatch,
                "This Idempotency-Key was used with another request. Use a new key for a new request.")
        }
        guard let status, let body else {
            if isOld { return nil }
            throw Problem(
                .idempotencyInProgress, "The first request with this key is still being answered.", retryAfter: 1)
        }
        var response = HTTPResponse(
            status,
            headers: [
                "Content-Type": status >= 400 ? "application/problem+json" : "application/json",
                "Idempotent-Replayed": "true",
            ], body: body)
        if let location { response.headers.set("Location", location) }
        // Said twice in the first answer, and kept once.
        if status >= 400, let details = (try? JSON(parsing: body))?["details"],
            let seconds = details["retry_after_seconds"]?.integerValue
        {
            response.headers.set("Retry-After", String(seconds))
        }
        return response
    }
}
