import Bus
import Contracts
import JSON
import Kit

/// A message on its way, as a value that was read already: how it is written is for other tests.
final class Message {
    enum Body {
        case request(VerificationRequest)
        case action(VerificationAction.Kind, VerificationAction)
        case ingress(Wish)
        case command(Money)
        case fact(VerificationFact.Kind, VerificationFact)
        case ledger(LedgerFact.Kind, LedgerFact)
    }
    /// A command to Billing.
    enum Money {
        case place(PlaceHold)
        case resolve(ResolveHold.Kind, ResolveHold)
        case settle(SettleProvider)
        case topUp(TopUp)
    }
    /// What another company's service writes to the ingress.
    struct Wish {
        let account: ID
        let requestID: String
        let country: String
        let service: String
        let price: Kit.Money
        /// Nil for a new order.
        let action: VerificationAction.Kind?
    }

    let id: ID
    let body: Body
    let attempt: Int

    init(_ id: ID, _ body: Body, attempt: Int = 0) {
        self.id = id
        self.body = body
        self.attempt = attempt
    }

    /// The same through the retry ladder.
    func again() -> Message { Message(id, body, attempt: attempt + 1) }

    var summary: String {
        switch body {
        case .request(let request): "request \(request.verificationID.short)"
        case .action(let kind, let action): "\(kind.rawValue) \(action.verificationID.short)"
        case .ingress(let wish): "ingress \(wish.requestID) \(wish.action?.rawValue ?? "order")"
        case .command(.place(let hold)): "place hold \(hold.orderID.short)"
        case .command(.resolve(let kind, let hold)): "\(kind.rawValue) \(hold.orderID.short)"
        case .command(.settle(let settle)): "settle \(settle.settlements.map(\.reference))"
        case .command(.topUp(let topUp)): "top up \(topUp.amount)"
        case .fact(let kind, let fact): "\(kind.rawValue) \(fact.verificationID.short) v\(fact.version)"
        case .ledger(let kind, let fact): "\(kind.rawValue) \(fact.orderID?.short ?? "")"
        }
    }
}

extension ID {
    /// Enough to tell ids of one history apart.
    var short: String { "#\(low & 0xFFFF)" }
}

/// Queues that give every message at least once: what is not acknowledged comes again, some come twice, and none keeps
/// its place.
final class Broker {
    final class Queue {
        let name: String
        fileprivate(set) var ready: [Message] = []
        /// On their way to the queue, or on the retry ladder.
        fileprivate(set) var coming = 0
        var consumers: [Consumer] = []

        init(_ name: String) { self.name = name }

        var isEmpty: Bool { ready.isEmpty && coming == 0 && consumers.allSatisfy(\.isIdle) }
    }

    unowned(unsafe) let world: World
    let billing = Queue("billing.commands")
    let commands = Queue("verification.commands")
    let events = Queue("verification.events")
    let gateway = Queue("gateway.events")
    /// What nobody could make anything of.
    private(set) var parked: [(queue: String, message: Message, reason: String)] = []

    init(_ world: World) { self.world = world }

    var queues: [Queue] { [billing, commands, events, gateway] }

    private func targets(_ body: Message.Body) -> [Queue] {
        switch body {
        case .request, .action, .ingress: [commands]
        case .command: [billing]
        case .fact: [gateway]
        case .ledger(.toppedUp, _): [gateway]
        case .ledger: [events, gateway]
        }
    }

    /// Stores a message, or not, and says so, or not.
    func publish(_ message: Message) -> PublishOutcome {
        if world.dice.chance(world.weather.confirm) {
            world.tally.lostConfirms += 1
            switch world.dice.below(3) {
            case 0: return .nacked
            case 1: return .unknown
            default:
                store(message)
                return .unknown
            }
        }
        store(message)
        return .confirmed
    }

    private func store(_ message: Message) {
        for queue in targets(message.body) {
            send(message, to: queue, after: 0)
            if world.dice.chance(world.weather.duplicate) {
                world.tally.duplicates += 1
                send(message, to: queue, after: world.dice.pause(0, world.dice.chance(2000) ? 120_000 : 2000))
            }
        }
    }

    private func send(_ message: Message, to queue: Queue, after pause: Int64) {
        queue.coming += 1
        world.after(pause + world.dice.pause(1, world.weather.slowness)) { [self] in
            queue.coming -= 1
            arrive([message], queue)
        }
    }

    private func arrive(_ messages: [Message], _ queue: Queue) {
        queue.ready += messages
        hand(queue)
    }

    /// Hands out what is ready to whoever listens.
    func hand(_ queue: Queue) {
        while !queue.ready.isEmpty {
            let open = queue.consumers.filter(\.hasRoom)
            guard !open.isEmpty else { return }
            world.dice.pick(open).deliver(queue.ready.removeFirst())
        }
    }

    /// What a lost link had not settled is there again.
    func giveBack(_ messages: [Message], to queue: Queue) {
        guard !messages.isEmpty else { return }
        queue.coming += 1
        world.after(world.dice.pause(1, 500)) { [self] in
            queue.coming -= 1
            arrive(messages, queue)
        }
    }

    /// Sends a message through the retry ladder.
    func climb(_ message: Message, back queue: Queue, reason: String) {
        let ladder = RetryLadder.standard
        let next = message.again()
        guard next.attempt <= ladder.maximumAttempts else { return park(message, from: queue, reason: reason) }
        send(next, to: queue, after: ladder.rung(attempt: next.attempt, using: &world.dice).delay.microseconds)
    }

    func park(_ message: Message, from queue: Queue, reason: String) {
        world.log("parked: \(message.summary): \(reason)")
        parked.append((queue.name, message, reason))
    }
}
