import JSON
import Kit
import Runtime
import Synchronization

/// Takes messages out of one queue and hands them, in batches, to a handler.
///
/// Life: `run` by the service group, after the database it writes to. `stop` asks the broker for no more, lets the
/// batches in hand finish, acknowledges them and closes; what was fetched but not begun goes back to the queue.
///
/// Guarantees: a delivery is acknowledged only after its outcome is durable: `.done` when the handler said so, `.retry`
/// and `.park` when the broker has confirmed the copy. If the handler throws, nothing is acknowledged and the whole
/// batch comes again after a pause. A batch is whatever has arrived, up to `batchLimit`; a message that was handed out
/// twice before without being settled comes alone, so that one that kills the process harms no other (and the messages
/// of a pack to which that has happened go back into the queue one by one first).
/// Non-guarantees: the same message may come more than once, also at the same time with another consumer; order
/// holds only with `concurrency` 1, and not across retries.
package final class BatchConsumer: Service {
    package let name: String
    private let queue: String
    private let service: String
    private let publisher: Publisher
    private let ladder: RetryLadder
    private let options: Options
    private let runner: LinkRunner
    private let mailbox: DeliveryMailbox
    private let log: Log
    /// What is put aside is looked at by a person, whatever it is.
    private let isPark: Bool
    private let handle: @Sendable ([Delivery]) async throws -> [Outcome]
    private let figures: ConsumerFigures

    package struct Options: Sendable {
        /// How many unsettled deliveries the broker hands over.
        package var prefetch: Int
        package var batchLimit: Int
        /// How many batches may be in hand at once.
        package var concurrency: Int
        /// How long a batch may wait to become fuller; zero hands over at once.
        package var linger: Duration
        /// The pause after the handler threw.
        package var firstPause: Duration
        package var longestPause: Duration
        /// Arguments of `basic.consume`, for streams.
        package var arguments: [String: HeaderValue]
        /// A sender that finds no binding may not make it: queues, and what is bound to them, belong to who reads them.
        /// So the reader makes its own again so often, and what was refused meanwhile waits in outboxes.
        package var bindingsEvery: Duration

        package init(
            prefetch: Int = 200, batchLimit: Int = 50, concurrency: Int = 1, linger: Duration = .zero,
            firstPause: Duration = .milliseconds(200), longestPause: Duration = .seconds(30),
            arguments: [String: HeaderValue] = [:], bindingsEvery: Duration = .seconds(15)
        ) {
            precondition((1...65535).contains(prefetch), "a consumer without a prefetch limit takes the whole queue")
            precondition(batchLimit > 0 && concurrency > 0, "a batch has at least one message")
            self.prefetch = prefetch
            self.batchLimit = batchLimit
            self.concurrency = concurrency
            self.linger = linger
            self.firstPause = firstPause
            self.longestPause = longestPause
            self.arguments = arguments
            self.bindingsEvery = bindingsEvery
        }
    }

    /// `service` is the key under which messages are parked; `topology` is declared before consuming. `handle` gives
    /// one outcome for each delivery, in their order.
    package init(
        _ address: AMQPAddress, queue: String, service: String, publisher: Publisher,
        topology: Topology = Topology(), ladder: RetryLadder = .standard, options: Options = Options(),
        log: Log, metrics: Metrics, health: Health? = nil,
        handle: @escaping @Sendable ([Delivery]) async throws -> [Outcome]
    ) {
        self.name = "consumer \(queue)"
        self.queue = queue
        self.service = service
        isPark = queue == BusNames.parkQueue(service)
        self.publisher = publisher
        self.ladder = ladder
        self.options = options
        self.log = log
        self.handle = handle
        figures = ConsumerFigures(queue: queue, metrics: metrics)
        let control = LinkControl(heartbeat: LinkRunner.heartbeat)
        runner = LinkRunner(
            address: address, name: "consumer \(queue)", topology: topology, control: control, log: log,
            health: health)
        mailbox = DeliveryMailbox(batchLimit: options.batchLimit, wake: { control.wake() })
    }

    package var isConnected: Bool { runner.control.connected.load(ordering: .relaxed) }

    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<options.concurrency { group.addTask { await self.work() } }
            await runner.run { [self] in
                ConsumerRole(
                    queue: queue, bindings: runner.topology.bindings.filter { $0.queue == queue }, options: options,
                    mailbox: mailbox, control: runner.control, figures: figures)
            }
        }
    }

    package func stop() {
        mailbox.stop()
        runner.control.end()
    }

    // MARK: Workers

    private func work() async {
        while let taken = await mailbox.next() {
            let batch = await forHandler(taken)
            if !batch.isEmpty { await work(on: batch) }
            mailbox.returned(taken.count)
        }
    }

    private func work(on taken: [Delivery]) async {
        let clock = ContinuousClock()
        let started = clock.now
        let batch = Tracer.process.isOn ? ConsumerSpans.begin(taken) : taken
        let begun = Timestamp.now
        do {
            let outcomes = try await handle(batch)
            precondition(outcomes.count == batch.count, "a handler gives one outcome for each delivery")
            figures.handled(batch.count, clock.now - started)
            ConsumerSpans.end(batch, outcomes, since: begun)
            mailbox.noteSuccess()
            await settle(batch, outcomes)
        } catch {
            ConsumerSpans.end(batch, nil, since: begun)
            await failed(batch, error)
        }
    }

    /// What the handler is to see. A pack that cannot be opened is put aside here, for handlers pass over types they do
    /// not know; and a pack that was handed out twice before goes back into the queue message by message.
    private func forHandler(_ taken: [Delivery]) async -> [Delivery] {
        var batch: [Delivery] = []
        var onward: [(Delivery, WireMessage)] = []
        for delivery in taken {
            if delivery.isPart, delivery.deliveryCount >= 2 {
                onward.append((delivery, copy(delivery, exchange: BusNames.redeliver, routingKey: queue)))
            } else if Pack.isPack(delivery), !isPark {
                onward.append((delivery, parkMessage(delivery, "the pack cannot be opened")))
            } else {
                batch.append(delivery)
            }
        }
        if !onward.isEmpty { await sendOn(onward) }
        return batch
    }

    private func settle(_ batch: [Delivery], _ outcomes: [Outcome]) async {
        var done: [Delivery] = []
        var onward: [(Delivery, WireMessage)] = []
        for (delivery, outcome) in zip(batch, outcomes) {
            switch outcome {
            case .done:
                figures.done.add()
                done.append(delivery)
            case .retry(let reason):
                onward.append((delivery, retryMessage(delivery, reason)))
            case .park(let reason):
                onward.append((delivery, parkMessage(delivery, reason)))
            }
        }
        crashpoint("consumer.before_ack")
        mailbox.finish(done)
        if !onward.isEmpty { await sendOn(onward) }
    }

    /// Publishes copies and then acknowledges the originals. A crash between the two makes a duplicate, never a loss.
    /// While the broker does not take the copies the originals stay unsettled: there is no way out that drops them.
    private func sendOn(_ messages: [(Delivery, WireMessage)]) async {
        var rest = messages
        var failures = 0
        let backoff = Backoff(first: .milliseconds(200), limit: .seconds(5))
        while !rest.isEmpty {
            let outcomes = await publisher.publish(rest.map(\.1), within: .seconds(10))
            crashpoint("consumer.before_retry_ack")
            mailbox.finish(zip(rest, outcomes).filter { $0.1 == .confirmed }.map(\.0.0))
            let failed = zip(rest, outcomes).filter { $0.1 != .confirmed }
            rest = failed.map(\.0)
            guard let first = failed.first else { return }
            failures += 1
            log.error(
                "message could not be sent on",
                [
                    "bus.queue": .string(queue), "bus.target": .string(first.0.1.exchange),
                    "bus.count": .integer(Int64(rest.count)), "error": .string(String(describing: first.1)),
                ])
            // On a link that is gone they are back in their queue already, and will be handled again.
            rest.removeAll { !mailbox.isCurrent($0.0.generation) }
            if Task.isCancelled || (runner.control.shouldEnd && failures > 3) { return }
            // An early end by cancellation is seen by the check above.
            try? await Task.sleep(for: backoff.delay(failures: failures))
        }
    }

    /// The handler stored nothing. Others of the prefetch window go on while this batch waits out its pause; then the
    /// link is given up, so that the broker takes back what is unsettled.
    private func failed(_ batch: [Delivery], _ error: any Error) async {
        figures.failed.add(batch.count)
        if Task.isCancelled { return }
        log.error(
            "handler failed",
            [
                "bus.queue": .string(queue), "bus.count": .integer(Int64(batch.count)),
                "bus.message_id": .string(batch[0].messageID), "error": .string(String(describing: error)),
            ])
        // One that fails alone again and again, while others succeed, is the culprit itself: off to the ladder, which
        // ends in the park, instead of holding up the rest.
        if batch.count == 1, batch[0].deliveryCount >= 5, mailbox.succeededLately {
            await sendOn([(batch[0], retryMessage(batch[0], "the handler failed: \(error)"))])
            return
        }
        let pause = Backoff(first: options.firstPause, limit: options.longestPause)
        mailbox.scheduleReset(batch[0].generation) { failures in
            // At least half the bound, so that a long outage costs few redeliveries: they are counted and limited.
            let bound = min(pause.limit, pause.first * (1 << min(failures - 1, 16)))
            return bound / 2 + pause.delay(failures: failures) / 2
        }
    }

    // MARK: Copies

    private func copy(_ delivery: Delivery, exchange: String, routingKey: String) -> WireMessage {
        var headers = delivery.headers.filter { !HeaderName.isBrokers($0.key) }
        headers[HeaderName.origin] = .string(delivery.queue)
        headers[HeaderName.originExchange] = .string(delivery.exchange)
        headers[HeaderName.originRoutingKey] = .string(delivery.routingKey)
        headers[HeaderName.user] = delivery.userID.map { .string($0) }
        var wire = WireMessage(
            messageID: delivery.messageID, exchange: exchange, routingKey: routingKey, type: delivery.type,
            correlationID: delivery.correlationID, headers: headers, body: delivery.body)
        wire.contentType = delivery.contentType ?? wire.contentType
        wire.timestamp = delivery.timestamp ?? wire.timestamp
        return wire
    }

    private func retryMessage(_ delivery: Delivery, _ reason: String) -> WireMessage {
        let attempt = delivery.attempt + 1
        let firstAt = delivery.firstAt ?? .now
        if attempt > ladder.maximumAttempts {
            return parkMessage(delivery, "gave up after \(delivery.attempt) attempts: \(reason)")
        }
        if Timestamp.now - firstAt > ladder.maximumAge {
            return parkMessage(
                delivery, "gave up \(ladder.maximumAge.inSeconds / 3600) hours after the first: \(reason)")
        }
        figures.retried.add()
        var generator = SystemRandomNumberGenerator()
        let rung = ladder.rung(attempt: attempt, using: &generator)
        var wire = copy(delivery, exchange: ladder.name(rung), routingKey: delivery.queue)
        wire.headers[HeaderName.attempt] = .integer(Int64(attempt))
        wire.headers[HeaderName.firstAt] = .string(firstAt.description)
        wire.headers[HeaderName.reason] = .string(reason.limited(to: 1024))
        return wire
    }

    private func parkMessage(_ delivery: Delivery, _ reason: String) -> WireMessage {
        figures.parked.add()
        log.warning(
            "message parked",
            [
                "bus.queue": .string(queue), "bus.message_id": .string(delivery.messageID),
                "bus.type": .string(delivery.type), "bus.reason": .string(reason),
            ])
        var wire = copy(delivery, exchange: BusNames.park, routingKey: service)
        wire.headers[HeaderName.attempt] = .integer(Int64(delivery.attempt))
        wire.headers[HeaderName.firstAt] = .string((delivery.firstAt ?? .now).description)
        wire.headers[HeaderName.reason] = .string(reason.limited(to: 1024))
        return wire
    }
}

