import CLinux
import Glibc
import JSON
import Kit
import Runtime
import Synchronization

/// A body that is produced while it is sent; made by `HTTPResponse.stream` and `.events`.
package struct ResponseStream: Sendable {
    /// What becomes of a client that reads more slowly than is written.
    package enum WhenFull: Sendable {
        /// Its connection is cut and the producer gets an error: for live events, where others must not wait for it.
        case drop
        /// The producer waits: for exports, where nothing is lost by it.
        case wait
    }

    let whenFull: WhenFull
    let produce: @Sendable (StreamWriter) async throws -> Void
}

/// The stream has ended before its producer did: there is nobody left to write to.
package struct StreamEnded: Error, Hashable, Sendable {
    package enum Code: String, Sendable {
        case clientLeft
        case clientTooSlow
        case serverStopping
    }

    package let code: Code
    package var message: String { code.rawValue }
    /// Never: the client has to come again.
    package var isRetriable: Bool { false }
}

/// Where a producer writes. One producer writes at a time; what it has written goes to the kernel at once, and is kept only
/// as far as that does not take it. An idle stream costs no buffer and no thread.
///
/// Its socket is its own: libmicrohttpd would keep a request's whole memory for as long as its answer lasts, and looks
/// through all streams that wait whenever one of them has something to send.
package final class StreamWriter: Sendable {
    private enum Ending: Sendable {
        case whole
        case cut
    }

    private struct Waiter: Sendable {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State: Sendable {
        /// -1 before there is a socket, and after it was closed.
        var descriptor: Int32 = -1
        /// Whether there was a socket: only then does the connection end with the stream.
        var wasOpened = false
        var token: UInt64?
        /// What the kernel has not taken.
        var buffer: [UInt8]
        var head = 0
        /// When something last moved, or began to wait, by `Uptime`.
        var movedAt: Int64 = 0
        var ending: Ending?
        var cause: StreamEnded.Code?
        /// The client has been told that nothing more comes.
        var isShut = false
        var isOver = false
        var waiter: Waiter?
        var task: Task<Void, Never>?

        var pending: Int { buffer.count - head }
    }

    /// How long a client that has everything may keep its side open.
    private static let closingLimit: Int64 = 2000

    private let connection: Connection
    private let isChunked: Bool
    private let whenFull: ResponseStream.WhenFull
    private let state: Mutex<State>
    private var core: ServerCore { connection.core }
    private var limit: Int { core.limits.outgoing }

    /// A body without chunks ends with its connection.
    init(_ connection: Connection, _ response: HTTPResponse, _ whenFull: ResponseStream.WhenFull, isChunked: Bool) {
        self.connection = connection
        self.isChunked = isChunked
        self.whenFull = whenFull
        state = Mutex(State(buffer: ResponseHead.ofStream(response.status, response.headers, isChunked: isChunked)))
        connection.core.entered()
    }

    // MARK: For the producer

    /// Writes text.
    package func write(_ text: String) async throws(StreamEnded) { try await write(Array(text.utf8)) }

    /// Writes bytes; throws once the client has gone or, of a stream that drops, is too slow.
    package func write(_ bytes: [UInt8]) async throws(StreamEnded) {
        while try !put(bytes) {
            await waitForRoom(bytes.count)
            if Task.isCancelled { throw StreamEnded(code: state.withLock { $0.cause } ?? .serverStopping) }
        }
    }

    private func put(_ bytes: [UInt8]) throws(StreamEnded) -> Bool {
        // As a chunk it would be the end of the body.
        if bytes.isEmpty { return true }
        let (isTaken, cause) = change { state -> (Bool, StreamEnded.Code?) in
            if let cause = state.cause { return (false, cause) }
            guard hasRoom(bytes.count, state) else {
                // Before there is a socket, the client is not the one to blame.
                if whenFull == .wait || state.descriptor < 0 { return (false, nil) }
                close(&state, .clientTooSlow)
                return (false, .clientTooSlow)
            }
            if state.pending == 0 { state.movedAt = Uptime.milliseconds }
            // A reader that is never quite through would else have all of it kept until the end.
            if state.head > limit {
                state.buffer.removeFirst(state.head)
                state.head = 0
            }
            append(bytes, to: &state.buffer)
            send(&state)
            return (true, nil)
        }
        if let cause { throw StreamEnded(code: cause) }
        return isTaken
    }

    /// Bytes in memory; tests look for leaks here.
    var kept: Int { state.withLock { $0.buffer.count } }

    private func hasRoom(_ count: Int, _ state: State) -> Bool {
        state.pending == 0 || state.pending + count <= limit
    }

    private func append(_ bytes: [UInt8], to buffer: inout [UInt8]) {
        guard isChunked else { return buffer += bytes }
        buffer.reserveCapacity(buffer.count + bytes.count + 12)
        buffer += String(bytes.count, radix: 16).utf8
        buffer += "\r\n".utf8
        buffer += bytes
        buffer += "\r\n".utf8
    }

    private func waitForRoom(_ count: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mayGoOn = state.withLock { state in
                    if state.cause != nil || hasRoom(count, state) || Task.isCancelled { return true }
                    precondition(state.waiter == nil, "a stream has one producer")
                    state.waiter = Waiter(count: count, continuation: continuation)
                    return false
                }
                if mayGoOn { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.continuation.resume()
        }
    }

    // MARK: For the exchange

    /// Lets the producer begin, here and now, in a task of its own: a task keeps as much memory as the deepest call ever
    /// made in it took, those of a handler go deep, and a stream may last for hours. Before `open`, so that what its first
    /// turn begins to listen to is listened to when the client reads the head.
    func produce(_ produce: @escaping @Sendable (StreamWriter) async throws -> Void) {
        let task = Task.immediate { await run(produce) }
        change { state in
            if state.isOver { task.cancel() } else { state.task = task }
        }
        // A drain that began meanwhile may have overlooked it.
        if core.isDraining { stopping() }
    }

    /// The connection's socket is this stream's own from now on.
    func open(_ descriptor: Int32) {
        let isTooLate = change { state in
            guard !state.isOver else { return true }
            state.descriptor = descriptor
            state.wasOpened = true
            state.token = core.streams.add(self, descriptor)
            state.movedAt = Uptime.milliseconds
            send(&state)
            return false
        }
        guard isTooLate else { return }
        // The server has stopped meanwhile.
        _ = Glibc.close(descriptor)
        core.closed(connection)
    }

    /// There is no connection, or none any more.
    func peerLeft() { change { close(&$0, .clientLeft) } }

    /// The server is going down: the producer is cancelled, and the body ends properly.
    func stopping() {
        let task = change { state in
            if state.ending == nil { state.cause = state.cause ?? .serverStopping }
            return state.task
        }
        task?.cancel()
    }

    private func run(_ produce: @Sendable (StreamWriter) async throws -> Void) async {
        do {
            try await produce(self)
            end(.whole, nil)
        } catch {
            let cause = state.withLock { $0.cause }
            // A producer that was told to stop has nothing to tell; its client gets a proper end of the body.
            end(cause == .serverStopping ? .whole : .cut, cause)
            if cause == nil, !(error is CancellationError) {
                core.log.error("a stream failed", ["error": .string(String(describing: error))])
            }
        }
    }

    private func end(_ ending: Ending, _ cause: StreamEnded.Code?) {
        change { state in
            guard state.ending == nil else { return }
            state.ending = ending
            state.cause = state.cause ?? cause ?? .serverStopping
            if ending == .whole, isChunked { state.buffer += "0\r\n\r\n".utf8 }
            send(&state)
        }
    }

    // MARK: For the loop

    /// There is room in the kernel again.
    func flush() { change { send(&$0) } }

    /// Ends a stream whose client takes nothing any more.
    func endIfStuck(_ now: Int64, idle: Int64) {
        change { state in
            guard state.descriptor >= 0 else { return }
            if state.isShut, now - state.movedAt > Self.closingLimit { close(&state, .clientLeft) }
            if state.pending > 0, now - state.movedAt > idle { close(&state, .clientTooSlow) }
        }
    }

    // MARK: The socket

    /// Gives the kernel what it takes, and ends what is to be ended after it.
    private func send(_ state: inout State) {
        guard state.descriptor >= 0 else { return }
        while state.pending > 0 {
            let (descriptor, head) = (state.descriptor, state.head)
            let count = state.buffer.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + head }, $0.count - head, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                state.head += count
                state.movedAt = Uptime.milliseconds
            } else if namaskah_errno() == EAGAIN || namaskah_errno() == EWOULDBLOCK {
                return
            } else if namaskah_errno() != EINTR {
                return close(&state, .clientLeft)
            }
        }
        state.buffer = []
        state.head = 0
        switch state.ending {
        case .cut: close(&state, .clientLeft)
        case .whole where !state.isShut:
            // Closed only when the client has closed its side: what it may have sent would else make a reset of the
            // close, which takes from it what it has not read.
            state.isShut = true
            state.movedAt = Uptime.milliseconds
            shutdown(state.descriptor, Int32(SHUT_WR))
        default: break
        }
    }

    /// Ends the stream where it is.
    private func close(_ state: inout State, _ cause: StreamEnded.Code) {
        state.ending = state.ending ?? .cut
        state.cause = state.cause ?? cause
        state.buffer = []
        state.head = 0
        state.isOver = true
        guard state.descriptor >= 0 else { return }
        if cause == .clientTooSlow || (!isChunked && !state.isShut) {
            // To one that reads nothing the kernel would keep on offering what waits; and without chunks only so can
            // what was cut off not be taken for whole.
            var atOnce = linger(l_onoff: 1, l_linger: 0)
            setsockopt(state.descriptor, SOL_SOCKET, SO_LINGER, &atOnce, socklen_t(MemoryLayout<linger>.size))
        }
        _ = Glibc.close(state.descriptor)
        state.descriptor = -1
    }

    /// Changes the state, and then does what must not be done under its lock.
    @discardableResult private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        var waiter: Waiter?
        var over: State?
        let result = state.withLock { state in
            let wasOver = state.isOver
            let result = body(&state)
            if let waiting = state.waiter, state.cause != nil || hasRoom(waiting.count, state) {
                waiter = waiting
                state.waiter = nil
            }
            if state.isOver, !wasOver {
                over = state
                state.task = nil
            }
            return result
        }
        waiter?.continuation.resume()
        if let over {
            if let token = over.token { core.streams.remove(token) }
            over.task?.cancel()
            if over.wasOpened { core.closed(connection) }
            core.left()
        }
        return result
    }
}
