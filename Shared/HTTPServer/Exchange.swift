import CLinux
import CMicroHTTPD
import JSON
import Kit
import Runtime
import Synchronization

/// One request and its answer. Made when the head of the request has arrived, ended when the answer has been sent or
/// the connection is gone.
///
/// libmicrohttpd's handle of the connection may be used by its own thread in its callbacks, and by any thread while the
/// connection is suspended: "For any active connection this function must be called only by the
/// MHD_AccessHandlerCallback callback. For suspended connection this function can be called at any moment." The phase,
/// behind a lock, says which of the two holds.
final class Exchange: Sendable {
    private enum Phase: Sendable {
        case receiving
        /// The handler runs on the thread that received the request.
        case running
        /// The handler runs elsewhere; the connection is suspended.
        case suspended
        case answered
        case ended
    }

    private struct State: Sendable {
        var phase = Phase.receiving
        /// An answer that was ready before the connection had to be suspended.
        var ready: PreparedResponse?
        /// The handler wants the connection closed instead of answered.
        var isCut = false
        var task: Task<Void, Never>?
        var stream: StreamWriter?
        var socket: WebSocket?
    }

    let connection: Connection
    let head: RequestHead
    private let trace: TraceContext
    /// Where the client is in the trace, if it says.
    private let clientTrace: TraceContext?
    private nonisolated(unsafe) let handle: OpaquePointer
    private let state = Mutex(State())

    /// The body so far. Touched only inside libmicrohttpd's callbacks until the request is whole, by nobody after.
    private nonisolated(unsafe) var body: [UInt8] = []
    private nonisolated(unsafe) var discarded = 0
    private nonisolated(unsafe) var isTooLarge = false
    private nonisolated(unsafe) var receivedAt: Int64 = 0

    private var core: ServerCore { connection.core }

    init(connection: Connection, handle: OpaquePointer, head: RequestHead) {
        self.connection = connection
        self.handle = handle
        self.head = head
        clientTrace = head.headers["traceparent"].flatMap { TraceContext(traceparent: $0) }
        trace = clientTrace?.child() ?? .root()
        connection.core.entered()
    }

    // MARK: On libmicrohttpd's thread

