import HTTPClient
import JSON
import Kit

extension TextVerified {
    /// A question to TextVerified that has not been asked yet.
    struct Question: Sendable {
        var endpoint: TextVerifiedEndpoint
        var url: String
        var method: ClientRequest.Method
        var body: JSON?
        var deadline: Duration?
        /// Beside what is urgent by itself.
        var isUrgent = false
        var maximumBody = 4 << 20

        init(
            _ endpoint: TextVerifiedEndpoint, _ url: String, _ method: ClientRequest.Method = .get, body: JSON? = nil,
            deadline: Duration? = nil
        ) {
            self.endpoint = endpoint
            self.url = url
            self.method = method
            self.body = body
            self.deadline = deadline
        }
    }

    /// The JSON of a success, and what stood above it.
    struct Told: Sendable {
        let json: JSON
        let location: String?
        let servedAt: Timestamp?
    }

    /// The address of a path. An empty part would make another path, and a path of another call may buy something.
    func url(
        _ endpoint: TextVerifiedEndpoint, _ path: [String], _ query: [(name: String, value: String?)] = []
    ) throws(ProviderError) -> String {
        guard path.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw mistake(endpoint, "A part of the path is empty.")
        }
        return configuration.baseURL + path.map { "/" + UpstreamCall.escaped($0) }.joined()
            + UpstreamCall.query(query)
    }

    /// Asks, and gives back what a success says.
    func ask(_ question: Question) async throws(ProviderError) -> Told {
        let endpoint = question.endpoint
        return try await authorised(question) { response in
            Self.read(response, endpoint)
                .map { Told(json: $0, location: response.header("Location"), servedAt: response.servedAt) }
        }
    }

    private static func read(
        _ response: ClientResponse, _ endpoint: TextVerifiedEndpoint
    ) -> Result<JSON, ProviderError> {
        TextVerifiedAnswer.read(
            status: response.status, body: response.body, endpoint: endpoint,
            retryAfter: response.header("Retry-After").flatMap { Int($0) })
    }

    /// Follows a link, with the method it names.
    func follow(
        _ link: TextVerifiedLink, _ endpoint: TextVerifiedEndpoint, deadline: Duration? = nil, isUrgent: Bool = false
    ) async throws(ProviderError) -> Told {
        guard let url = base.resolve(link.href) else {
            throw TextVerifiedAnswer.unfit(endpoint, "The link leads nowhere.")
        }
        var question = Question(endpoint, url, link.method, deadline: deadline)
        question.isUrgent = isUrgent
        return try await ask(question)
    }

    /// With the token where it belongs, and once more with another where it was turned down.
    func authorised<Value: Sendable>(
        _ question: Question, read: @escaping @Sendable (ClientResponse) -> Result<Value, ProviderError>
    ) async throws(ProviderError) -> Value {
        guard base.owns(question.url) else {
            return try await caller.ask(call(question, nil), foreignGate, read: read)
        }
        let token = try await session.token(login)
        do throws(ProviderError) {
            return try await caller.ask(call(question, token), gate, read: read)
        } catch {
            // Nothing was carried out, not even a purchase.
            guard error.status == 401 else { throw error }
            let next = try await session.token(otherThan: token, login)
            return try await caller.ask(call(question, next), gate, read: read)
        }
    }

    private func call(_ question: Question, _ token: String?) -> UpstreamCall {
        let endpoint = question.endpoint
        var call = UpstreamCall(
            endpoint.rawValue, endpoint.isRead ? .none : .once, isUrgent: endpoint.isUrgent || question.isUrgent,
            url: question.url,
            deadline: question.deadline
                ?? (endpoint.group == .purchase ? configuration.purchaseDeadline : configuration.readDeadline))
        call.method = question.method
        call.headers = [("Accept", "application/json"), ("User-Agent", configuration.userAgent)]
        if let token { call.headers.append(("Authorization", "Bearer \(token)")) }
        if question.body != nil { call.headers.append(("Content-Type", "application/json")) }
        call.body = question.body?.bytes ?? (question.method == .post ? [] : nil)
        call.maximumBody = question.maximumBody
        return call
    }

    private var login: TextVerifiedSession.Login {
        { [self] in
            var call = call(Question(.login, configuration.baseURL + "/auth", .post), nil)
            call.headers += [("X-API-KEY", configuration.apiKey), ("X-API-USERNAME", configuration.email)]
            let askedAt = ContinuousClock.now
            do throws(ProviderError) {
                return .success(
                    try await caller.ask(call, gate) { response in
                        Self.read(response, .login)
                            .flatMap { json in
                                guard let token = TextVerifiedReader.text(json["token"]),
                                    let lifetime = json["expiresIn"]?.doubleValue, (1...86_400).contains(lifetime)
                                else { return .failure(TextVerifiedAnswer.unfit(.login, "There is no token.")) }
                                return .success(
                                    TextVerifiedSession.Bearer(
                                        token: token, lifetime: .seconds(lifetime), askedAt: askedAt))
                            }
                    })
            } catch {
                return .failure(error)
            }
        }
    }

    func mistake(_ endpoint: TextVerifiedEndpoint, _ text: String) -> ProviderError {
        ProviderError(.ourMistake, endpoint: endpoint.rawValue, text: text)
    }

    /// Waits; a cancelled task has nothing more to ask.
    func pause(_ duration: Duration, _ endpoint: TextVerifiedEndpoint) async throws(ProviderError) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw ProviderError(
                endpoint.isRead ? .down : .ambiguous, endpoint: endpoint.rawValue, text: "Cancelled.",
                transport: .cancelled)
        }
    }
}
