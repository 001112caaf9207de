import HTTPClient
import JSON
import Kit
import Providers
import Runtime

@testable import SandboxApp

/// A sandbox whose TextVerified is spoken to.
struct TextVerifiedHarness: Sendable {
    static let email = "someone@example.com"

    let sandbox: SandboxHarness

    var base: String { sandbox.root + "/textverified/api/pub/v2" }

    /// Runs a sandbox around `body`, in which no message comes by itself.
    static func run(
        _ change: (inout SandboxConfiguration) -> Void = { _ in },
        _ body: @Sendable (TextVerifiedHarness) async throws -> Void
    ) async throws {
        try await SandboxHarness.run(
            { configuration in
                configuration.textVerifiedKey = SandboxHarness.key
                configuration.textVerifiedEmail = email
                change(&configuration)
            }
        ) { try await body(TextVerifiedHarness(sandbox: $0)) }
    }

    func adapter(
        budget: RequestBudget = RequestBudget(rate: 10_000, burst: 10_000),
        _ change: (inout TextVerified.Configuration) -> Void = { _ in }
    ) -> TextVerified {
        var configuration = TextVerified.Configuration(
            apiKey: SandboxHarness.key, email: Self.email, baseURL: base, purchaseDeadline: .seconds(60),
            readDeadline: .seconds(60))
        configuration.pricePause = .zero
        configuration.salePause = .milliseconds(50)
        change(&configuration)
        return TextVerified(
            configuration, client: sandbox.client, purchases: sandbox.client, metrics: Metrics(),
            budget: budget)
    }

    // MARK: the wire

    func logIn() async throws -> String {
        let answer = try await send(
            .post, "/auth", headers: [("X-API-KEY", SandboxHarness.key), ("X-API-USERNAME", Self.email)])
        return try JSON(parsing: answer.body)["token"]?.stringValue ?? ""
    }

    func send(
        _ method: ClientRequest.Method, _ path: String, token: String? = nil, _ body: JSON? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> ClientResponse {
        var all = headers
        if let token { all.append(("Authorization", "Bearer \(token)")) }
        if body != nil { all.append(("Content-Type", "application/json")) }
        let url = path.hasPrefix("http") ? path : base + path
        return try await sandbox.client.send(
            ClientRequest(method, url, headers: all, body: body?.bytes, deadline: .seconds(60), freshConnection: true))
    }

    func json(_ path: String, token: String) async throws -> JSON {
        try JSON(parsing: try await send(.get, path, token: token).body)
    }

    /// Buys, and tells the id.
    func buy(_ token: String, _ service: String = "telegram", _ capability: String = "sms") async throws -> String {
        let answer = try await send(
            .post, "/verifications", token: token,
            ["serviceName": .string(service), "capability": .string(capability)])
        guard answer.status == 201, let place = answer.header("Location") else {
            throw SandboxHarness.Refused(status: answer.status, text: answer.text)
        }
        return place.split(separator: "/").last.map(String.init) ?? ""
    }

    // MARK: controls

    @discardableResult
    func control(_ method: ClientRequest.Method, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        try await sandbox.control(method, "/textverified" + path, body)
    }

    func text(_ ref: String, _ text: String, _ more: [JSON.Member] = []) async throws {
        try await control(.post, "/orders/\(ref)/sms", .object([.init("text", .string(text))] + more))
    }

    func advance(_ milliseconds: Int64) async throws {
        try await control(.post, "/clock", ["advance_ms": .integer(milliseconds)])
    }

    func fault(_ endpoint: String, _ kind: String, _ more: [JSON.Member] = []) async throws {
        let members: [JSON.Member] = [
            .init("endpoint", .string(endpoint)), .init("kind", .string(kind)), .init("count", 1),
        ]
        try await control(.post, "/faults", .object(members + more))
    }

    /// What the sandbox was asked, by endpoint.
    func requests() async throws -> [String: Int] {
        let told = try await control(.get, "/requests")["requests"]?.arrayValue ?? []
        return told.reduce(into: [:]) { $0[$1["endpoint"]?.stringValue ?? "", default: 0] += 1 }
    }
}

/// What a call was refused with; nil when it was not.
func refusal<Value>(_ body: () async throws(ProviderError) -> Value) async -> ProviderError.Kind? {
    do throws(ProviderError) {
        _ = try await body()
        return nil
    } catch {
        return error.kind
    }
}

/// What the header of a recording says was said.
func spoken(in header: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(header.utf8)[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        else {
            bytes.append(byte)
            continue
        }
        bytes.append(value)
        rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
}
