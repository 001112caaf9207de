import CLinux
import Glibc
import Kit
import Runtime
import Synchronization

/// Notices that the client of a stream has left: "While a connection is suspended, MHD will not detect disconnects by
/// the client", and an idle stream is suspended nearly always. One thread, started with the first stream, waits on an
/// epoll of its own for the other side's end of each such connection.
final class PeerWatch: Sendable {
    private struct State: Sendable {
        var epoll: Int32 = -1
        var wake: Int32 = -1
        var lastToken: UInt64 = 0
        var streams: [UInt64: StreamWriter] = [:]
        var tokens: [ObjectIdentifier: (token: UInt64, descriptor: Int32)] = [:]
    }

    private let state = Mutex(State())

    /// Begins to watch; the descriptor must stay open until `forget`.
    func watch(_ descriptor: Int32, _ stream: StreamWriter) {
        let failed = state.withLock { state in
            if state.epoll < 0 {
                state.epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
                precondition(state.epoll >= 0, "no epoll could be made")
                state.wake = eventfd(0, Int32(EFD_CLOEXEC))
                precondition(state.wake >= 0, "no eventfd could be made")
                namaskah_epoll_ctl(state.epoll, EPOLL_CTL_ADD, state.wake, EPOLLIN.rawValue, 0)
                OSThread.start("http-peers") { [self, epoll = state.epoll, wake = state.wake] in
                    wait(epoll)
                    close(epoll)
                    close(wake)
                }
            }
            state.lastToken += 1
            state.streams[state.lastToken] = stream
            state.tokens[ObjectIdentifier(stream)] = (state.lastToken, descriptor)
            let events = EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLONESHOT.rawValue
            return namaskah_epoll_ctl(state.epoll, EPOLL_CTL_ADD, descriptor, events, state.lastToken) != 0
        }
        // Out of kernel memory for watches: the stream is served on; it ends with the next write that fails.
        if failed { forget(stream) }
    }

    func forget(_ stream: StreamWriter) {
        state.withLock { state in
            guard let (token, descriptor) = state.tokens.removeValue(forKey: ObjectIdentifier(stream)) else { return }
            state.streams[token] = nil
            namaskah_epoll_ctl(state.epoll, EPOLL_CTL_DEL, descriptor, 0, 0)
        }
    }

    /// Ends the thread. Nothing may be watched after this.
    func stop() {
        let wake = state.withLock { $0.wake }
        if wake >= 0 { eventfd_write(wake, 1) }
    }

    private func wait(_ epoll: Int32) {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = epoll_wait(epoll, &events, 64, -1)
            if count < 0, namaskah_errno() != EINTR { return }
            for index in 0..<Int(max(0, count)) {
                // A token that is no longer known belongs to a connection that ended meanwhile.
                let token = namaskah_epoll_data(&events[index])
                if token == 0 { return }
                state.withLock { $0.streams[token] }?.peerLeft()
            }
        }
    }
}
