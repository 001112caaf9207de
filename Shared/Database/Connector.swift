import CLinux
import CPostgres
import Glibc
import Kit
import Runtime

/// Opens one connection on a short-lived thread of its own: resolving a name, TLS and SCRAM wait and compute, and the
/// pool's thread has other connections to serve meanwhile. Ends by itself within `connectTimeout` of the last address.
enum Connector {
    enum Outcome: Sendable {
        case connected(PostgresHandle)
        case failed(String)
    }

    static func start(_ settings: ConnectionSettings, _ finish: @escaping @Sendable (Outcome) -> Void) {
        OSThread.start("pg-connect") { finish(connect(settings)) }
    }

    private static func connect(_ settings: ConnectionSettings) -> Outcome {
        let deadline = ContinuousClock.now + settings.options.connectTimeout
        guard let raw = startConnecting(settings.keywords) else { return .failed("libpq is out of memory") }
        let handle = PostgresHandle(raw)
        // Notices would go to standard error as bare text; the server's log has them.
        PQsetNoticeReceiver(raw, { _, _ in }, nil)
        // The manual (34.1) wants the caller to behave as if PQconnectPoll had last asked to write.
        var waitFor = Int16(POLLOUT)
        while PQstatus(raw) != CONNECTION_BAD {
            let left = deadline - .now
            guard left > .zero else { return .failed("no connection within \(settings.options.connectTimeout)") }
            // The descriptor may be another after each step, so it is asked for each time.
            var descriptor = pollfd(fd: PQsocket(raw), events: waitFor, revents: 0)
            let ready = poll(&descriptor, 1, Int32(clamping: left.milliseconds + 1))
            if ready < 0 && namaskah_errno() != EINTR { return .failed("poll failed") }
            if ready <= 0 { continue }
            switch PQconnectPoll(raw) {
            case PGRES_POLLING_READING: waitFor = Int16(POLLIN)
            case PGRES_POLLING_WRITING: waitFor = Int16(POLLOUT)
            case PGRES_POLLING_OK: return prepare(handle)
            default: return .failed(handle.message)
            }
        }
        return .failed(handle.message)
    }

    private static func startConnecting(_ keywords: [(String, String)]) -> OpaquePointer? {
        let texts = keywords.flatMap { [strdup($0.0), strdup($0.1)] }
        defer { texts.forEach { free($0) } }
        var names: [UnsafePointer<CChar>?] = stride(from: 0, to: texts.count, by: 2).map { UnsafePointer(texts[$0]) }
        var values: [UnsafePointer<CChar>?] = stride(from: 1, to: texts.count, by: 2).map { UnsafePointer(texts[$0]) }
        names.append(nil)
        values.append(nil)
        return PQconnectStartParams(names, values, 1)
    }

    private static func prepare(_ handle: PostgresHandle) -> Outcome {
        guard PQsetnonblocking(handle.raw, 1) == 0, PQenterPipelineMode(handle.raw) == 1 else {
            return .failed(handle.message)
        }
        return .connected(handle)
    }
}
