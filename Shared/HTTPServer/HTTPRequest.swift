import Kit

/// A request, wholly received. A value: middleware hands on a changed copy, nobody sees another's changes.
package struct HTTPRequest: Sendable {
    /// One `name=value` of a query or a form.
    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What came off the wire, never changed; shared, so that copies of a request are cheap.
    private final class Received: Sendable {
        let method: HTTPMethod
        let target: String
        let query: [Field]
        let headers: HTTPHeaders
        let body: [UInt8]
        let remoteAddress: String

        init(
            method: HTTPMethod, target: String, query: [Field], headers: HTTPHeaders, body: [UInt8],
            remoteAddress: String
        ) {
            self.method = method
            self.target = target
            self.query = query
            self.headers = headers
            self.body = body
            self.remoteAddress = remoteAddress
        }
    }

    private let received: Received
    /// The parameters of the route's pattern, decoded, in the pattern's order.
    let parameters: [Field]
    /// The pattern of the route, under its first prefix: `/verify/{id}`.
    package let route: String
    /// What middleware has found out about the request.
    package var context = RequestContext()

    /// A request as the server makes it; by hand for tests of handlers.
    package init(
        _ method: HTTPMethod, _ target: String, query: [Field] = [], headers: HTTPHeaders = [:], body: [UInt8] = [],
        remoteAddress: String = "127.0.0.1", route: String = "", parameters: [Field] = []
    ) {
        received = Received(
            method: method, target: target, query: query, headers: headers, body: body, remoteAddress: remoteAddress)
        self.route = route
        self.parameters = parameters
    }

    /// `HEAD` where a `GET` route answers a `HEAD`.
    package var method: HTTPMethod { received.method }
    /// Path and query as they were sent, not decoded: what a signature may have been made over.
    package var target: String { received.target }
    /// The path as it was sent, not decoded. Routes read `parameter` instead.
    package var path: String { String(received.target.prefix { $0 != "?" }) }
    /// The query, decoded, in order, repeats included. Most handlers want `query(allowing:)`.
    package var query: [Field] { received.query }
    package var headers: HTTPHeaders { received.headers }
    package var body: [UInt8] { received.body }
    /// The address of the peer of this connection, without port; a proxy's own when one is in between.
    package var remoteAddress: String { received.remoteAddress }
}

/// What middleware found out about a request, one value a type: an identity, a tenant, an idempotency key.
///
///     request.context[Identity.self] = identity        // authentication
///     guard let caller = request.context[Identity.self] else { … }
package struct RequestContext: Sendable {
    private var values: [ObjectIdentifier: any Sendable] = [:]

    package init() {}

    package subscript<Value: Sendable>(type: Value.Type) -> Value? {
        get { values[ObjectIdentifier(type)] as? Value }
        set { values[ObjectIdentifier(type)] = newValue }
    }
}
