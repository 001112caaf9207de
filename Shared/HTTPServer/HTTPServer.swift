import CLinux
import CMicroHTTPD
import Glibc
import JSON
import Kit
import Runtime
import Synchronization

/// An HTTP/1.1 server on libmicrohttpd.
///
/// Its port is bound when it is made, so that a taken port ends the start of the service; it answers from `run` on.
/// Requests are received whole on libmicrohttpd's own threads, where the handler begins too: one that never waits is
/// answered from there without any change of thread. A handler that waits gives its thread back and goes on in the
/// usual pool. Handlers must not block, here even less than elsewhere.
///
/// `stop` closes the port, lets running handlers finish and send their answers, cancels the producers of streams, closes
/// WebSockets with 1001, and lets `run` return; after `limits.drain` it waits no longer. A request is answered at most
/// once and its handler runs at most once. A client that has left does not cancel a handler, because what the handler
/// does may have an effect that must be completed; it does cancel a stream and a WebSocket.
package final class HTTPServer: Service {
    package let name: String
    /// The port it listens on, also when 0 was asked for.
    package let port: Int

    private let core: ServerCore
    private let listening: ListeningSocket
    private let threads: Int
    private let stopRequests: AsyncStream<Void>
    private let stopRequest: AsyncStream<Void>.Continuation

    /// Binds the port. `address` is numeric, IPv4 or IPv6; `::` takes both.
    package init(
        name: String = "http", address: String = "127.0.0.1", port: Int, router: Router,
        limits: HTTPLimits = HTTPLimits(), threads: Int = 1, log: Log, metrics: Metrics = Metrics()
    ) throws(HTTPServerError) {
        precondition((1...64).contains(threads), "a server has 1 to 64 threads")
        self.name = name
        self.threads = threads
        listening = try ListeningSocket(address: address, port: port)
        self.port = listening.port
        core = ServerCore(
            name: name, routes: RouteTree(router), limits: limits, log: log,
            metrics: RequestMetrics(server: name, routes: router.routes, in: metrics))
        (stopRequests, stopRequest) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// How many connections there are; tests look for leaks here.
    var connectionCount: Int { core.connectionCount }

    package func stop() { stopRequest.finish() }

    package func run() async throws {
        let daemon = try Daemon(core: core, listening: listening, threads: threads)
        // On a thread of its own: late clients are cut also when all tasks are kept from running.
        OSThread.start("\(name) sweep") { [core] in core.sweep() }
        // Ends when `stop` is called, or when this task is cancelled, which asks for the same in more of a hurry.
        for await _ in stopRequests {}
        core.beginDrain()
        daemon.stopAccepting()
        let isDrained = await core.waitUntilDrained(within: Task.isCancelled ? .zero : core.limits.drain)
        core.endSweep()
        guard isDrained else {
            // With a suspended connection left, MHD_stop_daemon would end the process on the spot, and with it what
            // other services of it have still to put away.
            core.log.error("connections were left open by the stop", ["http.server": .string(name)])
            // The daemon's threads go on until the process ends, and borrow the core.
            _ = Unmanaged.passRetained(core)
            return
        }
        await daemon.stop()
        core.streams.stop()
        core.webSockets.stop()
    }
}
