import HTTPClient
import Kit
import Runtime

/// A question to an upstream that has not been asked yet.
package struct UpstreamCall: Sendable {
    package enum Effect: Sendable {
        /// Changes nothing: may be asked again.
        case none
        /// Changes something, and does no harm when it arrives twice, as libcurl makes it where a connection that was used
        /// before dies.
        case repeatable
        /// Spends, or changes what must change once: sent on a fresh connection, exactly once.
        case once
    }

    /// A constant word: for errors, metrics and spans.
    package var endpoint: String
    package var effect: Effect
    /// May wait for a moment rather than be refused by our own budget.
    package var isUrgent: Bool
    package var method = ClientRequest.Method.get
    package var url: String
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8]?
    package var deadline: Duration
    package var maximumBody = 2 << 20

    package init(
        _ endpoint: String, _ effect: Effect, isUrgent: Bool = false, url: String, deadline: Duration
    ) {
        self.endpoint = endpoint
        self.effect = effect
        self.isUrgent = isUrgent
        self.url = url
        self.deadline = deadline
    }

    /// Percent-encodes everything but the unreserved characters of RFC 3986.
    package static func escaped(_ text: String) -> String {
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

    /// `?name=value&…` of those that have a value; nothing when none has.
    package static func query(_ pairs: [(name: String, value: String?)]) -> String {
        let given = pairs.compactMap { pair in pair.value.map { "\(pair.name)=\(escaped($0))" } }
        return given.isEmpty ? "" : "?" + given.joined(separator: "&")
    }
}

/// Carries the questions of an adapter: through breaker and budget, what spends on connections of its own, a read that
/// failed at once a second time, and a span for each try.
///
/// Holds no connection, thread or task of its own. Never logs; a span has no URL, which may hold a number.
package struct UpstreamCaller: Sendable {
    let provider: String
    /// The upstream's name, without scheme, port and path.
    private let host: String
    private let client: HTTPClient
    private let purchases: HTTPClient

    /// `purchases` is a client apart for what spends and changes, so that it never waits for a connection behind polls.
    package init(provider: String, baseURL: String, client: HTTPClient, purchases: HTTPClient) {
        self.provider = provider
        self.client = client
        self.purchases = purchases
        let rest = baseURL.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        host = String(rest.prefix { $0 != ":" })
    }

    /// Asks, and gives what `read` makes of the answer.
    package func ask<Value: Sendable>(
        _ call: UpstreamCall, _ gate: ProviderGuard,
        read: @Sendable (ClientResponse) -> Result<Value, ProviderError>
    ) async throws(ProviderError) -> Value {
        do throws(ProviderError) {
            return try await askOnce(call, gate, read)
        } catch {
            guard call.effect == .none, error.kind == .down, Self.isWorthAnotherTry(error) else { throw error }
            // A cancelled pause ends early, and the second try then ends at once.
            try? await Task.sleep(for: .milliseconds(.random(in: 100...300)))
            return try await askOnce(call, gate, read)
        }
    }

    /// Why a call without an answer failed. Judged by whether the request left, before anything else is looked at.
    package static func error(_ failure: HTTPClientError, _ call: UpstreamCall) -> ProviderError {
        error(failure, endpoint: call.endpoint, isRead: call.effect == .none)
    }

    package static func error(_ failure: HTTPClientError, endpoint: String, isRead: Bool) -> ProviderError {
        let kind: ProviderError.Kind =
            switch failure.code {
            case .invalidRequest: .ourMistake
            case .overloaded: .retryLater(after: .seconds(1))
            case _ where isRead || failure.wasCertainlyNotSent: .down
            default: .ambiguous
            }
        return ProviderError(kind, endpoint: endpoint, text: failure.description, transport: failure.code)
    }

    /// A 500, or a connection that failed; not a time-out, whose second try would double the caller's wait.
    private static func isWorthAnotherTry(_ error: ProviderError) -> Bool {
        switch error.transport {
        case .couldNotConnect, .connectionLost: true
        case nil: error.status == 500
        default: false
        }
    }

    private func askOnce<Value: Sendable>(
        _ call: UpstreamCall, _ gate: ProviderGuard,
        _ read: @Sendable (ClientResponse) -> Result<Value, ProviderError>
    ) async throws(ProviderError) -> Value {
        let trace = TraceContext.current?.child()
        var headers = call.headers
        if let trace { headers.append(("traceparent", trace.traceparent)) }
        let request = ClientRequest(
            call.method, call.url, headers: headers, body: call.body, deadline: call.deadline,
            freshConnection: call.effect == .once, maximumBody: call.maximumBody)
        return try await gate.run(call.endpoint, call.isUrgent ? .urgent : .ordinary) {
            () async throws(ProviderError) -> Value in
            let start = Timestamp.now
            let response: ClientResponse
            do throws(HTTPClientError) {
                response = try await (call.effect == .none ? client : purchases).send(request)
            } catch {
                let error = Self.error(error, call)
                record(call, trace, since: start, status: nil, error)
                throw error
            }
            let answer = read(response)
            switch answer {
            case .success: record(call, trace, since: start, status: response.status, nil)
            case .failure(let error): record(call, trace, since: start, status: response.status, error)
            }
            return try answer.get()
        }
    }

    private func record(
        _ call: UpstreamCall, _ trace: TraceContext?, since start: Timestamp, status: Int?, _ error: ProviderError?
    ) {
        guard Tracer.process.isOn, let trace else { return }
        let method = call.method.rawValue
        var attributes: Span.Attributes = [
            ("http.request.method", .string(method)), ("server.address", .string(host)),
            ("namaskah.provider", .string(provider)), ("namaskah.provider.endpoint", .string(call.endpoint)),
        ]
        if let status { attributes.append(("http.response.status_code", .integer(Int64(status)))) }
        if let error { attributes.append(("error.type", .string(error.label))) }
        Tracer.process.record(
            Span(
                trace, parent: TraceContext.current, .client, "\(method) \(provider) \(call.endpoint)",
                start: start, attributes, failure: error?.label))
    }
}
