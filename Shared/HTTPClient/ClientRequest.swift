import Kit

/// One HTTP request to somebody else.
package struct ClientRequest: Sendable {
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        /// Whether the standard (RFC 9110 § 9.2.1) says that repeating it does no harm. Upstreams break this: some buy
        /// with GET, so whoever buys says `freshConnection: true` himself.
        var isSafe: Bool { self == .get || self == .head }
    }

    package var method: Method
    /// `http://…` or `https://…`; everything but the scheme is taken as written.
    package var url: String
    package var headers: [(name: String, value: String)]
    /// Sent with any method when it is there, DELETE too.
    package var body: [UInt8]?
    /// From the call of `send` to the last byte of the answer.
    package var deadline: Duration
    /// How much of `deadline` may pass before there is a connection to speak on.
    package var connectDeadline: Duration
    /// A connection made for this request and closed after it, HTTP/1.1. On any other, libcurl repeats a request whose
    /// connection dies before the first byte of the answer, and tells nobody: only a fresh one sends exactly once.
    package var freshConnection: Bool
    /// An answer with more bytes than this, after decompression, is an error and is cut off.
    package var maximumBody: Int

    /// `freshConnection` unless told otherwise: true for every method that is not safe to repeat.
    package init(
        _ method: Method = .get, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        deadline: Duration = .seconds(10), connectDeadline: Duration = .seconds(5), freshConnection: Bool? = nil,
        maximumBody: Int = 1 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.connectDeadline = connectDeadline
        self.freshConnection = freshConnection ?? !method.isSafe
        self.maximumBody = maximumBody
    }
}