    /// Takes a part of the body in; false when so much has come that the connection is to be closed.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if case .handle = head.plan, !isTooLarge {
            if body.count + bytes.count <= head.bodyLimit {
                body.append(contentsOf: bytes)
                return true
            }
            isTooLarge = true
            body = []
        }
        discarded += bytes.count
        return discarded <= RequestHead.discardLimit
    }

    /// The request is whole, or will not be waited for. False when it cannot be answered.
    func start() -> Bool {
        guard state.withLock({ $0.phase == .receiving }) else { return false }
        receivedAt = Uptime.microseconds
        switch head.plan {
        case .handle(let entry, let parameters) where !isTooLarge:
            let request = HTTPRequest(
                head.method, head.target, query: head.query, headers: head.headers, body: body,
                remoteAddress: connection.remoteAddress, route: entry.route.canonicalPattern, parameters: parameters)
            body = []
            return run(request, entry)
        case .handle:
            return refuse(Problem(.payloadTooLarge, "The body must have at most \(head.bodyLimit) bytes."))
        case .refuse(let problem, let allow): return refuse(problem, allow)
        case .tellMethods(let methods): return queueNow(HTTPResponse.noContent.with("Allow", Self.names(methods)))
        }
    }

    private func run(_ request: HTTPRequest, _ entry: RouteTree.Entry) -> Bool {
        state.withLock { $0.phase = .running }
        // Begins here and now; only if it has to wait for something does it go on in the pool.
        let task = Task.immediate { [self] in await answer(request, entry) }
        let isWaiting = state.withLock { state -> Bool? in
            // A stream that the handler has begun already has another.
            if state.task == nil { state.task = task }
            if state.isCut { return nil }
            if let ready = state.ready {
                state.ready = nil
                return queue(ready, &state) ? false : nil
            }
            // "The only safe way to call this function is to call it from the MHD_AccessHandlerCallback": this is it.
            MHD_suspend_connection(handle)
            state.phase = .suspended
            return true
        }
        if isWaiting == true {
            connection.beginWaiting(self, limit: entry.route.deadline ?? core.limits.handler)
            // The answer may have come in between, and with it the end of the waiting.
            if state.withLock({ $0.phase != .suspended }) { connection.beginAnswering() }
        }
        // A stream that began while the drain did may have been overlooked by it.
        if core.isDraining { drain() }
        return isWaiting != nil
    }

    private func refuse(_ problem: Problem, _ allow: [HTTPMethod] = []) -> Bool {
        var response = TraceContext.$current.withValue(trace) {
            ProblemResponse.make(problem, typePrefix: core.problemTypes)
        }
        if !allow.isEmpty { response.headers.set("Allow", Self.names(allow)) }
        return queueNow(response)
    }

    private func queueNow(_ response: HTTPResponse) -> Bool {
        guard let prepared = PreparedResponse(response, for: head, core: core, handle: handle) else { return false }
        core.metrics.answered(
            route: nil, status: response.status, microseconds: Uptime.microseconds - receivedAt)
        return state.withLock { queue(prepared, &$0) }
    }

    /// The answer was sent, or the connection is gone.
    func completed() {
        let (ready, task, stream, socket) = state.withLock { state in
            defer { state = State(phase: .ended) }
            return (state.ready, state.task, state.stream, state.socket)
        }
        ready?.destroy()
        // Of a socket that was taken over, the loop has told the task already; here libmicrohttpd holds a lock.
        if let socket, socket.endUnlessOpened() { task?.cancel() }
        if let stream {
            core.peers.forget(stream)
            stream.peerLeft()
            task?.cancel()
        }
        connection.finishedRequest()
        core.left()
    }

    /// The connection is no longer HTTP.
    func upgraded(descriptor: Int32, handle: OpaquePointer, extra: UnsafeRawBufferPointer) {
        let (socket, task) = state.withLock { ($0.socket, $0.task) }
        guard let socket else { preconditionFailure("an upgrade without a WebSocket") }
        core.webSockets.adopt(
            socket, descriptor: descriptor, upgrade: handle, extra: Array(extra), task: task)
    }

    // MARK: On any thread

    private func answer(_ request: HTTPRequest, _ entry: RouteTree.Entry) async {
        await TraceContext.$current.withValue(trace) {
            let response = await respond(request, entry)
            guard finish(response, entry.index) else { return }
            let (stream, socket) = state.withLock { ($0.stream, $0.socket) }
            switch response.body {
            case .stream(let body): if let stream { produce(stream, body) }
            case .webSocket(let upgrade): await socket?.run(upgrade.serve, log: core.log)
            case .bytes, .cut: break
            }
        }
    }

    /// A stream may last for hours: it has a task of its own, because a task keeps as much memory as the deepest call ever
    /// made in it took, and those of a handler go deep.
    private func produce(_ stream: StreamWriter, _ body: ResponseStream) {
        let log = core.log
        // Begins here and now, so that it listens to what it tells of when its client reads the head.
        let task = Task.immediate { await stream.run(body.produce, log: log) }
        let isOver = state.withLock { state in
            if state.phase != .ended { state.task = task }
            return state.phase == .ended
        }
        if isOver { task.cancel() }
        // A drain that began meanwhile may have cancelled the handler's task instead.
        if core.isDraining { drain() }
    }

    private func respond(_ request: HTTPRequest, _ entry: RouteTree.Entry) async -> HTTPResponse {
        do {
            let response = try await entry.route.handler(request)
            if case .webSocket = response.body, let refusal = WebSocketHandshake.refusal(of: request) {
                return ProblemResponse.make(refusal, typePrefix: core.problemTypes)
                    .with("Sec-WebSocket-Version", "13")
            }
            return response
        } catch let problem as Problem {
            return ProblemResponse.make(problem, typePrefix: core.problemTypes)
        } catch {
            core.log.error(
                "a handler failed",
                [
                    "http.route": .string(entry.route.canonicalPattern),
                    "http.method": .string(request.method.rawValue), "error": .string(String(describing: error)),
                ])
            return ProblemResponse.make(
                Problem(.internalError, "Something went wrong on our side. The trace id helps us to find it."),
                typePrefix: core.problemTypes)
        }
    }

    /// Gives the answer, unless one was given before or the client has gone.
    private func finish(_ response: HTTPResponse, _ route: Int?) -> Bool {
        if case .cut = response.body {
            cutInsteadOfAnswering()
            return false
        }
        guard let prepared = PreparedResponse(response, for: head, core: core, handle: handle) else { return false }
        let isTaken = state.withLock { state in
            switch state.phase {
            case .running where state.ready == nil:
                state.ready = prepared
                state.stream = prepared.stream
                state.socket = prepared.socket
                return true
            case .suspended:
                if !queue(prepared, &state) { connection.cut() }
                MHD_resume_connection(handle)
                return true
            default:
                return false
            }
        }
        guard isTaken else {
            prepared.destroy()
            return false
        }
        let duration = Uptime.microseconds - receivedAt
        core.metrics.answered(route: route, status: response.status, microseconds: duration)
        record(response.status, duration)
        if core.isDraining { drain() }
        return true
    }

    /// Tells of the request as a span; of what operators and probes ask all the time it does not.
    private func record(_ status: Int, _ microseconds: Int64) {
        guard Tracer.process.isOn, case .handle(let entry, _) = head.plan else { return }
        let route = entry.route.canonicalPattern
        guard !OperationsEndpoints.paths.contains(route) else { return }
        let end = Timestamp.now
        Tracer.process.record(
            Span(
                trace, parent: clientTrace, .server, "\(head.method.rawValue) \(route)",
                start: end - .microseconds(microseconds), end: end,
                [
                    ("http.request.method", .string(head.method.rawValue)), ("http.route", .string(route)),
                    ("http.response.status_code", .integer(Int64(status))), ("url.scheme", .string("http")),
                ], failure: status >= 500 ? "\(status)" : nil))
    }

    /// Closes the connection. A handler that runs where the request was received has that done by `start`, which then
    /// refuses; a suspended connection is resumed to find itself shut.
    private func cutInsteadOfAnswering() {
        state.withLock { state in
            switch state.phase {
            case .running where state.ready == nil: state.isCut = true
            case .suspended:
                state.phase = .answered
                connection.cut()
                MHD_resume_connection(handle)
            default: break
            }
        }
    }

    /// Hands an answer to libmicrohttpd; the phase must allow it.
    private func queue(_ prepared: PreparedResponse, _ state: inout State) -> Bool {
        state.phase = .answered
        state.stream = prepared.stream
        state.socket = prepared.socket
        if let stream = prepared.stream {
            connection.beginStreaming(self)
            stream.cutting { [connection] cause in
                if cause == .clientTooSlow { connection.reset() } else { connection.cut() }
            }
            core.peers.watch(connection.descriptor, stream)
        } else {
            connection.beginAnswering()
        }
        return prepared.queue(on: handle)
    }

    /// The handler took too long: 503 for the client, cancellation for the handler. False when there is no handler
    /// to answer for.
    @discardableResult func deadlinePassed() -> Bool {
        let task = state.withLock { $0.phase == .suspended ? $0.task : nil }
        guard let task else { return false }
        let response = TraceContext.$current.withValue(trace) {
            ProblemResponse.make(
                Problem(
                    .unavailable, "The answer was not ready in time. Whether the request had an effect is not known.",
                    retryAfter: 1), typePrefix: core.problemTypes)
        }
        let route: Int? = if case .handle(let entry, _) = head.plan { entry.index } else { nil }
        guard finish(response, route) else { return false }
        task.cancel()
        return true
    }

    /// The server is going down: a stream is asked to end, a handler goes on.
    func drain() {
        let (task, stream) = state.withLock { ($0.task, $0.stream) }
        guard let stream else { return }
        stream.stopping()
        task?.cancel()
    }

    /// The server is gone in a moment: a stream ends here, whatever its producer is still waiting for.
    func abandonStream() {
        let (task, stream) = state.withLock { ($0.task, $0.stream) }
        stream?.peerLeft()
        task?.cancel()
    }

    private static func names(_ methods: [HTTPMethod]) -> String {
        methods.map(\.rawValue).joined(separator: ", ")
    }
}
