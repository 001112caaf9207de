import CCurl
import CLinux
import Kit
import Runtime
import Synchronization

/// The thread behind an `HTTPClient`. Tasks leave orders and cancellations in its inbox; it takes them all at once,
/// lets libcurl work on every transfer, and hands finished ones back.
final class TransferLoop: Sendable {
    typealias Answer = Result<ClientResponse, HTTPClientError>

    struct Order: Sendable {
        let ticket: UInt64
        let request: ClientRequest
        let continuation: CheckedContinuation<Answer, Never>
    }

    private struct Inbox: Sendable {
        var orders: [Order] = []
        var cancellations: [UInt64] = []
        var isClosing = false
        /// Orders that were taken on and not answered yet.
        var inFlight = 0
    }

    private let configuration: HTTPClient.Configuration
    private let inbox = Mutex(Inbox())
    /// "curl_multi_wakeup can be called from any thread" (curl_multi_wakeup(3)) and is the only call made on this
    /// pointer off the loop's thread; it is made under `inbox`'s lock and never once `isClosing` is set, and the handle
    /// is freed after that.
    nonisolated(unsafe) private let multi: UnsafeMutableRawPointer

    /// "You must never call it more than once without a matching cleanup" was true before libcurl 7.84; it is counted
    /// and thread-safe since (curl_global_init(3)). Once a process is what we need.
    private static let globalInit: Void = {
        precondition(curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, "libcurl could not be initialised")
    }()

    init(_ configuration: HTTPClient.Configuration) {
        Self.globalInit
        guard let multi = curl_multi_init() else { preconditionFailure("libcurl is out of memory") }
        namaskah_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionsPerHost)
        namaskah_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.idleConnections)
        self.multi = multi
        self.configuration = configuration
    }

    func start() {
        // With CURLOPT_NOSIGNAL libcurl leaves SIGPIPE to us, and OpenSSL raises it when a peer has gone.
        namaskah_ignore_sigpipe()
        OSThread.start("http-client") { self.run() }
    }

    func submit(_ order: Order) {
        let refusal: HTTPClientError? = inbox.withLock { inbox in
            if inbox.isClosing {
                return HTTPClientError(.closed, "The client was shut down.", wasCertainlyNotSent: true)
            }
            guard inbox.inFlight < configuration.maximumInFlight else {
                return HTTPClientError(.overloaded, "Too many requests are in hand.", wasCertainlyNotSent: true)
            }
            inbox.inFlight += 1
            inbox.orders.append(order)
            // One wake-up serves everything that is left before the loop looks.
            if inbox.orders.count == 1 { curl_multi_wakeup(multi) }
            return nil
        }
        if let refusal { order.continuation.resume(returning: .failure(refusal)) }
    }

    func cancel(_ ticket: UInt64) {
        inbox.withLock { inbox in
            guard !inbox.isClosing else { return }
            inbox.cancellations.append(ticket)
            if inbox.cancellations.count == 1 { curl_multi_wakeup(multi) }
        }
    }

    func close() {
        inbox.withLock { inbox in
            guard !inbox.isClosing else { return }
            curl_multi_wakeup(multi)
            inbox.isClosing = true
        }
    }

    private func run() {
        let share = curl_share_init()
        // TLS sessions belong to one easy handle unless shared; shared, a fresh connection is one round trip cheaper.
        // No lock functions: only this thread uses the handles.
        if let share { namaskah_curl_share_sessions(share) }
        var transfers: [UInt64: Transfer] = [:]
        var handles = HandlePool()
        // libcurl forgets the time-out of a transfer that waits for a connection to come free (measured on 7.88), so
        // deadlines are kept here too, a little later than libcurl's own.
        var deadlines = DeadlineHeap()
        let grace: Duration = .milliseconds(20)

        func end(_ transfer: Transfer, _ answer: Answer) {
            curl_multi_remove_handle(multi, transfer.handle)
            transfers[transfer.ticket] = nil
            handles.give(transfer.detach())
            transfer.continuation.resume(returning: answer)
        }

        while true {
            let (orders, cancellations, isClosing) = inbox.withLock { inbox in
                defer {
                    inbox.orders.removeAll(keepingCapacity: true)
                    inbox.cancellations.removeAll(keepingCapacity: true)
                }
                return (inbox.orders, inbox.cancellations, inbox.isClosing)
            }
            var ended = 0
            for order in orders {
                let transfer = Transfer(order, handles.take(), configuration, share: share)
                if let problem = transfer.prepare() {
                    handles.give(transfer.detach())
                    order.continuation.resume(returning: .failure(problem))
                    ended += 1
                } else {
                    transfers[order.ticket] = transfer
                    let status = curl_multi_add_handle(multi, transfer.handle)
                    precondition(status == CURLM_OK, "libcurl did not take a transfer: \(status)")
                    deadlines.push(.now + order.request.deadline + grace, order.ticket)
                }
            }
            for ticket in cancellations {
                guard let transfer = transfers[ticket] else { continue }
                end(transfer, .failure(transfer.failure(.cancelled, "The task was cancelled.")))
                ended += 1
            }
            if isClosing { break }

            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            var left: Int32 = 0
            while let message = curl_multi_info_read(multi, &left) {
                var handle: UnsafeMutableRawPointer?
                var code = CURLE_OK
                guard namaskah_curl_finished(message, &handle, &code) != 0, let handle,
                    let transfer = Transfer.owner(of: handle)
                else { continue }
                end(transfer, transfer.answer(code))
                ended += 1
            }
            let now = ContinuousClock.now
            while let ticket = deadlines.pop(before: now) {
                guard let transfer = transfers[ticket] else { continue }
                end(transfer, .failure(transfer.timeout("The deadline passed while it waited for a connection.")))
                ended += 1
            }
            if ended > 0 { inbox.withLock { $0.inFlight -= ended } }
            // Returns early for sockets, for libcurl's own timers and for wake-ups, so the minute is only a ceiling.
            let pause = min(deadlines.first.map { now.duration(to: $0) } ?? .seconds(60), .seconds(60))
            curl_multi_poll(multi, nil, 0, Int32(pause.milliseconds + 1), nil)
        }

        for transfer in transfers.values {
            end(transfer, .failure(transfer.failure(.closed, "The client was shut down.")))
        }
        handles.free()
        curl_multi_cleanup(multi)
        if let share { curl_share_cleanup(share) }
    }
}

/// Easy handles used again and again: one costs more to make than to reset.
private struct HandlePool {
    private var idle: [UnsafeMutableRawPointer] = []

    mutating func take() -> UnsafeMutableRawPointer {
        if let handle = idle.popLast() { return handle }
        guard let handle = curl_easy_init() else { preconditionFailure("libcurl is out of memory") }
        return handle
    }

    mutating func give(_ handle: UnsafeMutableRawPointer) {
        guard idle.count < 64 else { return curl_easy_cleanup(handle) }
        curl_easy_reset(handle)
        idle.append(handle)
    }

    mutating func free() {
        for handle in idle { curl_easy_cleanup(handle) }
        idle = []
    }
}
