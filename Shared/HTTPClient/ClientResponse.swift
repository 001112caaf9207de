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

    /// When it was made, to the second, by the clock of who answered; nil when he does not say.
    package var servedAt: Timestamp? {
        // `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that may be written.
        let parts = header("Date")?.split(separator: " ") ?? []
        guard parts.count == 6, parts[5] == "GMT", parts[1].utf8.count == 2,
            let month = Self.months.firstIndex(of: String(parts[2]))
        else { return nil }
        return Timestamp("\(parts[3])-\(month < 9 ? "0" : "")\(month + 1)-\(parts[1])T\(parts[4])Z")
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The body as text; what is not UTF-8 becomes replacement characters.
    package var text: String { String(decoding: body, as: UTF8.self) }
}
