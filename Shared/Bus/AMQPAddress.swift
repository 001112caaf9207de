/// Where the broker is and who we are there: `amqp://user:password@host:port/vhost`, each part percent-encoded
/// (https://www.rabbitmq.com/uri-spec.html). An empty vhost means `/`. TLS (`amqps`) is refused: brokers are reached
/// over a private network or through a local TLS proxy.
package struct AMQPAddress: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: Int
    package var user: String
    package var password: String
    package var vhost: String

    package init(_ text: String) throws(BusError) {
        guard text.hasPrefix("amqp://") else {
            throw BusError(.badAddress, "the address of the broker must begin with amqp://")
        }
        var rest = text.dropFirst("amqp://".count)
        if let query = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) { rest = rest[..<query] }

        var path: Substring = ""
        if let slash = rest.firstIndex(of: "/") {
            path = rest[rest.index(after: slash)...]
            rest = rest[..<slash]
        }
        var credentials: [Substring] = ["guest", "guest"]
        if let at = rest.lastIndex(of: "@") {
            credentials = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            rest = rest[rest.index(after: at)...]
        }

        // An IPv6 address stands in brackets, and has colons of its own.
        var portText: Substring = "5672"
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            let after = rest[rest.index(after: end)...]
            if after.hasPrefix(":") { portText = after.dropFirst() }
            rest = rest[rest.index(after: rest.startIndex)..<end]
        } else if let colon = rest.lastIndex(of: ":") {
            portText = rest[rest.index(after: colon)...]
            rest = rest[..<colon]
        }

        guard let port = Int(portText), (1...65535).contains(port), let host = Self.decoded(rest), !host.isEmpty,
            credentials.count == 2, let user = Self.decoded(credentials[0]),
            let password = Self.decoded(credentials[1]), let vhost = Self.decoded(path)
        else {
            throw BusError(
                .badAddress, "the address of the broker must have the form amqp://user:password@host:port/vhost")
        }
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.vhost = vhost.isEmpty ? "/" : vhost
    }

    /// Without the password, fit for logs.
    package var description: String { "amqp://\(user)@\(host):\(port)/\(vhost == "/" ? "" : vhost)" }

    /// Nil when an escape is not two hexadecimal digits, or the bytes are not UTF-8 or hold a zero, which C would
    /// take for the end.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(Self.nibble), let low = iterator.next().flatMap(Self.nibble)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
