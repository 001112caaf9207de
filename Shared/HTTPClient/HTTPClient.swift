import Kit
import Runtime
import Synchronization

/// HTTP/1.1 and HTTP/2 over libcurl: one thread of its own drives every transfer, connections are pooled.
///
/// Life: `init` starts the thread; `shutdown`, or the end of the last reference, ends it and fails what is in hand.
/// Guarantees: a request is sent at most once when its `freshConnection` is set; every `send` returns within its
/// deadline; a cancelled task's transfer is dropped at once. Never follows redirects, never reads proxies or anything
/// else out of the environment, never leaves a peer's certificate unchecked, never speaks anything but http and https.
/// Does not promise order between requests, and without `freshConnection` libcurl may repeat a request.
package final class HTTPClient: Sendable {
    package struct Configuration: Sendable {
        /// Sent with every request that has no `User-Agent` of its own; empty sends none.
        package var userAgent: String
        /// Connections open at once to one host and port; further requests wait for one, within their deadline.
        package var connectionsPerHost: Int
        /// Connections kept open when idle, over all hosts.
        package var idleConnections: Int
        /// An idle connection older than this is not used again.
        package var idleLifetime: Duration
        /// Requests in hand at once; one more is refused with `overloaded`.
        package var maximumInFlight: Int
        /// All header lines of an answer together.
        package var maximumHead: Int

        package init(
            userAgent: String = "Namaskah/1.0", connectionsPerHost: Int = 64, idleConnections: Int = 256,
            idleLifetime: Duration = .seconds(60), maximumInFlight: Int = 20_000, maximumHead: Int = 64 << 10
        ) {
            self.userAgent = userAgent
            self.connectionsPerHost = connectionsPerHost
            self.idleConnections = idleConnections
            self.idleLifetime = idleLifetime
            self.maximumInFlight = maximumInFlight
            self.maximumHead = maximumHead
        }
    }

    private let loop: TransferLoop
    private let lastTicket = Atomic<UInt64>(0)

    package init(_ configuration: Configuration = Configuration()) {
        loop = TransferLoop(configuration)
        loop.start()
    }

    deinit { loop.close() }

    /// Fails what is in hand with `closed`, and everything that comes after. Returns at once.
    package func shutdown() { loop.close() }

    /// Sends a request and returns the whole answer, whatever its status.
    package func send(_ request: ClientRequest) async throws(HTTPClientError) -> ClientResponse {
        if Task.isCancelled { throw HTTPClientError(.cancelled, "The task was cancelled.", wasCertainlyNotSent: true) }
        let ticket = lastTicket.wrappingAdd(1, ordering: .relaxed).newValue
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.submit(TransferLoop.Order(ticket: ticket, request: request, continuation: continuation))
                // A cancellation may have come before there was anything to cancel.
                if Task.isCancelled { loop.cancel(ticket) }
            }
        } onCancel: {
            loop.cancel(ticket)
        }
        return try result.get()
    }
}
