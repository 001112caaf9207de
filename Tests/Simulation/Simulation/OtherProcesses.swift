import BillingCore
import Bus
import Choosing
import Contracts
import JSON
import Kit

/// A worker of Billing.
final class BillingProcess: Process {
    let store: LedgerStore
    private lazy var relay = Relay(self, store.outbox, store.leases)

    init(_ world: World, name: String, _ store: LedgerStore) {
        self.store = store
        super.init(world, name: name)
        consumers = [Consumer(self, world.broker.billing) { [unowned self] in take($0) }]
    }

    override func begin() { relay.lookLater() }
    override func forget() { relay.forget() }

    private func take(_ messages: [Message]) -> [Outcome]? {
        let commands = messages.compactMap { message -> (id: ID, command: Command)? in
            guard case .command(let money) = message.body else { return nil }
            return (message.id, money.command)
        }
        guard let verdicts = transaction({ store.run(commands) }) else { return nil }
        return verdicts.map { verdict in
            switch verdict {
            case .answer, .noted: .done
            case .later(let reason): .retry(reason: reason)
            case .refused(let reason): .park(reason: reason)
            }
        }
    }
}

extension Message.Money {
    fileprivate var command: Command {
        switch self {
        case .place(let hold): .place(hold)
        case .resolve(.post, let resolution): .post(resolution)
        case .resolve(.void, let resolution): .void(resolution)
        case .settle(let message): .settle(message.settlements)
        case .topUp(let topUp): .topUp(topUp)
        }
    }
}

/// A gateway: takes what clients want, and keeps what they read.
final class GatewayProcess: Process {
    let store: ViewStore
    private lazy var relay = Relay(self, store.outbox, store.leases)

    init(_ world: World, name: String, _ store: ViewStore) {
        self.store = store
        super.init(world, name: name)
        consumers = [
            Consumer(self, world.broker.gateway) { [unowned self] messages in
                transaction { self.store.take(messages) }.map { messages.map { _ in .done } }
            }
        ]
    }

    override func begin() { relay.lookLater() }
    override func forget() { relay.forget() }

    /// Answers a request, if it lives long enough; what it wrote stays written.
    func serve<Answer>(_ body: @escaping () -> Answer, answer: @escaping (Answer) -> Void) {
        after(world.dice.pause(0, 10), "write what was asked for") { [self] in
            guard let value = transaction(body) else { return }
            after(world.dice.pause(0, 10), "answer a request") { answer(value) }
        }
    }
}
