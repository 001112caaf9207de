import JSON
import Kit
import Runtime
import Synchronization

/// Sends messages and learns what became of each. One connection, used for nothing else, with publisher confirms and
/// the mandatory flag; any number of callers at once.
///
/// Life: `run` by the service group, stopped after everything that publishes through it. `publish` may be called
/// before `run`, the messages wait.
/// Guarantees: an outcome for every message, in order, at the latest when the deadline is over; never `.confirmed`
/// unless every queue has it. While the broker is away or blocks publishing, messages wait in memory.
/// Does not promise: order between callers, or that `.unknown` means not sent. It never sends a message twice by
/// itself; whoever got `.unknown` decides.
package final class Publisher: Service {
    /// A batch on its way to the connection's thread.
    struct Submission: Sendable {
        let messages: [WireMessage]
        let deadline: Int64
        let completion: @Sendable ([PublishOutcome]) -> Void
    }

    private struct State: Sendable {
        var submissions: [Submission] = []
        var hasEnded = false
    }

    package let name: String
    private let runner: LinkRunner
    private let limits: Limits
    private let applicationID: String
    private let state = Mutex(State())
    private let published: [String: Counter]
    private let waiting: Gauge
    private let time: Histogram

    /// How much may be unconfirmed at once. Half a MiB fits into the socket's buffers, so that a broker that has
    /// stopped reading does not hold the thread.
    package struct Limits: Sendable {
        package var unconfirmedMessages: Int
        package var unconfirmedBytes: Int
        package var bodyBytes: Int

        package init(
            unconfirmedMessages: Int = 500, unconfirmedBytes: Int = 512 * 1024, bodyBytes: Int = 1024 * 1024
        ) {
            self.unconfirmedMessages = unconfirmedMessages
            self.unconfirmedBytes = unconfirmedBytes
            self.bodyBytes = bodyBytes
        }
    }

    /// `applicationID` becomes the `app_id` of every message, `name` tells connections of one process apart.
    package init(
        _ address: AMQPAddress, applicationID: String, name: String = "publisher", topology: Topology = Topology(),
        limits: Limits = Limits(), log: Log, metrics: Metrics, health: Health? = nil
    ) {
        self.name = name
        self.applicationID = applicationID
        self.limits = limits
        runner = LinkRunner(
            address: address, name: "\(applicationID) \(name)", topology: topology,
            control: LinkControl(heartbeat: LinkRunner.heartbeat), log: log, health: health)
        published = Dictionary(
            uniqueKeysWithValues: ["confirmed", "returned", "nacked", "unknown"].map {
                (
                    $0,
                    metrics.counter(
                        "bus_published_total", "Messages given to the broker, by what became of them",
                        [("publisher", name), ("outcome", $0)])
                )
            })
        waiting = metrics.gauge(
            "bus_publish_waiting", "Messages that wait for room in the window, or for the broker",
            [("publisher", name)])
        time = metrics.histogram(
            "bus_publish_seconds", "From the call to the last confirm of its batch", [("publisher", name)])
    }

    package var isConnected: Bool { runner.control.connected.load(ordering: .relaxed) }
    /// The broker takes no messages for the moment, for want of memory or disk.
    package var isBlocked: Bool { runner.control.blocked.load(ordering: .relaxed) }

    /// Sends a batch. The outcomes stand in the order of the messages. What has no answer when `limit` is over is
    /// `.unknown`. Cancelling the caller's task changes nothing, since what is sent is sent.
    package func publish(
        _ batch: [OutgoingMessage], within limit: Duration = .seconds(10)
    ) async -> [PublishOutcome] {
        await publish(batch.map { WireMessage($0) }, within: limit)
    }

    func publish(_ batch: [WireMessage], within limit: Duration) async -> [PublishOutcome] {
        await withCheckedContinuation { continuation in
            submit(batch, within: limit) { continuation.resume(returning: $0) }
        }
    }

    /// The same without waiting: batches leave in the order of these calls. `completion` runs on the connection's
    /// thread, and must be quick.
    func submit(
        _ batch: [WireMessage], within limit: Duration, _ completion: @escaping @Sendable ([PublishOutcome]) -> Void
    ) {
        guard !batch.isEmpty else { return completion([]) }
        let started = ContinuousClock.now
        let submission = Submission(
            messages: batch, deadline: monotonicMilliseconds() + limit.milliseconds,
            completion: { [time, published] outcomes in
                time.observe(ContinuousClock.now - started)
                var counts: [String: Int] = [:]
                for outcome in outcomes { counts[outcome.word, default: 0] += 1 }
                for (word, count) in counts { published[word]?.add(count) }
                completion(outcomes)
            })
        let (isLate, wasEmpty) = state.withLock { state in
            guard !state.hasEnded else { return (true, false) }
            state.submissions.append(submission)
            return (false, state.submissions.count == 1)
        }
        if isLate {
            submission.completion(batch.map { _ in .unknown })
        } else if wasEmpty {
            runner.control.wake()
        }
    }

    package func run() async throws {
        await runner.run { PublisherRole(self, limits: self.limits, applicationID: self.applicationID) }
    }

    package func stop() { runner.control.end() }

    // MARK: For the connection's thread

    fileprivate var shouldEnd: Bool { runner.control.shouldEnd }

    fileprivate func takeSubmissions() -> [Submission] {
        state.withLock { state in
            guard !state.submissions.isEmpty else { return [] }
            var taken: [Submission] = []
            swap(&taken, &state.submissions)
            return taken
        }
    }

    /// After this nothing is taken any more.
    fileprivate func closeSubmissions() -> [Submission] {
        state.withLock { state in
            state.hasEnded = true
            let rest = state.submissions
            state.submissions = []
            return rest
        }
    }

    fileprivate func note(waiting count: Int) { waiting.set(count) }
}

