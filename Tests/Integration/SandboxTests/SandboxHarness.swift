import HTTPClient
import HTTPServer
import JSON
import Kit
import Runtime
import SandboxApp
import SandboxCore
import TestSupport

/// A sandbox of its own on a free port, and a client that speaks to it.
struct SandboxHarness: Sendable {
    static let key = "test-key"

    let app: SandboxApp
    let client = HTTPClient()

    var root: String { "http://127.0.0.1:\(app.http.port)" }
    var base: String { root + "/5sim/v1" }

    /// Runs a sandbox around `body`. No message comes by itself, and nothing is limited, unless `change` says otherwise.
    static func run<Result: Sendable>(
        _ change: (inout SandboxConfiguration) -> Void = { _ in },
        _ body: @Sendable (SandboxHarness) async throws -> Result
    ) async throws -> Result {
        var configuration = SandboxConfiguration()
        configuration.port = 0
        configuration.apiKey = key
        configuration.balance = Money(micro: 1_000_000_000)
        configuration.arrival.mode = .manual
        configuration.settings.requestsPerSecond = nil
        configuration.marketMoves = false
        change(&configuration)
        let harness = SandboxHarness(app: try buildSandbox(configuration, log: .silent))
        defer { harness.client.shutdown() }
        return try await running(harness.app.services) { try await body(harness) }
    }

    func get(
        _ path: String, key: String? = SandboxHarness.key, deadline: Duration = .seconds(60)
    ) async throws -> ClientResponse {
        try await client.send(
            ClientRequest(
                .get, base + path, headers: key.map { [("Authorization", "Bearer \($0)")] } ?? [], deadline: deadline,
                freshConnection: true, maximumBody: 32 << 20))
    }

    func json(_ path: String) async throws -> JSON { try JSON(parsing: try await get(path).body) }

    /// Sends a command to the controls; the answer must be one of success.
    @discardableResult
    func control(_ method: ClientRequest.Method, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        let answer = try await client.send(
            ClientRequest(
                method, root + "/_control" + path,
                headers: body == nil ? [] : [("Content-Type", "application/json")], body: body?.bytes,
                deadline: .seconds(60)))
        guard (200...299).contains(answer.status) else { throw Refused(status: answer.status, text: answer.text) }
        return answer.body.isEmpty ? .null : try JSON(parsing: answer.body)
    }

    struct Refused: Error, Sendable {
        let status: Int
        let text: String
    }

    /// Buys a number and tells the order's id.
    func buy(_ product: String = "telegram") async throws -> Int64 {
        let order = try await json("/user/buy/activation/england/any/\(product)")
        guard let id = order["id"]?.integerValue else { throw Refused(status: 200, text: order.text) }
        return id
    }

    func orders() async throws -> Int64 {
        try await control(.get, "/books?limit=0")["orders"]?["total"]?.integerValue ?? -1
    }

    func fault(_ endpoint: String, _ kind: String, _ more: [JSON.Member] = []) async throws {
        let members: [JSON.Member] = [
            .init("endpoint", .string(endpoint)), .init("kind", .string(kind)), .init("count", 1),
        ]
        try await control(.post, "/faults", .object(members + more))
    }
}
