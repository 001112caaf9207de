import CLinux
import CMicroHTTPD
import Glibc
import Kit
import Runtime
import Synchronization

/// The thread that moves the bytes of all WebSockets of a server: started with the first, ended by `stop`.
final class WebSocketLoop: Sendable {
    private enum Command: Sendable {
        case adopt(WebSocketSession)
        case touch(WebSocket)
        case drain
        case cut
        case stop
    }

    private struct State: Sendable {
        var commands: [Command] = []
        var epoll: Int32 = -1
        var wake: Int32 = -1
    }

    /// Bytes that may wait for one client.
    let outgoingLimit: Int
    private let idle: Int64
    private let state = Mutex(State())

    init(outgoingLimit: Int, idle: Duration) {
        self.outgoingLimit = outgoingLimit
        self.idle = idle.milliseconds
    }

    // MARK: From any thread

    /// Takes over a connection that has become a WebSocket. `task` serves it and is cancelled when the client has gone.
    func adopt(
        _ socket: WebSocket, descriptor: Int32, upgrade: OpaquePointer, extra: [UInt8], task: Task<Void, Never>?
    ) {
        let session = WebSocketSession(
            socket: socket, descriptor: descriptor, upgrade: upgrade, extra: extra, task: task)
        state.withLock { if $0.epoll < 0 { start(&$0) } }
        socket.opened()
        order(.adopt(session))
    }

    /// There is something to send, to close, or room to read on.
    func touch(_ socket: WebSocket) { order(.touch(socket)) }

    /// Says goodbye to all, now and in future.
    func drain() { order(.drain) }

    /// Drops all at once.
    func cut() { order(.cut) }

    func stop() { order(.stop) }

    private func order(_ command: Command) {
        let wake = state.withLock { state in
            // Without a thread there are no sockets, and whether the server stops is told again with the first.
            if state.epoll < 0 { return Int32(-1) }
            state.commands.append(command)
            return state.commands.count == 1 ? state.wake : -1
        }
        if wake >= 0 { eventfd_write(wake, 1) }
    }

    private func start(_ state: inout State) {
        state.epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        state.wake = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        precondition(state.epoll >= 0 && state.wake >= 0, "no epoll or eventfd could be made")
        namaskah_epoll_ctl(state.epoll, EPOLL_CTL_ADD, state.wake, EPOLLIN.rawValue, 0)
        OSThread.start("http-ws") { [self, epoll = state.epoll, wake = state.wake] in run(epoll, wake) }
    }

    // MARK: On the thread

    private func run(_ epoll: Int32, _ wake: Int32) {
        var sessions: [UInt64: WebSocketSession] = [:]
        var events = [epoll_event](repeating: epoll_event(), count: 128)
        var isDraining = false
        let lookInterval = max(10, min(1000, idle / 4))
        var lastLook = Uptime.milliseconds

        func work(_ key: UInt64, _ session: WebSocketSession) {
            if isDraining { session.socket.close(1001, "the server is stopping") }
            if !session.pump(epoll, key) {
                sessions[key] = nil
                session.finish(epoll)
            }
        }

        while true {
            let count = epoll_wait(epoll, &events, 128, sessions.isEmpty ? -1 : Int32(lookInterval))
            precondition(count >= 0 || namaskah_errno() == EINTR, "the WebSocket thread cannot wait for events")
            var hasCommands = false
            for index in 0..<Int(max(0, count)) {
                let key = namaskah_epoll_data(&events[index])
                if key == 0 { hasCommands = true } else if let session = sessions[key] { work(key, session) }
            }
            if hasCommands {
                var ignored: UInt64 = 0
                eventfd_read(wake, &ignored)
                let commands = state.withLock { state in
                    defer { state.commands = [] }
                    return state.commands
                }
                for command in commands {
                    switch command {
                    case .adopt(let session):
                        let key = Self.key(session.socket)
                        sessions[key] = session
                        session.watch(epoll, key)
                        work(key, session)
                    case .touch(let socket):
                        let key = Self.key(socket)
                        if let session = sessions[key] { work(key, session) }
                    case .drain:
                        isDraining = true
                        for (key, session) in sessions { work(key, session) }
                    case .cut:
                        for session in sessions.values { session.finish(epoll) }
                        sessions = [:]
                    case .stop:
                        for session in sessions.values { session.finish(epoll) }
                        close(epoll)
                        close(wake)
                        return
                    }
                }
            }
            let now = Uptime.milliseconds
            if now - lastLook >= lookInterval {
                lastLook = now
                for (key, session) in sessions where !session.isAlive(now, idle: idle) {
                    sessions[key] = nil
                    session.finish(epoll)
                }
                for (key, session) in sessions where session.pingIfSilent(now, idle: idle) { work(key, session) }
            }
        }
    }

    private static func key(_ socket: WebSocket) -> UInt64 { UInt64(UInt(bitPattern: ObjectIdentifier(socket))) }
}
