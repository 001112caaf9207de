import HTTPServer
import Kit
import Redis

/// How many requests a minute pass: counted by account where the caller is known, else by the address he comes from.
/// Tells where he stands in `RateLimit-*` on every answer.
struct RateLimits: Sendable {
    private static let window = Duration.seconds(60)

    private let limiter: RateLimiter
    private let perMinute: Int
    private let openPerMinute: Int

    init(_ limiter: RateLimiter, perMinute: Int, openPerMinute: Int) {
        self.limiter = limiter
        self.perMinute = perMinute
        self.openPerMinute = openPerMinute
    }

    /// Behind authentication: the account's own number, or the usual one; 0 for no limit.
    var identified: Router.Middleware {
        { request, next in
            let identity = try request.identity
            let limit = identity.rateLimitPerMinute ?? perMinute
            guard limit > 0 else { return try await next(request) }
            return try await pass(request, "user:\(identity.userID)", limit, next)
        }
    }

    /// In front of routes that anybody may call.
    var open: Router.Middleware {
        { request, next in try await pass(request, "address:\(request.remoteAddress)", openPerMinute, next) }
    }

    private func pass(
        _ request: HTTPRequest, _ key: String, _ limit: Int, _ next: Router.Handler
    ) async throws -> HTTPResponse {
        let decision = await limiter.take(key, limit: limit, window: Self.window)
        if let wait = decision.retryAfter {
            throw Problem(
                .rateLimited, "\(limit) requests a minute pass; wait a little.", retryAfter: Self.seconds(wait),
                details: ["limit": String(limit), "reset_seconds": String(Self.seconds(decision.resetAfter))])
        }
        return try await next(request)
            .with("RateLimit-Limit", String(decision.limit))
            .with("RateLimit-Remaining", String(decision.remaining))
            .with("RateLimit-Reset", String(Self.seconds(decision.resetAfter)))
    }

    private static func seconds(_ duration: Duration) -> Int { max(1, Int(duration.inSeconds.rounded(.up))) }
}
