import CLinux
import CMicroHTTPD
import Glibc
import Kit
import Synchronization

/// One TCP connection. Made and ended by libmicrohttpd's notifications; in between the sweeper may cut it.
final class Connection: Sendable {
    let core: ServerCore
    let descriptor: Int32
    let remoteAddress: String

    /// When, on the clock of `Uptime`, what goes on now is too late; 0 when nothing is awaited.
    private let deadline = Atomic<Int64>(0)
    private enum Owner: Sendable {
        case daemon
        /// A stream, under another number; libmicrohttpd has a dead end under this one.
        case stream
        case nobody
    }
    /// Whose `descriptor` is: the lock is held while it is used, so that the number cannot be another's.
    private let owner = Mutex(Owner.daemon)
    /// The request whose handler has given up its thread, if there is one.
    private let waiting = Mutex<Exchange?>(nil)

    /// How long a request may still take to arrive once the server is going down.
    private static let lastCall = Duration.seconds(2)

    /// The target of the request that is being received. Written and read only inside libmicrohttpd's callbacks for
    /// this connection, which one and the same thread makes: "MHD_USE_INTERNAL_POLLING_THREAD: run using an internal
    /// thread doing the polling", and a connection stays with the thread that accepted it.
    nonisolated(unsafe) var target: [UInt8] = []

    init(core: ServerCore, handle: OpaquePointer) {
        self.core = core
        descriptor = namaskah_mhd_descriptor(handle)
        remoteAddress = Self.text(of: namaskah_mhd_peer(handle))
        awaitRequest(within: core.limits.receive)
    }

    // MARK: Phases, told from libmicrohttpd's callbacks

    func awaitRequest(within limit: Duration) { setDeadline(limit) }
    func beginReceiving() { setDeadline(core.isDraining ? Self.lastCall : core.limits.receive) }

    /// The handler waits; it may take until `limit` is over.
    func beginWaiting(_ exchange: Exchange, limit: Duration) {
        waiting.withLock { $0 = exchange }
        setDeadline(limit)
    }

    /// The answer is on its way. How long the client may take to read it is libmicrohttpd's to watch.
    func beginAnswering() { deadline.store(0, ordering: .relaxed) }

    func finishedRequest() {
        waiting.withLock { $0 = nil }
        setDeadline(core.limits.idle)
    }

    /// libmicrohttpd has closed it. One that was taken from it ends with its stream.
    func close() {
        let wasTaken = owner.withLock { owner in
            defer { owner = .nobody }
            return owner == .stream
        }
        if !wasTaken { core.closed(self) }
    }

    /// Takes the socket out of libmicrohttpd's hands, which finds one that leads nowhere under the number it knows, and
    /// cleans up behind itself without a word to the client. Nil if the client has gone or no more can be open. To be
    /// called while the connection is suspended: then libmicrohttpd does not wait for the socket either.
    func take() -> Int32? {
        owner.withLock { owner in
            guard owner == .daemon else { return nil }
            let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard own >= 0 else { return nil }
            guard dup2(core.deadEnd, descriptor) >= 0 else {
                _ = Glibc.close(own)
                return nil
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            owner = .stream
            deadline.store(0, ordering: .relaxed)
            waiting.withLock { $0 = nil }
            // What is written is sent; nothing else will ever come to fill the packet.
            var yes: Int32 = 1
            setsockopt(own, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            return own
        }
    }

    // MARK: Endings, from any thread

    func endIfLate(_ now: Int64) {
        let limit = deadline.load(ordering: .relaxed)
        // Only whoever takes the deadline away may act on it: if it has just been moved, the connection is not late.
        guard limit != 0, limit <= now,
            deadline.compareExchange(expected: limit, desired: 0, ordering: .relaxed).exchanged
        else { return }
        if let exchange = waiting.withLock({ $0 }) { exchange.deadlinePassed() } else { cut() }
    }

    /// The server is going down: a request that is still arriving has a last moment to do so. (Among them are clients that
    /// have left: libmicrohttpd overlooks a close that comes together with the last bytes.)
    func drain() {
        if waiting.withLock({ $0 != nil }) { return }
        let limit = deadline.load(ordering: .relaxed)
        let last = Uptime.milliseconds + Self.lastCall.milliseconds
        // If it has changed meanwhile, whoever changed it has seen that the server is going down.
        if limit > last { _ = deadline.compareExchange(expected: limit, desired: last, ordering: .relaxed) }
    }

    /// The server is gone in a moment: a handler that still runs is answered for with 503, anything else is cut.
    func abandon() {
        if waiting.withLock({ $0 })?.deadlinePassed() != true { cut() }
    }

    /// Ends the connection under libmicrohttpd's feet: it sees the end of the stream and cleans up as if the client
    /// had left.
    func cut() {
        owner.withLock { owner in
            if owner == .daemon { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private func setDeadline(_ limit: Duration) {
        deadline.store(Uptime.milliseconds + max(1, limit.milliseconds), ordering: .relaxed)
    }

    private static func text(of address: UnsafeMutablePointer<sockaddr>?) -> String {
        guard let address else { return "" }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                _ = inet_ntop(AF_INET, &$0.pointee.sin_addr, &buffer, socklen_t(buffer.count))
            }
        case AF_INET6:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                _ = inet_ntop(AF_INET6, &$0.pointee.sin6_addr, &buffer, socklen_t(buffer.count))
            }
        default: return ""
        }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // An IPv4 client of a socket for both is shown as what it is.
        return text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
    }
}
