import CLinux
import Glibc
import Runtime
import Synchronization

/// A wire that can be disturbed: it takes TCP connections on a port of its own and passes their bytes on to a server,
/// late, in slices, slowly, not at all, or until it cuts them.
///
/// Life: `with` starts its thread and ends it, and every connection with it, when `body` is over. Bytes keep their order
/// and none is lost but by a cut: what is held back while it is silent goes on its way when it is healed, even when the
/// client has gone meanwhile, as bytes do that a network has delayed.
package final class ChaosProxy: Sendable {
    /// What the wire does to bytes, both ways; without any it only passes them on.
    package struct Toxics: Sendable {
        /// Every piece comes so much later.
        package var latency: Duration = .zero
        /// The latency is more or less by as much as this, by chance.
        package var jitter: Duration = .zero
        /// No piece is longer.
        package var sliceBytes: Int?
        /// No connection passes on more in a second, either way.
        package var bytesPerSecond: Int?
        /// A connection is reset as soon as it has passed on so many more bytes from the client.
        package var cutAfterBytes: Int?
        /// Half open: it takes connections and bytes and passes none on, either way, nor that a side has gone.
        package var isSilent = false
        /// New connections are refused, as if nobody listened.
        package var isRefusing = false

        package init() {}
    }

    /// What has come by so far.
    package struct Counts: Sendable {
        /// Connections taken.
        package var taken = 0
        /// Connections there now.
        package var open = 0
        /// Bytes passed on from clients to the server.
        package var fromClients = 0
        /// Bytes passed on from the server to clients.
        package var fromServer = 0
    }

    /// What the thread is to do next.
    struct Orders {
        var toxics = Toxics()
        /// Changes with every `apply`, so that a limit of bytes counts from then on.
        var generation = 0
        var cut: Bool?
        var end: CheckedContinuation<Void, Never>?
    }

    /// It listens here, on 127.0.0.1.
    package let port: Int
    private let orders = Mutex(Orders())
    private let seen = Mutex(Counts())
    private let bell: Int32

    private init(port: Int) {
        self.port = port
        bell = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        precondition(bell >= 0, "no descriptor is left for a wire")
    }

    deinit { close(bell) }

    /// Lends a wire to a server, given by its IPv4 address, to `body`.
    package static func with<R>(
        to host: String, port: Int, _ body: (ChaosProxy) async throws -> R
    ) async throws -> R {
        let target = try socketAddress(host == "localhost" ? "127.0.0.1" : host, port)
        // A named port stays bound while it refuses.
        let proxy = ChaosProxy(port: try TestFiles.freePort())
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let isBound = withSocketAddress(try socketAddress("127.0.0.1", proxy.port)) { bind(listener, $0, $1) == 0 }
        guard isBound, listen(listener, 512) == 0 else {
            close(listener)
            throw TestStackError("a wire cannot listen on port \(proxy.port): error \(errno)")
        }
        OSThread.start("wire") { ChaosLoop(proxy, listener: listener, bell: proxy.bell, target: target).run() }
        let result: Result<R, any Error>
        do { result = .success(try await body(proxy)) } catch { result = .failure(error) }
        await withCheckedContinuation { continuation in
            proxy.order { $0.end = continuation }
        }
        return try result.get()
    }

    /// From now on it does this to the connections that are there and to those to come.
    package func apply(_ toxics: Toxics) {
        order {
            $0.toxics = toxics
            $0.generation += 1
        }
    }

    /// From now on it only passes bytes on.
    package func heal() { apply(Toxics()) }

    /// Ends every connection that is there: with a reset, or as if either side had hung up.
    package func cutAll(reset: Bool) {
        order { $0.cut = reset }
    }

    /// What has come by so far.
    package var counts: Counts { seen.withLock { $0 } }

    private func order(_ change: (inout Orders) -> Void) {
        orders.withLock { change(&$0) }
        eventfd_write(bell, 1)
    }

    /// For its thread: what to do, of which a cut and the end are told once.
    func next() -> Orders {
        orders.withLock { orders in
            defer {
                orders.cut = nil
                orders.end = nil
            }
            return orders
        }
    }

    /// For its thread.
    func count(_ change: (inout Counts) -> Void) { seen.withLock { change(&$0) } }
}

/// An IPv4 address for calls that want one.
func socketAddress(_ host: String, _ port: Int) throws -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
    guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw TestStackError("\(host) is no IPv4 address") }
    return address
}

/// Lends an address in the form that the calls take.
func withSocketAddress<R>(_ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}