extension PublishOutcome {
    /// For metrics.
    fileprivate var word: String {
        switch self {
        case .confirmed: "confirmed"
        case .returned: "returned"
        case .nacked: "nacked"
        case .unknown: "unknown"
        }
    }
}

/// The publisher's half on the connection's thread.
private final class PublisherRole: LinkRole {
    /// A batch whose outcomes are being gathered.
    private final class Ticket {
        var outcomes: [PublishOutcome?]
        var missing: Int
        let deadline: Int64
        private var completion: (@Sendable ([PublishOutcome]) -> Void)?

        init(_ submission: Publisher.Submission) {
            outcomes = Array(repeating: nil, count: submission.messages.count)
            missing = submission.messages.count
            deadline = submission.deadline
            completion = submission.completion
        }

        var isOpen: Bool { completion != nil }

        func settle(_ index: Int, _ outcome: PublishOutcome) {
            guard isOpen, outcomes[index] == nil else { return }
            outcomes[index] = outcome
            missing -= 1
            if missing == 0 { close() }
        }

        /// Gives the caller what is known.
        func close() {
            completion?(outcomes.map { $0 ?? .unknown })
            completion = nil
        }
    }

    private struct Item {
        let ticket: Ticket
        let index: Int
        let message: WireMessage
    }

    private let owner: Publisher
    private let applicationID: String
    private let maximumBody: Int
    private var tickets: [Ticket] = []
    private var waiting: [Item] = []
    private var waitingHead = 0
    private var window: ConfirmWindow<Item>
    /// Exchanges the broker has closed our channel for. Every message to one costs all that is on its way with it, so
    /// for a while none is sent.
    private var refusedExchanges: [String: (until: Int64, reason: String)] = [:]
    private var lastConfirm = monotonicMilliseconds()
    /// A queue without a leader confirms nothing, and would fill the window for all the others.
    private static let confirmPatience: Int64 = 30_000

    init(_ owner: Publisher, limits: Publisher.Limits, applicationID: String) {
        self.owner = owner
        self.applicationID = applicationID
        maximumBody = limits.bodyBytes
        window = ConfirmWindow(maximumCount: limits.unconfirmedMessages, maximumSize: limits.unconfirmedBytes)
    }

    func opened(_ link: AMQPLink) throws(BusError) { try link.enableConfirms() }

