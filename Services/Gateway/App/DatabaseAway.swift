import Database
import HTTPServer
import JSON
import Kit
import Runtime

/// What a request gets whose way to the database is cut: the cause is passing, so the client is told to come again, and
/// whether the request may have had an effect.
enum DatabaseAway {
    static func middleware(_ log: Log) -> Router.Middleware {
        { request, next in
            do {
                return try await next(request)
            } catch let error as DatabaseError where error.isRetriable || error.outcomeUnknown {
                log.warning("the database did not answer", ["error": .string(error.description)])
                throw Problem(
                    .unavailable,
                    error.outcomeUnknown
                        ? "The database went away. Whether the request had an effect is not known."
                        : "The database does not answer now. Try again.", retryAfter: 1)
            }
        }
    }
}
