/// Where a Redis is: `redis://[[user]:password@]host[:port][/database]`.
struct RedisAddress: Hashable, Sendable {
    var host: String
    var port: Int32
    var user: String?
    var password: String?
    var database: Int

    init(_ url: String) throws(RedisError) {
        func invalid(_ what: String) -> RedisError { RedisError(.invalidURL, "The address of Redis \(what).") }
        guard url.hasPrefix("redis://") else { throw invalid("must begin with redis://") }
        var rest = url.dropFirst("redis://".count)
        user = nil
        password = nil
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let words = parts.compactMap { Self.decoded($0) }
            guard words.count == parts.count else { throw invalid("has a broken percent escape") }
            password = words.last
            user = words.count == 2 && !words[0].isEmpty ? words[0] : nil
            rest = rest[rest.index(after: at)...]
        }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let place = parts.first, let database = parts.count < 2 || parts[1].isEmpty ? 0 : Int(parts[1]),
            database >= 0
        else { throw invalid("must end in a database number, if in anything") }
        self.database = database
        let colon = place.lastIndex(of: ":")
        guard let port = colon.map({ Int32(place[place.index(after: $0)...]) }) ?? 6379, (1...65535).contains(port)
        else { throw invalid("has a port that is none") }
        self.port = port
        host = String(place[..<(colon ?? place.endIndex)])
        guard !host.isEmpty else { throw invalid("names no host") }
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