    func received(_ event: LinkEvent) throws(BusError) {
        switch event {
        case .confirmed(let tag, let multiple):
            lastConfirm = monotonicMilliseconds()
            for settled in window.settle(tag, multiple: multiple) {
                settled.item.ticket.settle(
                    settled.item.index, settled.returned.map { .returned(reason: $0) } ?? .confirmed)
            }
        case .refused(let tag, let multiple):
            lastConfirm = monotonicMilliseconds()
            for settled in window.settle(tag, multiple: multiple) {
                settled.item.ticket.settle(settled.item.index, .nacked)
            }
        case .returned(let messageID, let exchange, let routingKey, let reason):
            window.markReturned(reason) {
                $0.message.messageID == messageID && $0.message.exchange == exchange
                    && $0.message.routingKey == routingKey
            }
        case .delivery, .cancelled, .blocked, .unblocked, .depth: break
        }
    }

    func turn(_ link: AMQPLink) throws(BusError) -> LinkTurn {
        gather()
        if window.isEmpty || owner.isBlocked {
            lastConfirm = monotonicMilliseconds()
        } else if monotonicMilliseconds() - lastConfirm > Self.confirmPatience {
            throw BusError(.connectionLost, "no confirm for \(Self.confirmPatience / 1000) seconds")
        }
        while waitingHead < waiting.count, !owner.isBlocked {
            let item = waiting[waitingHead]
            guard item.ticket.isOpen else {
                waitingHead += 1
                continue
            }
            if let reason = refusal(item.message) {
                waitingHead += 1
                item.ticket.settle(item.index, .returned(reason: reason))
                continue
            }
            guard window.hasRoom(for: item.message.size) else { break }
            waitingHead += 1
            // Noted before it is sent: when sending fails, some of it may have arrived.
            window.append(item, size: item.message.size)
            try link.publish(item.message, mandatory: true, applicationID: applicationID)
        }
        compact()
        return next()
    }

    func disconnectedTurn() -> LinkTurn {
        gather()
        return next()
    }

    func lost(_ error: BusError) {
        for item in window.removeAll() { item.ticket.settle(item.index, .unknown) }
        // "NOT_FOUND - no exchange 'x' in vhost 'v'", "ACCESS_REFUSED - access to exchange 'x' in …"
        if error.replyCode == 404 || error.replyCode == 403,
            let start = error.message.firstRange(of: "exchange '")?.upperBound,
            let end = error.message[start...].firstIndex(of: "'")
        {
            refusedExchanges[String(error.message[start..<end])] = (monotonicMilliseconds() + 5000, error.message)
        }
    }

    func ended() {
        for ticket in tickets { ticket.close() }
        for submission in owner.closeSubmissions() {
            submission.completion(submission.messages.map { _ in .unknown })
        }
        owner.note(waiting: 0)
    }

    private func gather() {
        for submission in owner.takeSubmissions() {
            let ticket = Ticket(submission)
            tickets.append(ticket)
            for (index, message) in submission.messages.enumerated() {
                waiting.append(Item(ticket: ticket, index: index, message: message))
            }
        }
    }

    private func refusal(_ message: WireMessage) -> String? {
        if let refused = refusedExchanges[message.exchange] {
            if refused.until > monotonicMilliseconds() { return refused.reason }
            refusedExchanges[message.exchange] = nil
        }
        return message.refusal(maximumBody: maximumBody)
    }

    private func compact() {
        if waitingHead == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            waitingHead = 0
        } else if waitingHead > 4096, waitingHead * 2 > waiting.count {
            waiting.removeFirst(waitingHead)
            waitingHead = 0
        }
    }

    /// Ends batches whose time is over, and says when the next one's will be.
    private func next() -> LinkTurn {
        let now = monotonicMilliseconds()
        var nearest = now + 60_000
        for ticket in tickets where ticket.isOpen {
            if ticket.deadline <= now { ticket.close() } else { nearest = min(nearest, ticket.deadline) }
        }
        tickets.removeAll { !$0.isOpen }
        owner.note(waiting: waiting.count - waitingHead)
        if owner.shouldEnd, tickets.isEmpty { return .finished }
        return .wait(.milliseconds(nearest - now))
    }
}
