import HTTPClient
import JSON
import Kit
import Providers
import Runtime
import SandboxApp

/// One of the upstreams of the SMS-Activate protocol in a sandbox, spoken to by hand.
struct HandlerHarness: Sendable {
    let sandbox: SandboxHarness
    let vendor: String
    let key: String

    static let vendors = ["sms-activate", "hero"]

    /// Runs a sandbox around `body`; no message comes by itself, and nothing is limited.
    static func run<Result: Sendable>(
        _ vendor: String, _ body: @Sendable (HandlerHarness) async throws -> Result
    ) async throws -> Result {
        let configuration = SandboxConfiguration()
        let key = vendor == "hero" ? configuration.heroKey : configuration.smsActivateKey
        return try await SandboxHarness.run { sandbox in
            try await body(HandlerHarness(sandbox: sandbox, vendor: vendor, key: key))
        }
    }

    var url: String { "\(sandbox.root)/\(vendor)/stubs/handler_api.php" }

    func ask(
        _ action: String, _ parameters: [(name: String, value: String?)] = [], key: String? = nil
    ) async throws -> ClientResponse {
        let query = UpstreamCall.query([("api_key", key ?? self.key), ("action", action)] + parameters)
        return try await sandbox.client.send(
            ClientRequest(.get, url + query, deadline: .seconds(60), freshConnection: true, maximumBody: 16 << 20))
    }

    func text(_ action: String, _ parameters: [(name: String, value: String?)] = []) async throws -> String {
        try await ask(action, parameters).text
    }

    func json(_ action: String, _ parameters: [(name: String, value: String?)] = []) async throws -> JSON {
        try JSON(parsing: try await ask(action, parameters).body)
    }

    @discardableResult
    func control(_ method: ClientRequest.Method, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        try await sandbox.control(method, "/\(vendor)\(path)", body)
    }

    func fault(_ endpoint: String, _ kind: String) async throws {
        try await control(
            .post, "/faults", ["endpoint": .string(endpoint), "kind": .string(kind), "count": 1])
    }

    func sms(_ id: String, _ text: String) async throws {
        try await control(.post, "/orders/\(id)/sms", ["text": .string(text)])
    }

    /// Buys by the older call and tells the id.
    func buy(_ service: String = "tg", _ more: [(name: String, value: String?)] = []) async throws -> String {
        let text = try await text("getNumber", [("service", service), ("country", "16")] + more)
        let parts = text.split(separator: ":")
        guard parts.count == 3, parts[0] == "ACCESS_NUMBER" else {
            throw SandboxHarness.Refused(status: 200, text: text)
        }
        return String(parts[1])
    }

    func movements(_ kind: String) async throws -> Int {
        (try await control(.get, "/books")["movements"]?.arrayValue ?? []).filter { $0["kind"]?.stringValue == kind }
            .count
    }

    /// Our own adapter for it.
    func adapter(
        _ change: (inout SMSActivateDialect) -> Void = { _ in }
    ) -> SMSActivate {
        var dialect: SMSActivateDialect = vendor == "hero" ? .hero : .smsActivate
        change(&dialect)
        return SMSActivate(
            .init(
                dialect, apiKey: key, baseURL: url, purchaseDeadline: .seconds(60), readDeadline: .seconds(60)),
            client: sandbox.client, purchases: sandbox.client, metrics: Metrics(),
            budget: RequestBudget(rate: 10_000, burst: 10_000))
    }
}
