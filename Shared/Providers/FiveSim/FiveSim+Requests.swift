import HTTPClient
import JSON
import Kit
import Runtime

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
        do throws(ProviderError) {
            return try await askOnce(question)
        } catch {
            guard question.endpoint.isRead, error.kind == .down, Self.isWorthAnotherTry(error) else { throw error }
            // A cancelled pause ends early, and the second try then ends at once.
            try? await Task.sleep(for: .milliseconds(.random(in: 100...300)))
            return try await askOnce(question)
        }
    }

    /// A 500, or a connection that failed; not a time-out, whose second try would double the caller's wait.
    private static func isWorthAnotherTry(_ error: ProviderError) -> Bool {
        switch error.transport {
        case .couldNotConnect, .connectionLost: true
        case nil: error.status == 500
        default: false
        }
    }

    private func askOnce(_ question: Question) async throws(ProviderError) -> (json: JSON, servedAt: Timestamp?) {
        let endpoint = question.endpoint
        let isGuest = endpoint.group == .guest
        let trace = TraceContext.current?.child()
        let request = request(question, isGuest: isGuest, trace)
        return try await (isGuest ? guestGuard : userGuard).run(
            endpoint.rawValue, endpoint.isUrgent ? .urgent : .ordinary
        ) { () async throws(ProviderError) -> (json: JSON, servedAt: Timestamp?) in
            let start = Timestamp.now
            let response: ClientResponse
            do throws(HTTPClientError) {
                response = try await (endpoint.isRead ? client : purchases).send(request)
            } catch {
                let error = FiveSimAnswer.error(error, endpoint: endpoint)
                record(question, trace, since: start, status: nil, error)
                throw error
            }
            let answer = FiveSimAnswer.read(
                status: response.status, body: response.body, endpoint: endpoint,
                retryAfter: response.header("Retry-After").flatMap { Int($0) })
            switch answer {
            case .success: record(question, trace, since: start, status: response.status, nil)
            case .failure(let error): record(question, trace, since: start, status: response.status, error)
            }
            return (try answer.get(), response.servedAt)
        }
    }

    /// Tells of a call as a span. Not of its URL, which may hold a number.
    private func record(
        _ question: Question, _ trace: TraceContext?, since start: Timestamp, status: Int?, _ error: ProviderError?
    ) {
        guard Tracer.process.isOn, let trace else { return }
        let method = question.method.rawValue
        var attributes: Span.Attributes = [
            ("http.request.method", .string(method)), ("server.address", .string(host)),
            ("namaskah.provider", .string(name)), ("namaskah.provider.endpoint", .string(question.endpoint.rawValue)),
        ]
        if let status { attributes.append(("http.response.status_code", .integer(Int64(status)))) }
        if let error { attributes.append(("error.type", .string(error.label))) }
        Tracer.process.record(
            Span(
                trace, parent: TraceContext.current, .client, "\(method) \(name) \(question.endpoint.rawValue)",
                start: start, attributes, failure: error?.label))
    }

    /// The upstream's name, without scheme, port and path.
    private var host: String {
        let rest = configuration.baseURL.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        return String(rest.prefix { $0 != ":" })
    }

    private func request(_ question: Question, isGuest: Bool, _ trace: TraceContext?) -> ClientRequest {
        var url = configuration.baseURL
        for part in question.path { url += "/" + Self.escaped(part) }
        let query = question.query.compactMap { pair in pair.value.map { "\(pair.name)=\(Self.escaped($0))" } }
        if !query.isEmpty { url += "?" + query.joined(separator: "&") }
        var headers = [(name: "Accept", value: "application/json"), ("User-Agent", configuration.userAgent)]
        if !isGuest { headers.append(("Authorization", "Bearer \(configuration.apiKey)")) }
        if question.body != nil { headers.append(("Content-Type", "application/json")) }
        if let trace { headers.append(("traceparent", trace.traceparent)) }
        let usual =
            question.endpoint.group == .purchase ? configuration.purchaseDeadline : configuration.readDeadline
        return ClientRequest(
            question.method, url, headers: headers, body: question.body?.bytes,
            deadline: question.deadline ?? usual, freshConnection: !question.endpoint.mayArriveTwice,
            maximumBody: question.maximumBody)
    }

    func mistake(_ endpoint: FiveSimEndpoint, _ text: String) -> ProviderError {
        ProviderError(.ourMistake, endpoint: endpoint.rawValue, text: text)
    }

    /// Percent-encodes everything but the unreserved characters of RFC 3986.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += hex.utf8.count == 1 ? "%0" + hex : "%" + hex
            }
        }
        return result
    }
}
