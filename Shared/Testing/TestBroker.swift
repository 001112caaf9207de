import Bus
import CLinux
import Glibc
import JSON
import Kit
import Runtime

/// A vhost of a test's own in the real broker, and what an operator can do to it: count, delete, cut connections.
///
/// Made by `withBroker`, which removes it afterwards, also when the test failed.
package struct TestBroker: Sendable {
    package let vhost: String
    package let address: AMQPAddress
    private let management: Management

    /// A vhost that somebody else has made.
    package init(_ address: AMQPAddress, management: String) throws {
        self.init(vhost: address.vhost, address: address, management: try Management(management))
    }

    private init(vhost: String, address: AMQPAddress, management: Management) {
        self.vhost = vhost
        self.address = address
        self.management = management
    }

    /// How many vhosts there are at once: each is a set of processes in the broker, which answers the slower for them.
    /// A test that wants a database too takes its vhost first, as otherwise two could wait for each other.
    private static let places = Places(6)

    /// Lends a fresh vhost, with the policies of `topology`, to `body`.
    package static func withBroker<Result: Sendable>(
        policies: [Topology.Policy] = [], _ body: (TestBroker) async throws -> Result
    ) async throws -> Result {
        guard let text = TestEnvironment.amqpURL, let managementText = TestEnvironment.amqpManagementURL else {
            throw TestBrokerError(message: "the test needs a broker")
        }
        await places.take()
        defer { places.give() }
        var address = try AMQPAddress(text)
        let vhost = "test-\(ID.new())"
        address.vhost = vhost
        let broker = TestBroker(vhost: vhost, address: address, management: try Management(managementText))
        try await broker.expect("PUT", "/api/vhosts/\(vhost)")
        do {
            for policy in policies {
                try await broker.apply(policy)
            }
            let result = try await body(broker)
            try await broker.expect("DELETE", "/api/vhosts/\(vhost)")
            return result
        } catch {
            // The first error is the one to tell; a vhost that stays behind is found by its name.
            _ = try? await broker.expect("DELETE", "/api/vhosts/\(vhost)")
            throw error
        }
    }

    /// Closes every connection of the vhost from the broker's side; gives how many there were. A connection is listed
    /// only some seconds after it was made, so this waits until it has seen `atLeast`.
    @discardableResult
    package func cutConnections(named part: String = "", atLeast: Int = 1) async throws -> Int {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            let all = try await expect("GET", "/api/vhosts/\(vhost)/connections").arrayValue ?? []
            let names = all.filter {
                part.isEmpty || ($0["client_properties"]?["connection_name"]?.stringValue?.contains(part) ?? false)
            }.compactMap { $0["name"]?.stringValue }
            if names.count >= atLeast {
                for name in names {
                    // It may have gone by itself meanwhile.
                    _ = try await management.send("DELETE", "/api/connections/\(Management.escaped(name))", nil)
                }
                return names.count
            }
            guard ContinuousClock.now < deadline else {
                throw TestBrokerError(message: "the broker lists \(names.count) of \(atLeast) connections")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    package func apply(_ policy: Topology.Policy) async throws {
        try await expect("PUT", "/api/policies/\(vhost)/\(policy.name)", policy.json)
    }

    /// Loads definitions, as the set-up of a broker does.
    package func load(_ definitions: JSON) async throws {
        try await expect("POST", "/api/definitions/\(vhost)", definitions)
    }

    /// Makes a user that may do in this vhost what the three patterns allow, and lends its address to `body`.
    package func withUser<Result: Sendable>(
        configure: String, write: String, read: String, _ body: (AMQPAddress) async throws -> Result
    ) async throws -> Result {
        let user = "test-\(ID.new())"
        try await expect("PUT", "/api/users/\(user)", ["password": .string(user), "tags": ""])
        do {
            try await expect(
                "PUT", "/api/permissions/\(vhost)/\(user)",
                ["configure": .string(configure), "write": .string(write), "read": .string(read)])
            var address = address
            address.user = user
            address.password = user
            let result = try await body(address)
            try await expect("DELETE", "/api/users/\(user)")
            return result
        } catch {
            // The first error is the one to tell.
            _ = try? await expect("DELETE", "/api/users/\(user)")
            throw error
        }
    }

    package func deleteQueue(_ name: String) async throws {
        try await expect("DELETE", "/api/queues/\(vhost)/\(Management.escaped(name))")
    }

    /// Takes away whatever binds a queue to an exchange; gives how many bindings that were.
    @discardableResult
    package func unbind(_ queue: String, from exchange: String) async throws -> Int {
        let path = "/api/bindings/\(vhost)/e/\(Management.escaped(exchange))/q/\(Management.escaped(queue))"
        let keys = (try await expect("GET", path).arrayValue ?? []).compactMap { $0["properties_key"]?.stringValue }
        for key in keys { try await expect("DELETE", "\(path)/\(Management.escaped(key))") }
        return keys.count
    }

    /// Throws away what waits in a queue; what was given to a consumer stays with that.
    package func purgeQueue(_ name: String) async throws {
        try await expect("DELETE", "/api/queues/\(vhost)/\(Management.escaped(name))/contents")
    }

    package func deleteExchange(_ name: String) async throws {
        try await expect("DELETE", "/api/exchanges/\(vhost)/\(Management.escaped(name))")
    }

    /// Takes up to `count` messages out of a queue, acknowledged: their payloads.
    package func take(_ count: Int, from queue: String) async throws -> [JSON] {
        try await expect(
            "POST", "/api/queues/\(vhost)/\(Management.escaped(queue))/get",
            ["count": .integer(Int64(count)), "ackmode": "ack_requeue_false", "encoding": "auto"]
        ).arrayValue ?? []
    }

    /// Asks the management API, and throws unless it says that it was done.
    @discardableResult
    package func expect(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        let (status, answer) = try await management.send(method, path, body)
        guard (200..<300).contains(status) else {
            throw TestBrokerError(message: "\(method) \(path): \(status) \(answer.text)", status: status)
        }
        return answer
    }
}

/// The broker's management API did not do what a test asked.
package struct TestBrokerError: Error, Sendable {
    package let message: String
    /// Nil when it did not answer.
    package var status: Int?
}

/// HTTP/1.0 over a plain socket on a thread of its own: enough for the management API, and independent of the client
/// under test.
private struct Management: Sendable {
    let host: String
    let port: UInt16
    let authorization: String

    init(_ text: String) throws {
        // Only the scheme differs from the form of a broker's address.
        let address = try AMQPAddress("amqp" + text.dropFirst("http".count))
        host = address.host
        port = UInt16(address.port)
        authorization = "Basic " + Self.base64(Array("\(address.user):\(address.password)".utf8))
    }

    func send(_ method: String, _ path: String, _ body: JSON?) async throws -> (status: Int, body: JSON) {
        let answer: [UInt8] = try await withCheckedThrowingContinuation { continuation in
            OSThread.start("management") {
                do {
                    continuation.resume(returning: try exchange(method, path, body))
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        let separator = Array("\r\n\r\n".utf8)
        guard let head = answer.firstRange(of: separator), answer.starts(with: Array("HTTP/1.".utf8)),
            let status = Int(String(decoding: answer.dropFirst(9).prefix(3), as: UTF8.self))
        else { throw TestBrokerError(message: "the management API did not answer in HTTP") }
        let rest = Array(answer[head.upperBound...])
        return (status, rest.isEmpty ? .null : (try? JSON(parsing: rest)) ?? .null)
    }

    private func exchange(_ method: String, _ path: String, _ body: JSON?) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw TestBrokerError(message: "no descriptor is left") }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &target.sin_addr) == 1 else {
            throw TestBrokerError(message: "the management API must be given by its IPv4 address")
        }
        let connected = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw TestBrokerError(message: "the management API cannot be reached") }
        let payload = body?.bytes ?? []
        var request = Array(
            """
            \(method) \(path) HTTP/1.0\r
            Authorization: \(authorization)\r
            Content-Type: application/json\r
            Content-Length: \(payload.count)\r
            \r

            """.utf8)
        request += payload
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw TestBrokerError(message: "the management API hung up") }
            sent += count
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 { throw TestBrokerError(message: "the management API did not answer in time") }
            if count == 0 { return answer }
            answer += chunk[..<count]
        }
    }

    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0..<4 {
                text.append(index <= group.count ? alphabet[word >> (18 - 6 * index) & 63] : "=")
            }
        }
        return text
    }
}
