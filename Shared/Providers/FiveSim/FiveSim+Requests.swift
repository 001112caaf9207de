import HTTPClient
import JSON
import Kit

extension FiveSim {
    /// A question to 5SIM that has not been asked yet.
    struct Question: Sendable {
        var endpoint: FiveSimEndpoint
        var path: [String]
        var query: [(name: String, value: String?)] = []
        var method = ClientRequest.Method.get
        var body: JSON?
        var deadline: Duration?
        var maximumBody = 2 << 20
    }

    /// Asks, and gives back the JSON of a success.
    func ask(_ question: Question) async throws(ProviderError) -> JSON { try await askWithTime(question).json }

    /// The same, with the moment of the answer by 5SIM's clock, where it tells that.
    func askWithTime(_ question: Question) async throws(ProviderError) -> (json: JSON, servedAt: Timestamp?) {
        // An empty part would make another path, and a path of another call may buy something.
        guard question.path.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw mistake(question.endpoint, "A part of the path is empty.")
        }
        let endpoint = question.endpoint
        let told = try await caller.ask(call(question), endpoint.group == .guest ? guestGuard : userGuard) { response in
            FiveSimAnswer.read(
                status: response.status, body: response.body, endpoint: endpoint,
                retryAfter: response.header("Retry-After").flatMap { Int($0) }
            ).map { Told(json: $0, servedAt: response.servedAt) }
        }
        return (told.json, told.servedAt)
    }

    private struct Told: Sendable {
        let json: JSON
        let servedAt: Timestamp?
    }

    private func call(_ question: Question) -> UpstreamCall {
        let endpoint = question.endpoint
        var url = configuration.baseURL
        for part in question.path { url += "/" + UpstreamCall.escaped(part) }
        let usual = endpoint.group == .purchase ? configuration.purchaseDeadline : configuration.readDeadline
        var call = UpstreamCall(
            endpoint.rawValue, endpoint.isRead ? .none : endpoint.mayArriveTwice ? .repeatable : .once,
            isUrgent: endpoint.isUrgent, url: url + UpstreamCall.query(question.query),
            deadline: question.deadline ?? usual)
        call.method = question.method
        call.headers = [("Accept", "application/json"), ("User-Agent", configuration.userAgent)]
        if endpoint.group != .guest { call.headers.append(("Authorization", "Bearer \(configuration.apiKey)")) }
        if question.body != nil { call.headers.append(("Content-Type", "application/json")) }
        call.body = question.body?.bytes
        call.maximumBody = question.maximumBody
        return call
    }

    func mistake(_ endpoint: FiveSimEndpoint, _ text: String) -> ProviderError {
        ProviderError(.ourMistake, endpoint: endpoint.rawValue, text: text)
    }
}
