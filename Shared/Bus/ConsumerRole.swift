import Kit
import Runtime

/// The consumer's half on the connection's thread: fetches, hands over, acknowledges.
final class ConsumerRole: LinkRole {
    private let queue: String
    private let bindings: [Topology.Binding]
    private let prefetch: Int
    private let linger: Int64
    private let arguments: [String: HeaderValue]
    private let bindingsEvery: Int64
    private let mailbox: DeliveryMailbox
    private let control: LinkControl
    private let figures: ConsumerFigures

    private var prefix = AckPrefix()
    /// How many messages of a pack are not finished yet.
    private var unfinished: [UInt64: Int] = [:]
    private var gathered: [Delivery] = []
    private var gatheredSince: Int64 = 0
    /// When the broker is asked again how long the queue is.
    private var nextDepth: Int64 = 0
    private var nextBindings: Int64 = 0
    private enum Stopping { case no, cancelling(since: Int64), cancelled }
    private var stopping = Stopping.no

    init(
        queue: String, bindings: [Topology.Binding], options: BatchConsumer.Options, mailbox: DeliveryMailbox,
        control: LinkControl, figures: ConsumerFigures
    ) {
        self.queue = queue
        self.bindings = bindings
        prefetch = options.prefetch
        linger = options.linger.milliseconds
        arguments = options.arguments
        bindingsEvery = options.bindingsEvery.milliseconds
        self.mailbox = mailbox
        self.control = control
        self.figures = figures
    }

    func opened(_ link: AMQPLink) throws(BusError) {
        prefix = AckPrefix()
        unfinished = [:]
        gathered = []
        nextDepth = 0
        nextBindings = monotonicMilliseconds() + bindingsEvery
        mailbox.opened(generation: link.generation)
        try link.consume(queue, prefetch: prefetch, arguments: arguments)
    }

    func received(_ event: LinkEvent) throws(BusError) {
        switch event {
        case .delivery(let delivery):
            guard prefix.delivered() == delivery.tag else {
                throw BusError(.protocolViolation, "delivery \(delivery.tag) came out of turn")
            }
            let messages = Pack.open(delivery)
            if messages.count > 1 { unfinished[delivery.tag] = messages.count }
            figures.deliveries.add(messages.count)
            if delivery.redelivered { figures.redelivered.add(messages.count) }
            if gathered.isEmpty { gatheredSince = monotonicMilliseconds() }
            gathered += messages
        case .cancelled: stopping = .cancelled
        case .depth(let count): figures.depth.set(count)
        case .returned, .confirmed, .refused, .blocked, .unblocked: break
        }
    }

    func turn(_ link: AMQPLink) throws(BusError) -> LinkTurn {
        let now = monotonicMilliseconds()
        var limit: Int64 = 60_000
        if !gathered.isEmpty {
            let wait = gatheredSince + linger - now
            if wait <= 0 || gathered.count >= prefetch {
                mailbox.offer(gathered)
                gathered.removeAll(keepingCapacity: true)
            } else {
                limit = wait
            }
        }

        if let next = mailbox.relieve(now: now) { limit = min(limit, max(1, next - now)) }

        let work = mailbox.work()
        for tag in work.finished { finish(tag) }
        if let tag = prefix.takePrefix() { try link.acknowledge(tag, multiple: true) }

        if now >= nextDepth, !control.shouldEnd {
            nextDepth = now + 5000
            try link.askDepth(of: queue)
        }
        limit = min(limit, max(1, nextDepth - now))
        if now >= nextBindings, !control.shouldEnd {
            nextBindings = now + bindingsEvery
            for binding in bindings { try link.bind(binding) }
        }
        limit = min(limit, max(1, nextBindings - now))

        if control.shouldEnd {
            switch stopping {
            case .no:
                try link.cancelConsumer()
                stopping = .cancelling(since: now)
                limit = 1000
            case .cancelling(let since) where now - since < 5000: limit = 1000
            case .cancelling, .cancelled:
                // Those in hand are acknowledged first; the service group bounds how long that may take.
                if work.inHand == 0 {
                    try acknowledgeStragglers(link)
                    return .finished
                }
            }
        } else if let resetAt = work.resetAt {
            if resetAt <= now {
                try acknowledgeStragglers(link)
                throw BusError(.reset, "the handler failed")
            }
            limit = min(limit, resetAt - now)
        }
        return .wait(.milliseconds(limit))
    }

    /// One message of that number is dealt with; a pack is when all of its messages are.
    private func finish(_ tag: UInt64) {
        if let left = unfinished[tag], left > 1 {
            unfinished[tag] = left - 1
        } else {
            unfinished[tag] = nil
            prefix.finish(tag)
        }
    }

    func disconnectedTurn() -> LinkTurn {
        control.shouldEnd && mailbox.work().inHand == 0 ? .finished : .wait(.seconds(60))
    }

    func lost(_ error: BusError) {
        gathered = []
        stopping = .no
        mailbox.lost()
    }

    func ended() {
        mailbox.stop()
    }

    /// What is finished behind something unfinished need not come again.
    private func acknowledgeStragglers(_ link: AMQPLink) throws(BusError) {
        for tag in prefix.stragglers() { try link.acknowledge(tag, multiple: false) }
    }
}
