import Kit

/// Which handler answers what. A value that is filled while the service is built and given to the server, which makes
/// a tree of it; two routes of the same method and shape, or a malformed pattern, are bugs and trap.
///
/// A pattern is a path whose segments are words, `{name}` (exactly one segment, never empty), a parameter with fixed
/// text around it (`{sid}.json`), or, at the end, `{name...}` (the rest of the path). Words win over parameters.
/// A path with a slash at its end is another path, which as a rule does not exist.
package struct Router: Sendable {
    package typealias Handler = @Sendable (HTTPRequest) async throws -> HTTPResponse
    /// Answers itself, or hands the request, perhaps changed, to `next`.
    package typealias Middleware = @Sendable (_ request: HTTPRequest, _ next: Handler) async throws -> HTTPResponse

    package struct Route: Sendable {
        package let method: HTTPMethod
        /// As it is matched.
        package let pattern: String
        /// As it is matched under the first of its prefixes: the same for a route and its aliases.
        package let canonicalPattern: String
        let bodyLimit: Int?
        let deadline: Duration?
        let handler: Handler
    }

    /// Every route, aliases included, in the order they were made: what the API document is compared with.
    package private(set) var routes: [Route] = []
    private var middleware: [Middleware] = []

    package init() {}

    /// Makes a route. `bodyLimit` and `deadline` stand in for the server's own limits.
    package mutating func on(
        _ method: HTTPMethod, _ pattern: String, bodyLimit: Int? = nil, deadline: Duration? = nil,
        _ handler: @escaping Handler
    ) {
        precondition(pattern.isEmpty || pattern.hasPrefix("/"), "a pattern begins with a slash: \(pattern)")
        routes.append(
            Route(
                method: method, pattern: pattern, canonicalPattern: pattern, bodyLimit: bodyLimit, deadline: deadline,
                handler: Self.wrap(handler, in: middleware)))
    }

    /// Puts middleware around the routes made after this, outermost first.
    package mutating func use(_ middleware: @escaping Middleware) { self.middleware.append(middleware) }

    /// Makes the routes of `build` under each of the prefixes: the first is their name, the others are aliases, served
    /// by the same handlers. A pattern of `""` is the prefix itself.
    package mutating func group(
        _ prefixes: [String], using added: [Middleware] = [], _ build: (inout Router) -> Void
    ) {
        precondition(!prefixes.isEmpty, "a group of routes needs a prefix, if only an empty one")
        var inner = Router()
        inner.middleware = middleware + added
        build(&inner)
        for prefix in prefixes {
            for route in inner.routes {
                routes.append(
                    Route(
                        method: route.method, pattern: prefix + route.pattern,
                        canonicalPattern: prefixes[0] + route.canonicalPattern, bodyLimit: route.bodyLimit,
                        deadline: route.deadline, handler: route.handler))
            }
        }
    }

    /// The same under one prefix, or none.
    package mutating func group(
        _ prefix: String = "", using added: [Middleware] = [], _ build: (inout Router) -> Void
    ) {
        group([prefix], using: added, build)
    }

    /// Takes over the routes of another router.
    package mutating func add(_ other: Router) { group { $0.routes = other.routes } }

    private static func wrap(_ handler: @escaping Handler, in middleware: [Middleware]) -> Handler {
        var wrapped = handler
        for layer in middleware.reversed() {
            let next = wrapped
            wrapped = { request in try await layer(request, next) }
        }
        return wrapped
    }
}
