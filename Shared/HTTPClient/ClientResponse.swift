import Kit

/// A whole answer: any status is one, 500 too. Redirects are not followed, they are answers as well.
package struct ClientResponse: Sendable {
    /// Where the time went, each counted from the start of the transfer.
    package struct Timing: Sendable {
        /// Until there was a connection to speak on, handshakes included.
        package let ready: Duration
        /// Until the first byte of the answer.
        package let firstByte: Duration
        package let total: Duration

        package init(ready: Duration, firstByte: Duration, total: Duration) {
            self.ready = ready
            self.firstByte = firstByte
            self.total = total
        }
    }

    package let status: Int
    /// In the order they came, names as sent.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    package let timing: Timing

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8], timing: Timing) {
        self.status = status
        self.headers = headers
        self.body = body
        self.timing = timing
    }

    /// The first header of that name, whatever its case.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    /// The body as text; what is not UTF-8 becomes replacement characters.
    package var text: String { String(decoding: body, as: UTF8.self) }
}
