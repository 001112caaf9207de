import Bus
import ControlCore
import HTTPClient
import JSON
import Kit

/// Speaks to the broker's management API.
struct BrokerManagement: Sendable {
    private let http = HTTPClient(.init(userAgent: "namaskahctl/\(Version.text)", connectionsPerHost: 4))
    private let url: String

    init(_ settings: Settings) throws(CommandFailure) {
        url = try settings.url("AMQP_MANAGEMENT_URL", scheme: "http")
    }

    /// The virtual host that everything lives in, and where others reach it.
    static func address(_ settings: Settings) throws(CommandFailure) -> AMQPAddress {
        let text = try settings.required("AMQP_ADMIN_URL")
        do {
            return try AMQPAddress(text)
        } catch {
            throw CommandFailure("AMQP_ADMIN_URL cannot be used: \(error.message)", exitCode: 2)
        }
    }

    func get(_ path: String, to purpose: String) async throws(CommandFailure) -> JSON {
        let response = try await send(.get, path, body: nil, to: purpose)
        do {
            return try JSON(parsing: response.body)
        } catch {
            throw CommandFailure("the broker's answer is not understood: \(error.message)")
        }
    }

    /// Does a step; what is to be deleted may be gone already.
    func perform(_ step: PublisherAccess.Step) async throws(CommandFailure) {
        let method: ClientRequest.Method =
            switch step.method {
            case .put: .put
            case .post: .post
            case .delete: .delete
            }
        _ = try await send(method, step.path, body: step.body, to: step.purpose)
    }

    private func send(
        _ method: ClientRequest.Method, _ path: String, body: JSON?, to purpose: String
    ) async throws(CommandFailure) -> ClientResponse {
        let response: ClientResponse
        do {
            response = try await http.send(
                ClientRequest(
                    method, "\(url)/api/\(path)", headers: [(name: "Content-Type", value: "application/json")],
                    body: body?.bytes, deadline: .seconds(15), maximumBody: 32 << 20))
        } catch {
            throw CommandFailure(
                "could not \(purpose): the broker's management API does not answer: \(error.message)")
        }
        if (200..<300).contains(response.status) || (method == .delete && response.status == 404) { return response }
        let json = try? JSON(parsing: response.body)  // A body that is no JSON adds nothing to the status.
        let reason = json?["reason"]?.stringValue.map { ": \($0)" } ?? ""
        throw CommandFailure(
            "could not \(purpose): the broker answered with status \(response.status)\(TextTable.printable(reason))")
    }
}
