import HTTPClient
import JSON
import Kit
import Synchronization
import TestSupport

/// Clients over HTTP: each orders, again and again under the same key until an answer comes, and follows what becomes
/// of it; some ask for another code, some cancel, some order what nobody will send a code to.
struct Customers: Sendable {
    /// Products that are treated each in its own way: the code of the one comes at once, that of the other never by
    /// itself.
    static let quick = "telegram"
    static let slow = "whatsapp"

    let accounts: [TestCustomer]
    let history: History
    /// Slow orders that have a number, for the steps that need one.
    let waiting: WaitingOrders
    /// How far apart a client's orders are at least.
    let pace: Duration
    /// How far apart its looks at one are: whoever orders without a pause looks all the time.
    private var look: Duration { max(.milliseconds(50), pace / 4) }

    /// One client. It ends with its order when `isOver`.
    func run(_ worker: Int, seed: UInt64, isOver: @escaping @Sendable () -> Bool) async {
        var generator = SplitMix64(seed: seed &+ UInt64(worker))
        var count = 0
        // Not all at once.
        var next = ContinuousClock.now + pace * Double(generator.below(1000)) / 1000
        while !isOver() {
            count += 1
            // Cancelled only with the whole run.
            try? await Task.sleep(until: next)
            next = .now + pace
            let customer = generator.pick(accounts)
            let isSlow = generator.below(4) == 0
            let key = "client \(worker) order \(count)"
            guard let order = await take(customer, service: isSlow ? Self.slow : Self.quick, key: key, &generator)
            else { continue }
            if isSlow {
                await cancelled(order, customer, isOver: isOver)
            } else {
                if generator.below(8) == 0 {
                    // Whether it is in time is the race.
                    await anotherCode(order, customer, pause: .milliseconds(100 + generator.below(900)))
                }
                await followed(order, customer, generator.below(2) == 0, isOver: isOver)
            }
        }
    }

    /// Orders until it is known whether it was taken.
    private func take(
        _ customer: TestCustomer, service: String, key: String, _ generator: inout SplitMix64
    ) async -> ID? {
        history.invoke(History.Request(account: customer.id, key: key, isHTTP: true))
        let wait = generator.below(4) == 0 ? 3 : nil
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            // Whatever went wrong, the same key makes the next attempt harmless.
            if let reply = try? await customer.create(service: service, wait: wait, key: key) {
                // A refusal that names an order is what became of it: it was taken, and is over.
                if let id = reply.json["details"]?["verification_id"]?.stringValue.flatMap({ ID($0) }) {
                    history.settle(customer.id, key, .accepted(id))
                    return nil
                }
                switch reply.status {
                case 201, 202, 200:
                    guard let id = reply.json["verification_id"]?.stringValue.flatMap({ ID($0) }) else {
                        history.contradict("an order was taken without an id: \(reply.text.prefix(200))")
                        return nil
                    }
                    history.settle(customer.id, key, .accepted(id))
                    // A careful client's library repeats what it has an answer to already.
                    if generator.below(10) == 0, let again = try? await customer.create(service: service, key: key),
                        let same = again.json["verification_id"]?.stringValue.flatMap({ ID($0) })
                    {
                        history.settle(customer.id, key, .accepted(same))
                    }
                    return id
                // Our own request before this one has not been answered yet.
                case 409 where reply.problem == "IDEMPOTENCY_IN_PROGRESS": break
                case 402, 404, 409, 422:
                    history.settle(customer.id, key, .refused("\(reply.status) \(reply.problem ?? "")"))
                    return nil
                case 429, 500...: break
                default: history.contradict("an order was answered with \(reply.status): \(reply.text.prefix(200))")
                }
            }
            // Cancelled only with the whole run.
            try? await Task.sleep(for: .milliseconds(100 + generator.below(200)))
        }
        return nil
    }

    private func followed(
        _ order: ID, _ customer: TestCustomer, _ waits: Bool, isOver: @escaping @Sendable () -> Bool
    ) async {
        let path = "/verify/\(order)"
        let end = ContinuousClock.now + .seconds(15)
        while ContinuousClock.now < end {
            let reply = try? await customer.send(
                .get, path, headers: waits ? [("Prefer", "wait=2")] : [], within: .seconds(5))
            if let reply, Self.isFinal(reply) { return }
            // An order that takes its time is looked at again in the end, as all are.
            if isOver() { return }
            // Cancelled only with the whole run.
            try? await Task.sleep(for: look)
        }
    }

    /// Asks for another code, and soon for no more: the number would stay open until its provider ends it.
    private func anotherCode(_ order: ID, _ customer: TestCustomer, pause: Duration) async {
        let path = "/verify/\(order)"
        guard (try? await customer.send(.post, "\(path)/another", within: .seconds(3)))?.status != 409 else { return }
        // Cancelled only with the whole run.
        try? await Task.sleep(for: pause)
        _ = await eventually(within: .seconds(30)) {
            let reply = try? await customer.send(.post, "\(path)/complete", within: .seconds(3))
            return reply.map { $0.status < 429 } ?? false
        }
    }

    /// Waits for the number, offers the order to whoever wants to do something to it, and cancels it then.
    private func cancelled(_ order: ID, _ customer: TestCustomer, isOver: @escaping @Sendable () -> Bool) async {
        let hasNumber = await eventually(within: .seconds(10), every: min(look / 5, .milliseconds(200))) {
            if isOver() { return false }
            let reply = try? await customer.send(.get, "/verify/\(order)", within: .seconds(2))
            return reply?.json["status"]?.stringValue == "waiting_sms"
        }
        if hasNumber {
            waiting.add(order, customer)
            let end = ContinuousClock.now + .seconds(3)
            while ContinuousClock.now < end, !isOver() {
                // Cancelled only with the whole run.
                try? await Task.sleep(for: .milliseconds(100))
            }
            // One that a step has taken is the step's to end.
            guard waiting.remove(order) else { return }
        }
        _ = try? await customer.send(.delete, "/verify/\(order)", within: .seconds(3))
    }

    static func isFinal(_ reply: TestReply) -> Bool {
        History.finals.contains(reply.json["status"]?.stringValue ?? "")
    }
}

/// Orders whose code nobody sends, while their clients wait.
final class WaitingOrders: Sendable {
    private let orders = Mutex<[(id: ID, customer: TestCustomer)]>([])

    func add(_ id: ID, _ customer: TestCustomer) { orders.withLock { $0.append((id, customer)) } }
    /// False for one that was taken.
    func remove(_ id: ID) -> Bool {
        orders.withLock { orders in
            let before = orders.count
            orders.removeAll { $0.id == id }
            return orders.count < before
        }
    }
    /// Takes one for a step's own.
    func take() -> (id: ID, customer: TestCustomer)? {
        orders.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}
