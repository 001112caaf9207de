import HTTPServer
import JSON
import Kit
import Runtime
import Synchronization

/// Runs a server for the length of `body`, then stops it and waits for its end.
@discardableResult func withServer<Value>(
    limits: HTTPLimits = HTTPLimits(), log: Log = .silent, metrics: Metrics = Metrics(),
    routes: (inout Router) -> Void, _ body: (HTTPServer) async throws -> Value
) async throws -> Value {
    var router = Router()
    routes(&router)
    let server = try HTTPServer(port: 0, router: router, limits: limits, log: log, metrics: metrics)
    let running = Task { try await server.run() }
    let result: Result<Value, any Error>
    do { result = .success(try await body(server)) } catch { result = .failure(error) }
    server.stop()
    try await running.value
    return try result.get()
}

/// One exchange on a connection of its own.
func exchange(
    _ server: HTTPServer, _ method: String, _ target: String, _ headers: [String] = [], body: String? = nil
) async throws -> RawSocket.Response {
    let port = server.port
    return try await onThread { try RawSocket(port: port).request(method, target, headers, body: body) }
}

extension RawSocket.Response {
    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    var errorCode: String? { json["error_code"]?.stringValue }
    /// The names of the fields that a problem complains of.
    var fields: [String] {
        json["details"]?["fields"]?.arrayValue?.compactMap { $0["field"]?.stringValue } ?? []
    }
}

/// Something that will be known once: told by one task, awaited by another.
final class Once<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Value.self, bufferingPolicy: .bufferingOldest(1)) }

    func tell(_ value: Value) { continuation.yield(value) }
    func callAsFunction() async -> Value? {
        for await value in stream { return value }
        return nil
    }
}

extension Once where Value == Bool {
    func open() { tell(true) }
}

/// Keeps the lines that were logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var log: Log {
        Log(service: "test", minimum: .debug) { [self] line in
            lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }
    }
    var all: [String] { lines.withLock { $0 } }
}
