import CLinux
import Glibc

/// The thread of a `ChaosProxy`: one loop over all its connections, which waits nowhere but in `epoll_wait`.
///
/// Life: `run` returns when the proxy is told to end; by then every descriptor is closed.
final class ChaosLoop {
    private let proxy: ChaosProxy
    private let listener: Int32
    private let bell: Int32
    private let target: sockaddr_in
    private let epoll: Int32
    private var connections: [UInt64: ChaosConnection] = [:]
    private var lastKey = ChaosLoop.listenerKey
    private var isListening = true

    private static let bellKey: UInt64 = 0
    private static let listenerKey: UInt64 = 1

    /// `listener` becomes the loop's own; `bell` stays the proxy's.
    init(_ proxy: ChaosProxy, listener: Int32, bell: Int32, target: sockaddr_in) {
        self.proxy = proxy
        self.listener = listener
        self.bell = bell
        self.target = target
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(epoll >= 0, "no descriptor is left for a wire")
        namaskah_epoll_ctl(epoll, EPOLL_CTL_ADD, bell, EPOLLIN.rawValue, Self.bellKey)
        namaskah_epoll_ctl(epoll, EPOLL_CTL_ADD, listener, EPOLLIN.rawValue, Self.listenerKey)
    }

    func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 128)
        var wait: Duration?
        while true {
            // A round up, lest the rest of a millisecond be spent spinning.
            let limit = wait.map { Int32(clamping: Int64(($0 / .milliseconds(1)).rounded(.up))) } ?? -1
            let count = epoll_wait(epoll, &events, Int32(events.count), limit)
            let orders = proxy.next()
            for index in 0..<Int(max(0, count)) { handle(&events[index], orders.toxics) }
            if let reset = orders.cut { for connection in connections.values { connection.cut(reset: reset) } }
            if let end = orders.end { return finish(end) }
            setListening(!orders.toxics.isRefusing)
            wait = turn(orders)
        }
    }

    private func handle(_ event: inout epoll_event, _ toxics: ChaosProxy.Toxics) {
        let key = namaskah_epoll_data(&event)
        switch key {
        case Self.bellKey:
            var ignored: UInt64 = 0
            eventfd_read(bell, &ignored)
        case Self.listenerKey: take()
        default:
            // An odd key is the client's side. It may have been closed by an earlier event of the same batch.
            connections[key / 2]?.handle(namaskah_epoll_events(&event), ofClient: key % 2 == 1, toxics)
        }
    }

    /// Takes every connection that waits.
    private func take() {
        while case let client = accept(listener, nil, nil), client >= 0 {
            _ = fcntl(client, F_SETFL, O_NONBLOCK)
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let server = socket(AF_INET, kind, 0)
            guard server >= 0, withSocketAddress(target, { connect(server, $0, $1) }) == 0 || errno == EINPROGRESS
            else {
                close(client)
                close(server)
                continue
            }
            // Its sides have the keys 2n and 2n + 1, from 4 on.
            lastKey += 1
            connections[lastKey] = ChaosConnection(client: client, server: server, epoll: epoll, key: lastKey)
            proxy.count { $0.taken += 1 }
        }
    }

    /// Passes on what is due; gives the time until there is more to do.
    private func turn(_ orders: ChaosProxy.Orders) -> Duration? {
        let now = ContinuousClock.now
        var next: Duration?
        for (key, connection) in connections {
            let wait = connection.turn(now, orders)
            if connection.isClosed { connections[key] = nil }
            if let wait { next = min(next ?? wait, wait) }
            proxy.count { counts in
                counts.fromClients += connection.up.takeCount()
                counts.fromServer += connection.down.takeCount()
            }
        }
        proxy.count { $0.open = connections.count }
        return next
    }

    private func setListening(_ wanted: Bool) {
        guard wanted != isListening else { return }
        isListening = wanted
        if wanted {
            listen(listener, 512)
            namaskah_epoll_ctl(epoll, EPOLL_CTL_ADD, listener, EPOLLIN.rawValue, Self.listenerKey)
        } else {
            namaskah_epoll_ctl(epoll, EPOLL_CTL_DEL, listener, 0, 0)
            // Linux closes the port to newcomers and keeps it bound.
            shutdown(listener, Int32(SHUT_RDWR))
        }
    }

    private func finish(_ end: CheckedContinuation<Void, Never>) {
        for connection in connections.values { connection.cut(reset: true) }
        close(listener)
        close(epoll)
        proxy.count { $0.open = 0 }
        end.resume()
    }
}
