import CLinux
import Glibc
import Runtime
import Synchronization

/// Runs calls that wait on a thread of their own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        OSThread.start("test-client") { continuation.resume(with: Result { try body() }) }
    }
}

/// Something that has happened, or not yet.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isRaised: Bool { value.load(ordering: .relaxed) }
    func raise() { value.store(true, ordering: .relaxed) }
}

/// Keeps a connection on which nothing is read while `body` runs. What the server does to it is asked of the server: the
/// kernel may take long to tell a client that does not read.
func withoutReading<Value>(
    port: Int, sending request: String, _ body: () async throws -> Value
) async throws -> Value {
    let isOver = Flag()
    async let client: Void = onThread {
        let socket = try RawSocket(port: port, receiveBuffer: 4096)
        try socket.send(request)
        while !isOver.isRaised { usleep(5_000) }
        withExtendedLifetime(socket) {}
    }
    defer { isOver.raise() }
    let value = try await body()
    isOver.raise()
    try await client
    return value
}

/// A TCP connection that says exactly what it is told to, well-formed or not. Its calls wait, at most half a minute each:
/// use it inside `onThread`.
final class RawSocket {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Response: Sendable, CustomStringConvertible {
        var status = 0
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }
        var description: String { "\(status) \(headers) \(text)" }
        subscript(name: String) -> String? { headers.first { $0.name == name.lowercased() }?.value }
    }

    let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "no socket: \(namaskah_errno())") }
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { throw Failure(description: "not connected: \(namaskah_errno())") }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "not sent: \(namaskah_errno())") }
            sent += count
        }
    }

    /// The next bytes; empty when the other side has closed.
    func receive() throws -> [UInt8] {
        if !buffer.isEmpty {
            defer { buffer = [] }
            return buffer
        }
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count < 0, namaskah_errno() == ECONNRESET { return [] }
        guard count >= 0 else { throw Failure(description: "nothing received: \(namaskah_errno())") }
        return Array(bytes.prefix(count))
    }

    /// Whether the other side closes the connection within ten seconds, whatever it may say before.
    func isClosed() throws -> Bool {
        let clock = ContinuousClock()
        let limit = clock.now + .seconds(10)
        while try !receive().isEmpty { if clock.now > limit { return false } }
        return true
    }

    func receive(exactly count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try receive()
            guard !more.isEmpty else { throw Failure(description: "closed after \(bytes.count) of \(count) bytes") }
            bytes += more
        }
        buffer = Array(bytes[count...])
        return Array(bytes[..<count])
    }

    /// Bytes up to and without the mark, which is taken too.
    func receive(until mark: String) throws -> String {
        let mark = Array(mark.utf8)
        var bytes: [UInt8] = []
        while true {
            let more = try receive()
            guard !more.isEmpty else {
                throw Failure(description: "closed before the mark: \(String(decoding: bytes, as: UTF8.self))")
            }
            let from = max(0, bytes.count - mark.count)
            bytes += more
            if let end = Self.find(mark, in: bytes, from: from) {
                buffer = Array(bytes[(end + mark.count)...])
                return String(decoding: bytes[..<end], as: UTF8.self)
            }
        }
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8], from: Int) -> Int? {
        guard bytes.count >= mark.count else { return nil }
        return (from...(bytes.count - mark.count)).first { bytes[$0..<($0 + mark.count)].elementsEqual(mark) }
    }

    /// The next answer. `hasBody` is false for the answer to a HEAD.
    func response(hasBody: Bool = true) throws -> Response {
        var response = Response()
        let lines = try receive(until: "\r\n\r\n").split(separator: "\r\n")
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else { throw Failure(description: "no status line: \(lines)") }
        response.status = status
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            response.headers.append((parts[0].lowercased(), parts.count > 1 ? String(parts[1].dropFirst()) : ""))
        }
        guard hasBody, status != 204, status != 101 else { return response }
        if response["transfer-encoding"] == "chunked" {
            while let chunk = try chunk() { response.body += chunk }
        } else if let length = response["content-length"].flatMap({ Int($0) }) {
            response.body = try receive(exactly: length)
        }
        return response
    }

    /// The next chunk of a chunked body; nil at its end.
    func chunk() throws -> [UInt8]? {
        guard let length = Int(try receive(until: "\r\n"), radix: 16) else {
            throw Failure(description: "no length of a chunk")
        }
        let bytes = length > 0 ? try receive(exactly: length) : []
        _ = try receive(until: "\r\n")
        return length > 0 ? bytes : nil
    }

    /// Sends a request with a well-formed head and reads its answer.
    func request(
        _ method: String, _ target: String, _ headers: [String] = [], body: String? = nil
    ) throws -> Response {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: test\r\n"
        for header in headers { text += header + "\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try send(text + "\r\n" + (body ?? ""))
        return try response(hasBody: method != "HEAD")
    }
}
