import Contracts
import ControlCore
import HTTPClient
import JSON
import Kit

/// Speaks to the gateway with one key.
struct GatewayClient: Sendable {
    private static let attempts = 4

    private let http = HTTPClient(.init(userAgent: "namaskahctl/\(Version.text)", connectionsPerHost: 4))
    private let url: String
    private let key: String

    /// `keySetting` is the setting that holds the key to use.
    init(_ settings: Settings, keySetting: String) throws(CommandFailure) {
        url = try settings.url("NAMASKAH_URL", scheme: "http")
        key = try settings.required(keySetting)
    }

    func get<Body: JSONRecord>(
        _ path: String, as type: Body.Type, deadline: Duration = .seconds(15)
    ) async throws -> Body {
        try read(type, try await send(.get, path, deadline: deadline))
    }

    /// Tried again, when the answer is lost, under the same idempotency key: it happens once.
    func post<Body: JSONRecord>(
        _ path: String, _ body: JSON, idempotencyKey: String? = nil, prefer: String? = nil, as type: Body.Type,
        deadline: Duration = .seconds(40)
    ) async throws -> Body {
        try read(
            type,
            try await send(
                .post, path, body: body, idempotencyKey: idempotencyKey, prefer: prefer, deadline: deadline))
    }

    func delete<Body: JSONRecord>(_ path: String, as type: Body.Type) async throws -> Body {
        try read(type, try await send(.delete, path, deadline: .seconds(40)))
    }

    /// Sends and gives back the body of an answer that is no refusal.
    func send(
        _ method: ClientRequest.Method, _ path: String, body: JSON? = nil, idempotencyKey: String? = nil,
        prefer: String? = nil, deadline: Duration
    ) async throws -> [UInt8] {
        var headers = [(name: "X-API-Key", value: key), (name: "Accept", value: "application/json")]
        if body != nil { headers.append((name: "Content-Type", value: "application/json")) }
        if let idempotencyKey { headers.append((name: "Idempotency-Key", value: idempotencyKey)) }
        if let prefer { headers.append((name: "Prefer", value: prefer)) }
        let request = ClientRequest(
            method, url + path, headers: headers, body: body?.bytes, deadline: deadline, maximumBody: 16 << 20)
        let mayRepeat = method == .get || idempotencyKey != nil

        var attempt = 1
        while true {
            do {
                let response = try await http.send(request)
                if (200..<300).contains(response.status) { return response.body }
                let failure = Self.failure(response)
                let isPassing = response.status == 503 || failure.errorCode == ErrorCode.idempotencyInProgress.rawValue
                guard mayRepeat, isPassing, attempt < Self.attempts, (failure.retryAfter ?? 1) <= 5 else {
                    throw failure
                }
                try await Task.sleep(for: .seconds(failure.retryAfter ?? 1))
            } catch let error as HTTPClientError {
                guard error.isRetriable, mayRepeat || error.wasCertainlyNotSent, attempt < Self.attempts else {
                    throw CommandFailure(
                        "the gateway at \(url) does not answer: \(error.message)",
                        mayRepeat || error.wasCertainlyNotSent ? "Is it running?" : "It may have done what was asked.")
                }
                try await Task.sleep(for: .milliseconds(250 * attempt))
            }
            attempt += 1
        }
    }

    private static func failure(_ response: ClientResponse) -> CommandFailure {
        let json = try? JSON(parsing: response.body)  // What is no JSON has no code; the text says so.
        return CommandFailure(
            lines: ProblemText.lines(status: response.status, body: response.body),
            errorCode: json?["error_code"]?.stringValue,
            retryAfter: (json?["details"]?["retry_after_seconds"]?.integerValue).map { Int(clamping: $0) }
                ?? response.header("Retry-After").flatMap { Int($0) })
    }

    private func read<Body: JSONRecord>(_: Body.Type, _ bytes: [UInt8]) throws(CommandFailure) -> Body {
        do {
            return try Body(json: bytes)
        } catch {
            throw CommandFailure("the gateway's answer is not understood", "  \(error.message)")
        }
    }
}
