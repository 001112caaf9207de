import Bus
import Kit

/// One consumer of a queue in a process: takes batches, has them handled, and acknowledges the stretch from the
/// beginning in which everything is finished.
final class Consumer {
    private struct Held {
        let tag: UInt64
        let message: Message
    }

    private unowned(unsafe) let process: Process
    private let queue: Broker.Queue
    /// Nil when it is not known that anything was stored.
    private let handle: ([Message]) -> [Outcome]?
    private var prefix = AckPrefix()
    private var unsettled: [Held] = []
    private var waiting: [Held] = []
    private var link = 0
    private var isConnected = false
    private var busy = 0

    private static let workers = 2
    private static let prefetch = 40

    init(_ process: Process, _ queue: Broker.Queue, handle: @escaping ([Message]) -> [Outcome]?) {
        self.process = process
        self.queue = queue
        self.handle = handle
        queue.consumers.append(self)
    }

    private var world: World { process.world }

    var hasRoom: Bool { isConnected && unsettled.count < Self.prefetch }
    var isIdle: Bool { unsettled.isEmpty }

    func connect() {
        guard !isConnected else { return }
        isConnected = true
        busy = 0
        link += 1
        prefix = AckPrefix()
        world.broker.hand(queue)
    }

    /// The link is gone, and with it the right to settle what came on it.
    func lost() {
        guard isConnected else { return }
        isConnected = false
        link += 1
        busy = 0
        let messages = unsettled.map(\.message)
        unsettled = []
        waiting = []
        world.broker.giveBack(messages, to: queue)
        guard process.isUp else { return }
        process.after(world.dice.pause(50, 3000), "connect again") { [self] in connect() }
    }

    func deliver(_ message: Message) {
        let held = Held(tag: prefix.delivered(), message: message)
        unsettled.append(held)
        waiting.append(held)
        if waiting.count == 1 { work(after: world.dice.pause(0, 10)) }
    }

    private func work(after pause: Int64) {
        process.after(pause, "take a batch") { [self] in
            guard busy < Self.workers, !waiting.isEmpty else { return }
            let count = min(waiting.count, 1 + world.dice.below(8))
            let batch = Array(waiting.prefix(count))
            waiting.removeFirst(count)
            busy += 1
            run(batch, on: link)
            if !waiting.isEmpty { work(after: world.dice.pause(0, 10)) }
        }
    }

    private func run(_ batch: [Held], on link: Int) {
        if world.mutation == .acknowledgeEarly { settle(batch.map { ($0, .done) }, on: link) }
        process.after(world.dice.pause(0, 10), "store a batch") { [self] in
            guard let outcomes = handle(batch.map(\.message)) else { return lost() }
            process.after(world.dice.pause(0, 10), "settle a batch") { [self] in
                if world.mutation != .acknowledgeEarly { settle(Array(zip(batch, outcomes)), on: link) }
                guard link == self.link else { return }
                busy -= 1
                if world.dice.chance(world.weather.link) {
                    world.tally.lostLinks += 1
                    return lost()
                }
                world.broker.hand(queue)
                if !waiting.isEmpty { work(after: 0) }
            }
        }
    }

    private func settle(_ batch: [(Held, Outcome)], on link: Int) {
        for (held, outcome) in batch {
            switch outcome {
            case .done: break
            case .retry(let reason): world.broker.climb(held.message, back: queue, reason: reason)
            case .park(let reason): world.broker.park(held.message, from: queue, reason: reason)
            }
            if link == self.link { prefix.finish(held.tag) }
        }
        guard link == self.link, let through = prefix.takePrefix() else { return }
        unsettled.removeAll { $0.tag <= through }
    }
}
