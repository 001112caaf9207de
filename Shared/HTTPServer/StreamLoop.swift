import CLinux
import Glibc
import Kit
import Runtime
import Synchronization

/// The sockets of all streams of a server, and the thread that waits for what happens to them without a word of ours:
/// a client has left, or one that was full has room again. Started with the first stream, ended by `stop`. Whoever has
/// something to send sends it himself.
final class StreamLoop: Sendable {
    private struct State: Sendable {
        var epoll: Int32 = -1
        var wake: Int32 = -1
        var lastToken: UInt64 = 0
        var streams: [UInt64: StreamWriter] = [:]
    }

    private let state = Mutex(State())

    /// Begins to wait, until the descriptor is closed, and `remove` is called with the token that this gives.
    func add(_ stream: StreamWriter, _ descriptor: Int32) -> UInt64 {
        state.withLock { state in
            if state.epoll < 0 { start(&state) }
            state.lastToken += 1
            state.streams[state.lastToken] = stream
            // On edges: told once when there is room again, and of nothing while there is. Without the kernel's memory
            // for one more the stream is served on: it ends with the next write that fails, or that finds no room.
            namaskah_epoll_ctl(
                state.epoll, EPOLL_CTL_ADD, descriptor,
                EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue, state.lastToken)
            return state.lastToken
        }
    }

    func remove(_ token: UInt64) { state.withLock { $0.streams[token] = nil } }

    var all: [StreamWriter] { state.withLock { Array($0.streams.values) } }

    /// Ends the thread. Nothing may be added after this.
    func stop() {
        let wake = state.withLock { $0.wake }
        if wake >= 0 { eventfd_write(wake, 1) }
    }

    private func start(_ state: inout State) {
        state.epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        state.wake = eventfd(0, Int32(EFD_CLOEXEC))
        precondition(state.epoll >= 0 && state.wake >= 0, "no epoll or eventfd could be made")
        namaskah_epoll_ctl(state.epoll, EPOLL_CTL_ADD, state.wake, EPOLLIN.rawValue, 0)
        OSThread.start("http-streams") { [self, epoll = state.epoll, wake = state.wake] in
            wait(epoll)
            close(epoll)
            close(wake)
        }
    }

    private func wait(_ epoll: Int32) {
        let gone = EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = epoll_wait(epoll, &events, 64, -1)
            precondition(count >= 0 || namaskah_errno() == EINTR, "the thread of the streams cannot wait for events")
            for index in 0..<Int(max(0, count)) {
                // A token that is no longer known belongs to a stream that ended meanwhile.
                let token = namaskah_epoll_data(&events[index])
                if token == 0 { return }
                guard let stream = state.withLock({ $0.streams[token] }) else { continue }
                if namaskah_epoll_events(&events[index]) & gone != 0 { stream.peerLeft() } else { stream.flush() }
            }
        }
    }
}
