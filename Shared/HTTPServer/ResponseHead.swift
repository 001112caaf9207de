import CLinux
import CMicroHTTPD
import Glibc

/// What stands before the body of an answer.
enum ResponseHead {
    /// On every answer that does not have its own: this is an API, nothing here is to be guessed at, framed or kept.
    static let standing = [
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ]

    /// Status line and fields of a stream, as far as the empty line: its connection is no longer libmicrohttpd's.
    static func ofStream(_ status: Int, _ fields: HTTPHeaders, isChunked: Bool) -> [UInt8] {
        var headers = fields
        for (name, value) in standing where !fields.contains(name) { headers.append(name, value) }
        if isChunked { headers.set("Transfer-Encoding", "chunked") }
        headers.set("Connection", "close")
        return bytes(status, headers)
    }

    private static func bytes(_ status: Int, _ headers: HTTPHeaders) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(640)
        func line(_ parts: String...) {
            for part in parts { bytes += part.utf8 }
            bytes += "\r\n".utf8
        }
        line("HTTP/1.1 \(status) ", MHD_get_reason_phrase_for(UInt32(status)).map { String(cString: $0) } ?? "")
        line("Date: ", date)
        headers.withEachCString { line(String(cString: $0), ": ", String(cString: $1)) }
        line()
        return bytes
    }

    /// Now, as RFC 9110 § 5.6.7 has it.
    private static var date: String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 40)
        let count = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
