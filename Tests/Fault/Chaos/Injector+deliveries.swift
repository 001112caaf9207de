import JSON
import Kit
import Runtime
import Security
import TestSupport

extension Injector {
    func disturbDeliveries(_ step: Schedule.Step, _ generator: inout SplitMix64) async throws {
        let broker = stack.servers.broker
        switch step.kind {
        case .duplicate, .stale:
            let isFresh = step.kind == .duplicate
            let dice = generator.next()
            let times = isFresh ? 1 + generator.below(4) : 1
            try await insist {
                guard let copy = memory.copy(dice: dice, amongLast: isFresh ? 40 : nil) else {
                    throw TestStackError("nothing was heard yet")
                }
                for _ in 0..<times {
                    _ = try await broker.send(copy.exchange, copy.routingKey, copy.properties, copy.body)
                }
            }
        case .reorder:
            let queue = generator.pick(["gateway.events", "verification.events", "billing.commands"])
            try await reorder(queue, step, SplitMix64(seed: generator.next()))
        case .poison:
            let poison = Poison(number: step.number, dice: generator.next())
            diary.note("#\(step.number) is \(poison.type) to \(poison.queue): \(poison.body.count) bytes")
            // The same message again when its first sending is uncertain: the same id, and parked once.
            let properties = poison.properties
            try await sendPoison(poison) {
                try await self.insist {
                    guard try await broker.send("", poison.queue, properties, poison.body) else {
                        throw TestStackError("\(poison.queue) is not there")
                    }
                }
            }
        case .queueEmptied:
            // Of what other companies' services send, or of an order of theirs that the gateway never heard of, nobody
            // of ours could know.
            let queue = "verification.events"
            noteEmptied(queue)
            try await insist { try await broker.purgeQueue(queue) }
            noteEmptied(queue)
        case .bindingLost:
            let queue = generator.pick(["billing.commands", "verification.commands"])
            try await insist { try await broker.unbind(queue, from: "namaskah.commands") }
        default: preconditionFailure("\(step.kind) is done to no delivery")
        }
    }

    /// The properties under which we may send it: the broker lets nobody say that he is somebody else.
    private static func ours(_ properties: JSON) -> JSON {
        .object((properties.objectValue ?? []).filter { $0.name != "user_id" })
    }

    /// For a while everything that is meant for a queue goes into another, and comes then, in an order of its own. What
    /// is uncertain is done again: at worst a message comes twice, as any may.
    private func reorder(_ queue: String, _ step: Schedule.Step, _ dice: SplitMix64) async throws {
        let broker = stack.servers.broker
        let detour = "\(Self.detours)\(step.number).\(queue)"
        let path = "/api/queues/\(broker.vhost)"
        try await insist {
            try await broker.expect("PUT", "\(path)/\(detour)", ["durable": true, "arguments": [:]])
        }
        let bindings = try await insist {
            try await broker.expect("GET", "\(path)/\(queue)/bindings").arrayValue ?? []
        }.filter {
            let source = $0["source"]?.stringValue ?? ""
            return source == "namaskah.events" || source == "namaskah.commands"
        }
        func bind(
            _ binding: JSON, to target: String, removing other: String, within limit: Duration
        ) async throws {
            guard let source = binding["source"]?.stringValue, let key = binding["routing_key"]?.stringValue,
                let name = binding["properties_key"]?.stringValue
            else { throw TestStackError("a binding has no name: \(binding.text)") }
            let exchange = "/api/bindings/\(broker.vhost)/e/\(source)/q"
            // The new way first, so that nothing is without one.
            try await insist(within: limit) {
                try await broker.expect(
                    "POST", "\(exchange)/\(target)", ["routing_key": .string(key), "arguments": [:]])
            }
            // One that its service has made again meanwhile, or that has gone already, is as good.
            _ = try? await broker.expect("DELETE", "\(exchange)/\(other)/\(Self.escaped(name))")
        }
        var failure: (any Error)?
        do {
            for binding in bindings {
                try await bind(binding, to: detour, removing: queue, within: .seconds(90))
            }
            try await Task.sleep(for: step.lasts)
        } catch { failure = error }
        // From here on messages may be in our hands: a laboratory that gave up would itself have lost them.
        let patience = Duration.seconds(1200)
        for binding in bindings { try await bind(binding, to: queue, removing: detour, within: patience) }
        try await sendOn(detour, to: queue, dice, within: patience)
        if let failure { throw failure }
    }

    /// What stands before the number of the step and the name of the queue that a detour stands in for.
    private static let detours = "chaos.detour."

    /// Gives a queue what its detour holds, in an order of its own, and takes the detour away. One that is gone has been
    /// taken away before, by a request whose answer was lost.
    private func sendOn(
        _ detour: String, to queue: String, _ dice: SplitMix64, within limit: Duration
    ) async throws {
        let broker = stack.servers.broker
        let path = "/api/queues/\(broker.vhost)/\(detour)"
        try await insist(within: limit) {
            let look: JSON = ["count": 5000, "ackmode": "ack_requeue_true", "encoding": "base64"]
            let held: [JSON]
            do {
                // Only looked at, and taken away when all are sent on.
                held = try await broker.expect("POST", "\(path)/get", look).arrayValue ?? []
            } catch let error as TestBrokerError where error.status == 404 { return }
            var order = dice
            for message in order.shuffled(held) {
                guard let body = Base64.bytes(message["payload"]?.stringValue ?? "") else {
                    throw TestStackError("a held message could not be read")
                }
                let isTaken = try await broker.send("", queue, Self.ours(message["properties"] ?? [:]), body)
                guard isTaken else { throw TestStackError("\(queue) is not there") }
            }
            try await broker.expect("DELETE", path)
        }
    }

    /// A broker that is killed within a second of a queue's removal may have it again when it comes back, with what
    /// it held: such detours are ended once more.
    func endDetours() async throws {
        let broker = stack.servers.broker
        let queues = try await insist { try await broker.expect("GET", "/api/queues/\(broker.vhost)").arrayValue ?? [] }
        for detour in queues.compactMap({ $0["name"]?.stringValue }) where detour.hasPrefix(Self.detours) {
            let queue = detour.dropFirst(Self.detours.count).drop { $0 != "." }.dropFirst()
            diary.note("\(detour) is there again")
            try await sendOn(detour, to: String(queue), SplitMix64(seed: 0), within: .seconds(90))
        }
    }
}