extension String {
    /// At most so many bytes; headers are no place for novels.
    fileprivate func limited(to count: Int) -> String {
        utf8.count <= count ? self : String(decoding: Array(utf8.prefix(count)), as: UTF8.self)
    }
}

/// The figures of one queue.
struct ConsumerFigures: Sendable {
    let deliveries: Counter
    let redelivered: Counter
    let done: Counter
    let retried: Counter
    let parked: Counter
    let failed: Counter
    /// As the broker told it last: what waits, without what was handed out already.
    let depth: Gauge
    private let batches: Counter
    private let batched: Counter
    private let time: Histogram

    init(queue: String, metrics: Metrics) {
        func outcome(_ word: String) -> Counter {
            metrics.counter(
                "bus_outcomes_total", "Deliveries by what became of them", [("queue", queue), ("outcome", word)])
        }
        deliveries = metrics.counter("bus_deliveries_total", "Messages that came", [("queue", queue)])
        redelivered = metrics.counter(
            "bus_redeliveries_total", "Messages that came again without having been settled", [("queue", queue)])
        done = outcome("done")
        retried = outcome("retry")
        parked = outcome("park")
        failed = outcome("failed")
        depth = metrics.gauge(
            "bus_queue_depth", "Messages that wait in the queue, each pack as one", [("queue", queue)])
        batches = metrics.counter("bus_batches_total", "Batches handled", [("queue", queue)])
        batched = metrics.counter(
            "bus_batched_messages_total", "Messages in the batches handled", [("queue", queue)])
        time = metrics.histogram("bus_handling_seconds", "How long the handler took for a batch", [("queue", queue)])
    }

    func handled(_ count: Int, _ duration: Duration) {
        batches.add()
        batched.add(count)
        time.observe(duration)
    }
}
