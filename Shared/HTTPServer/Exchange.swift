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
        /// The connection is no longer libmicrohttpd's, which has yet to find that out.
        case taken
        case ended
    }

    private struct State: Sendable {
        var phase = Phase.receiving
        /// An answer that was ready before the connection had to be suspended.
        var ready: Answer?
        /// The handler wants the connection closed instead of answered.
        var isCut = false
        var task: Task<Void, Never>?
        var socket: WebSocket?
    }

    private enum Answer: Sendable {
        case whole(PreparedResponse)
        case stream(StreamWriter)

        /// Nobody will get it.
        func discard() {
            switch self {
            case .whole(let response): response.destroy()
            case .stream(let stream): stream.peerLeft()
            }
        }
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
            state.task = task
            if state.isCut { return nil }
            let ready = state.ready
            state.ready = nil
            if case .whole(let response) = ready { return queue(response, &state) ? false : nil }
            // "The only safe way to call this function is to call it from the MHD_AccessHandlerCallback": this is it.
            MHD_suspend_connection(handle)
            state.phase = .suspended
            guard case .stream(let stream) = ready else { return true }
            handOver(to: stream, &state)
            return false
        }
        if isWaiting == true {
            connection.beginWaiting(self, limit: entry.route.deadline ?? core.limits.handler)
            // The answer may have come in between, and with it the end of the waiting.
            if state.withLock({ $0.phase != .suspended }) { connection.beginAnswering() }
        }
        return isWaiting != nil
    }

    private func refuse(_ problem: Problem, _ allow: [HTTPMethod] = []) -> Bool {
        var response = TraceContext.$current.withValue(trace) { HTTPResponse.problem(problem) }
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
        let (ready, task, socket) = state.withLock { state in
            defer { state = State(phase: .ended) }
            return (state.ready, state.task, state.socket)
        }
        ready?.discard()
        // Of a socket that was taken over, the loop has told the task already; here libmicrohttpd holds a lock.
        if let socket, socket.endUnlessOpened() { task?.cancel() }
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
            if case .stream(let body) = response.body, head.method != .head {
                return begin(body, response, entry.index)
            }
            guard finish(response, entry.index) else { return }
            if case .webSocket(let upgrade) = response.body {
                await state.withLock { $0.socket }?.run(upgrade.serve, log: core.log)
            }
        }
    }

    /// Begins a stream, which takes the connection from libmicrohttpd: that would keep the memory of the whole request for as
    /// long as the answer lasts.
    private func begin(_ body: ResponseStream, _ response: HTTPResponse, _ route: Int) {
        guard core.mayTake(connection) else {
            let problem = Problem(
                .unavailable, "As many streams are open here as may be; try again in a while.", retryAfter: 10)
            finish(.problem(problem), route)
            return
        }
        let stream = StreamWriter(connection, response, body.whenFull, isChunked: head.knowsChunks)
        stream.produce(body.produce)
        finish(.stream(stream), response.status, route)
    }

    private func respond(_ request: HTTPRequest, _ entry: RouteTree.Entry) async -> HTTPResponse {
        do {
            let response = try await entry.route.handler(request)
            if case .webSocket = response.body, let refusal = WebSocketHandshake.refusal(of: request) {
                return .problem(refusal).with("Sec-WebSocket-Version", "13")
            }
            return response
        } catch let problem as Problem {
            return .problem(problem)
        } catch {
            core.log.error(
                "a handler failed",
                [
                    "http.route": .string(entry.route.canonicalPattern),
                    "http.method": .string(request.method.rawValue), "error": .string(String(describing: error)),
                ])
            return .problem(
                Problem(.internalError, "Something went wrong on our side. The trace id helps us to find it."))
        }
    }

    /// Gives the answer, unless one was given before or the client has gone.
    @discardableResult private func finish(_ response: HTTPResponse, _ route: Int?) -> Bool {
        if case .cut = response.body {
            cutInsteadOfAnswering()
            return false
        }
        guard let prepared = PreparedResponse(response, for: head, core: core, handle: handle) else { return false }
        return finish(.whole(prepared), response.status, route)
    }

    @discardableResult private func finish(_ answer: Answer, _ status: Int, _ route: Int?) -> Bool {
        let isTaken = state.withLock { state in
            switch (state.phase, answer) {
            case (.running, _) where state.ready == nil:
                state.ready = answer
                if case .whole(let response) = answer { state.socket = response.socket }
            case (.suspended, .whole(let response)):
                if !queue(response, &state) { connection.cut() }
                MHD_resume_connection(handle)
            case (.suspended, .stream(let stream)):
                handOver(to: stream, &state)
            default:
                return false
            }
            return true
        }
        guard isTaken else {
            answer.discard()
            return false
        }
        let duration = Uptime.microseconds - receivedAt
        core.metrics.answered(route: route, status: status, microseconds: duration)
        record(status, duration)
        return true
    }

    /// Gives a suspended connection to a stream. libmicrohttpd comes back to the request, is refused, and forgets it.
    private func handOver(to stream: StreamWriter, _ state: inout State) {
        state.phase = .taken
        if let descriptor = connection.take() { stream.open(descriptor) } else { stream.peerLeft() }
        MHD_resume_connection(handle)
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
        state.socket = prepared.socket
        connection.beginAnswering()
        return prepared.queue(on: handle)
    }

    /// The handler took too long: 503 for the client, cancellation for the handler. False when there is no handler
    /// to answer for.
    @discardableResult func deadlinePassed() -> Bool {
        let task = state.withLock { $0.phase == .suspended ? $0.task : nil }
        guard let task else { return false }
        let response = TraceContext.$current.withValue(trace) {
            HTTPResponse.problem(
                Problem(
                    .unavailable, "The answer was not ready in time. Whether the request had an effect is not known.",
                    retryAfter: 1))
        }
        let route: Int? = if case .handle(let entry, _) = head.plan { entry.index } else { nil }
        guard finish(response, route) else { return false }
        task.cancel()
        return true
    }

    private static func names(_ methods: [HTTPMethod]) -> String {
        methods.map(\.rawValue).joined(separator: ", ")
    }
}
