import CLinux
import CMicroHTTPD
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

/// Where a producer writes. One producer writes at a time; what it has written is sent in order, and kept only until
/// the kernel has taken it. An idle stream costs no buffer and no thread.
package final class StreamWriter: Sendable {
    private enum Ending: Sendable {
        case whole
        case cut
    }

    private struct State: Sendable {
        var buffer: [UInt8] = []
        var head = 0
        var isSuspended = false
        var ending: Ending?
        var cause: StreamEnded.Code?
        var waiter: CheckedContinuation<Void, Never>?
        var cutConnection: (@Sendable (StreamEnded.Code?) -> Void)?

        var pending: Int { buffer.count - head }
    }

    /// Used only while the connection is suspended, and to suspend it in the callback that may: "The only safe way to
    /// call this function is to call it from the MHD_AccessHandlerCallback or MHD_ContentReaderCallback."
    private nonisolated(unsafe) let handle: OpaquePointer
    private let limit: Int
    private let whenFull: ResponseStream.WhenFull
    private let state = Mutex(State())

    init(handle: OpaquePointer, limit: Int, whenFull: ResponseStream.WhenFull) {
        self.handle = handle
        self.limit = limit
        self.whenFull = whenFull
    }

    // MARK: For the producer

    /// Writes text.
    package func write(_ text: String) async throws(StreamEnded) { try await write(Array(text.utf8)) }

    /// Writes bytes; throws once the client has gone or, of a stream that drops, is too slow.
    package func write(_ bytes: [UInt8]) async throws(StreamEnded) {
        while try !put(bytes) {
            await waitForRoom()
            if Task.isCancelled { throw StreamEnded(code: state.withLock { $0.cause } ?? .serverStopping) }
        }
    }

    private func put(_ bytes: [UInt8]) throws(StreamEnded) -> Bool {
        var cut: (@Sendable (StreamEnded.Code?) -> Void)?
        defer { cut?(.clientTooSlow) }
        return try state.withLock { state throws(StreamEnded) -> Bool in
            if let cause = state.cause { throw StreamEnded(code: cause) }
            if state.pending > 0, state.pending + bytes.count > limit {
                if whenFull == .wait { return false }
                state.ending = .cut
                state.cause = .clientTooSlow
                // It reads nothing, so libmicrohttpd would wait for it until the idle limit.
                cut = state.cutConnection
                throw StreamEnded(code: .clientTooSlow)
            }
            state.buffer.append(contentsOf: bytes)
            resume(&state)
            return true
        }
    }

    private func waitForRoom() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mayGoOn = state.withLock { state in
                    if state.cause != nil || state.pending <= limit / 2 || Task.isCancelled { return true }
                    precondition(state.waiter == nil, "a stream has one producer")
                    state.waiter = continuation
                    return false
                }
                if mayGoOn { continuation.resume() }
            }
        } onCancel: {
            wakeWaiter()
        }
    }

    private func wakeWaiter() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    // MARK: For the exchange

    /// How to end the connection under libmicrohttpd's feet.
    func cutting(_ action: @escaping @Sendable (StreamEnded.Code?) -> Void) {
        state.withLock { $0.cutConnection = action }
    }

    func run(_ produce: @Sendable (StreamWriter) async throws -> Void, log: Log) async {
        do {
            try await produce(self)
            end(.whole, nil)
        } catch {
            let cause = state.withLock { $0.cause }
            // A producer that was told to stop has nothing to tell; its client gets a proper end of the body.
            end(cause == .serverStopping ? .whole : .cut, cause)
            if cause == nil, !(error is CancellationError) {
                log.error("a stream failed", ["error": .string(String(describing: error))])
            }
        }
    }

    func peerLeft() { end(.cut, .clientLeft) }

    /// The producer is about to be cancelled because the server stops.
    func stopping() {
        state.withLock { state in
            if state.ending == nil { state.cause = .serverStopping }
        }
        wakeWaiter()
    }

    private func end(_ ending: Ending, _ cause: StreamEnded.Code?) {
        state.withLock { state in
            guard state.ending == nil else { return }
            state.ending = ending
            state.cause = state.cause ?? cause ?? .serverStopping
            resume(&state)
        }
        wakeWaiter()
    }

    /// "It is safe to resume a suspended connection at any time", and only a suspended one: hence the flag.
    private func resume(_ state: inout State) {
        guard state.isSuspended else { return }
        state.isSuspended = false
        MHD_resume_connection(handle)
    }

    // MARK: For libmicrohttpd

    /// An answer that reads from here and keeps this alive.
    func makeResponse() -> OpaquePointer? {
        let retained = Unmanaged.passRetained(self)
        let response = MHD_create_response_from_callback(
            UInt64.max, 1024, readStream, retained.toOpaque(), freeStream)
        if response == nil { retained.release() }
        return response
    }

    /// Fills libmicrohttpd's buffer, or suspends the connection until there is something to fill it with.
    fileprivate func read(into buffer: UnsafeMutablePointer<CChar>, _ room: Int) -> Int {
        var waiter: CheckedContinuation<Void, Never>?
        defer { waiter?.resume() }
        return state.withLock { state in
            if state.ending == .cut {
                // After MHD_CONTENT_READER_END_WITH_ERROR libmicrohttpd 0.9.75 forgets to clean up until something else
                // wakes its thread, a minute later if nothing does. It notices at once that it cannot send.
                state.cutConnection?(state.cause)
                buffer.pointee = 0
                return 1
            }
            let count = min(room, state.pending)
            if count > 0 {
                state.buffer.withUnsafeBytes { bytes in
                    guard let base = bytes.baseAddress else { return }
                    UnsafeMutableRawPointer(buffer).copyMemory(from: base + state.head, byteCount: count)
                }
                state.head += count
                if state.pending == 0 {
                    state.buffer = []
                    state.head = 0
                }
                if state.pending <= limit / 2 {
                    waiter = state.waiter
                    state.waiter = nil
                }
                return count
            }
            if state.ending == .whole { return -1 }  // MHD_CONTENT_READER_END_OF_STREAM
            MHD_suspend_connection(handle)
            state.isSuspended = true
            return 0
        }
    }
}

private func readStream(
    _ stream: UnsafeMutableRawPointer?, _: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ room: Int
) -> Int {
    guard let stream, let buffer else { return -2 }
    return Unmanaged<StreamWriter>.fromOpaque(stream).takeUnretainedValue().read(into: buffer, room)
}

private func freeStream(_ stream: UnsafeMutableRawPointer?) {
    guard let stream else { return }
    Unmanaged<StreamWriter>.fromOpaque(stream).release()
}
