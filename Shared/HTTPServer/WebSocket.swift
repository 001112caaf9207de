import JSON
import Kit
import Runtime
import Synchronization

/// The socket has been closed, by whom and why `code` says.
package struct WebSocketClosed: Error, Hashable, Sendable {
    package enum Code: String, Sendable {
        /// By the client or by us, properly or not.
        case closed
        /// More waited for the client than it may keep waiting.
        case clientTooSlow
    }

    package let code: Code
    package var message: String { code.rawValue }
    /// Never: the client has to come again.
    package var isRetriable: Bool { false }
}

/// One WebSocket, lent to the closure that serves it.
///
/// Messages arrive whole, texts as valid UTF-8; pings are answered and fragments joined below. A client that sends
/// faster than is read is slowed down, one that reads more slowly than is sent is dropped or waited for, as the sender
/// likes, one that is silent is pinged and, if it stays silent, dropped. Sending may be done from any task; `messages` is for one reader.
package final class WebSocket: Sendable {
    package enum Message: Hashable, Sendable {
        case text(String)
        case binary([UInt8])
    }

    struct Close: Sendable {
        let code: UInt16
        let reason: String
    }

    private struct State: Sendable {
        var incoming: [Message] = []
        var reader: CheckedContinuation<Message?, Never>?
        /// Senders that wait for room for so many bytes.
        var senders: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var isPaused = false
        var outgoing: [Message] = []
        /// Bytes here and in the library that the kernel has not taken.
        var waitingBytes = 0
        var close: Close?
        var isTouched = false
        var isOpened = false
        var end: WebSocketClosed.Code?
    }

    /// How many messages may wait for the reader before the client is no longer read from.
    private static let incomingLimit = 16

    let maximumMessage: Int
    private let loop: WebSocketLoop
    private let state = Mutex(State())

    init(loop: WebSocketLoop, maximumMessage: Int) {
        self.loop = loop
        self.maximumMessage = maximumMessage
    }

    // MARK: For the one who serves

    /// What the client sends, until the socket is closed.
    package var messages: Messages { Messages(socket: self) }

    package struct Messages: AsyncSequence, AsyncIteratorProtocol, Sendable {
        fileprivate let socket: WebSocket
        package func makeAsyncIterator() -> Messages { self }
        package func next() async -> Message? { await socket.next() }
    }

    /// Sends a text.
    package func send(_ text: String) async throws(WebSocketClosed) { try put(.text(text), text.utf8.count) }

    /// Sends a binary message.
    package func send(_ bytes: [UInt8]) async throws(WebSocketClosed) { try put(.binary(bytes), bytes.count) }

    /// Sends a text once there is room for it: for senders who would rather wait than lose a slow client.
    package func sendWhenRoom(_ text: String) async throws(WebSocketClosed) {
        while !hasRoom(for: text.utf8.count) {
            await waitForRoom(text.utf8.count)
            if Task.isCancelled { throw WebSocketClosed(code: .closed) }
        }
        try await send(text)
    }

    /// Begins to close; `messages` ends when the client has agreed. The first call decides.
    package func close(_ code: UInt16 = 1000, _ reason: String = "") {
        let tell = state.withLock { state in
            if state.close != nil || state.end != nil { return false }
            // A close frame has room for 123 bytes of reason.
            state.close = Close(code: code, reason: reason.utf8.count <= 123 ? reason : "")
            return Self.touch(&state)
        }
        if tell { loop.touch(self) }
    }

    private func put(_ message: Message, _ count: Int) throws(WebSocketClosed) {
        let tell = try state.withLock { state throws(WebSocketClosed) -> Bool in
            if let end = state.end { throw WebSocketClosed(code: end) }
            if state.close != nil { throw WebSocketClosed(code: .closed) }
            if state.waitingBytes > 0, state.waitingBytes + count > loop.outgoingLimit {
                state.end = .clientTooSlow
            } else {
                state.outgoing.append(message)
                state.waitingBytes += count
            }
            return Self.touch(&state)
        }
        if tell { loop.touch(self) }
        if state.withLock({ $0.end == .clientTooSlow }) { throw WebSocketClosed(code: .clientTooSlow) }
    }

    /// Whether so much can be sent without a drop. True of a socket that is over: sending will tell.
    private func hasRoom(for count: Int) -> Bool { state.withLock { hasRoom(for: count, $0) } }

    private func hasRoom(for count: Int, _ state: State) -> Bool {
        state.end != nil || state.close != nil || state.waitingBytes == 0
            || state.waitingBytes + count <= loop.outgoingLimit
    }

    private func waitForRoom(_ count: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mayGoOn = state.withLock { state in
                    if hasRoom(for: count, state) || Task.isCancelled { return true }
                    state.senders.append((count, continuation))
                    return false
                }
                if mayGoOn { continuation.resume() }
            }
        } onCancel: {
            // All of them look again, which is cheap and rare.
            wakeSenders(all: true)
        }
    }

    private func wakeSenders(all: Bool) {
        let woken = state.withLock { state in
            let waiting = state.senders
            state.senders = all ? [] : waiting.filter { !hasRoom(for: $0.count, state) }
            return all ? waiting : waiting.filter { hasRoom(for: $0.count, state) }
        }
        for sender in woken { sender.continuation.resume() }
    }

    private func next() async -> Message? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                var tell = false
                let (isReady, message) = state.withLock { state -> (Bool, Message?) in
                    precondition(state.reader == nil, "a WebSocket has one reader")
                    if !state.incoming.isEmpty {
                        let message = state.incoming.removeFirst()
                        if state.isPaused, state.incoming.isEmpty {
                            state.isPaused = false
                            tell = Self.touch(&state)
                        }
                        return (true, message)
                    }
                    if state.end != nil || Task.isCancelled { return (true, nil) }
                    state.reader = continuation
                    return (false, nil)
                }
                if tell { loop.touch(self) }
                if isReady { continuation.resume(returning: message) }
            }
        } onCancel: {
            takeReader()?.resume(returning: nil)
        }
    }

    private func takeReader() -> CheckedContinuation<Message?, Never>? {
        state.withLock { state in
            defer { state.reader = nil }
            return state.reader
        }
    }

    /// Whether the loop is to be told that there is something for it.
    private static func touch(_ state: inout State) -> Bool {
        defer { state.isTouched = true }
        return !state.isTouched && state.isOpened
    }

    // MARK: For the exchange

    func run(_ serve: @Sendable (WebSocket) async throws -> Void, log: Log) async {
        do {
            try await serve(self)
            close(1000)
        } catch let problem as Problem {
            close(1008, problem.code.rawValue)
        } catch {
            let isOver = state.withLock { $0.end != nil || $0.close != nil }
            if !isOver, !(error is CancellationError) {
                log.error("a WebSocket failed", ["error": .string(String(describing: error))])
            }
            close(1011)
        }
    }

    /// The connection has ended without having become a WebSocket; false when it had.
    func endUnlessOpened() -> Bool {
        let isOpened = state.withLock { $0.isOpened }
        if !isOpened { ended() }
        return !isOpened
    }

    // MARK: For the loop

    struct Work: Sendable {
        var messages: [Message]
        var close: Close?
        /// The client is to be dropped at once.
        var isOver: Bool
        var isPaused: Bool
    }

    /// From now on the loop is told of work.
    func opened() { state.withLock { $0.isOpened = true } }

    func takeWork() -> Work {
        state.withLock { state in
            state.isTouched = false
            defer { state.outgoing = [] }
            return Work(
                messages: state.outgoing, close: state.close, isOver: state.end != nil, isPaused: state.isPaused)
        }
    }

    func setWaiting(bytes: Int) {
        let isAwaited = state.withLock { state in
            state.waitingBytes = bytes + state.outgoing.reduce(0) { $0 + $1.count }
            return !state.senders.isEmpty
        }
        if isAwaited { wakeSenders(all: false) }
    }

    /// Takes a message in; true when no more should be read for now.
    func deliver(_ message: Message) -> Bool {
        var reader: CheckedContinuation<Message?, Never>?
        defer { reader?.resume(returning: message) }
        return state.withLock { state in
            // Who has said goodbye does not listen any more.
            if state.close != nil || state.end != nil { return false }
            if let waiting = state.reader {
                reader = waiting
                state.reader = nil
            } else {
                state.incoming.append(message)
                state.isPaused = state.incoming.count >= Self.incomingLimit
            }
            return state.isPaused
        }
    }

    func ended() {
        state.withLock { state in
            state.end = state.end ?? .closed
            state.outgoing = []
        }
        takeReader()?.resume(returning: nil)
        wakeSenders(all: true)
    }
}

extension WebSocket.Message {
    var count: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .binary(let bytes): bytes.count
        }
    }
}
