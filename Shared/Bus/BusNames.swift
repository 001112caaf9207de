import JSON
import Kit

/// The well-known names of the bus, in one home.
package enum BusNames {
    /// Topic, key `<service>.<verb>.v1`.
    package static let commands = "namaskah.commands"
    /// Topic, key `<service>.<fact>.v1`.
    package static let events = "namaskah.events"
    /// Topic, the only exchange other services may write to.
    package static let ingress = "namaskah.ingress"
    /// Topic, results to other services.
    package static let tenant = "namaskah.tenant"
    /// Topic, key `<service>`: what a person has to look at.
    package static let park = "namaskah.park"
    /// Direct, key = queue: the way back from the retry ladder.
    package static let redeliver = "namaskah.redeliver"
    /// Topic, live updates to the gateways; may lose.
    package static let push = "namaskah.push"
    /// The stream of all events, kept for seven days.
    package static let eventLog = "events.log"
    /// RabbitMQ's own exchange that routes by queue name.
    package static let defaultExchange = ""

    package static func commandQueue(_ service: String) -> String { "\(service).commands" }
    package static func eventQueue(_ service: String) -> String { "\(service).events" }
    /// Events that only mean something in their order: one of the service's workers takes them at a time.
    package static func orderedQueue(_ service: String) -> String { "\(service).ordered" }
    package static func parkQueue(_ service: String) -> String { "park.\(service)" }
    /// Where another service finds its results, and the broker user it logs in as.
    package static func tenantQueue(_ account: ID) -> String { "tenant.\(account).result" }
    package static func tenantUser(_ account: ID) -> String { "tenant.\(account)" }
    package static func pushQueue(_ instance: String) -> String { "gateway.push.\(instance)" }
}

/// The steps by which a failed message comes back later and later. Each rung is an exchange with one queue, whose
/// messages go, when their time is up, through `redeliver` to the queue named by their routing key: one ladder serves
/// all services, and only the queue that failed sees the message again.
package struct RetryLadder: Hashable, Sendable {
    package struct Rung: Hashable, Sendable {
        /// What stands after `namaskah.retry.`: `31s`.
        package let name: String
        package let delay: Duration

        package init(_ name: String, _ delay: Duration) {
            self.name = name
            self.delay = delay
        }
    }

    package let rungs: [Rung]
    /// How often a message may come back before it is parked, and how long after its first attempt.
    package let maximumAttempts: Int
    package let maximumAge: Duration

    package init(
        rungs: [Rung], maximumAttempts: Int = 8, maximumAge: Duration = .seconds(24 * 3600)
    ) {
        precondition(!rungs.isEmpty, "a ladder has at least one rung")
        self.rungs = rungs
        self.maximumAttempts = maximumAttempts
        self.maximumAge = maximumAge
    }

    package static let standard = RetryLadder(rungs: [
        Rung("5s", .seconds(5)), Rung("31s", .seconds(31)), Rung("2m", .seconds(120)), Rung("11m", .seconds(660)),
        Rung("1h", .seconds(3600)),
    ])

    /// The exchange, and the queue of the same name.
    package func name(_ rung: Rung) -> String { "namaskah.retry.\(rung.name)" }

    /// The rung for the k-th attempt, k from 1: the k-th, or in one case of four its upper neighbour, so that what
    /// failed together does not come back together.
    package func rung(attempt: Int, using generator: inout some RandomNumberGenerator) -> Rung {
        let index = min(max(attempt, 1), rungs.count) - 1
        let neighbour = index + 1 < rungs.count && UInt64.random(in: 0..<4, using: &generator) == 0
        return rungs[neighbour ? index + 1 : index]
    }

    package var topology: Topology {
        Topology(
            exchanges: [Topology.Exchange(BusNames.redeliver, .direct)]
                + rungs.map { Topology.Exchange(name($0), .topic) },
            queues: rungs.map {
                Topology.Queue(
                    name($0),
                    arguments: [
                        "x-message-ttl": .integer($0.delay.milliseconds),
                        "x-dead-letter-exchange": .string(BusNames.redeliver),
                    ])
            },
            bindings: rungs.map { Topology.Binding(name($0), to: name($0), "#") },
            policies: [
                // Without both of these, a message whose time is up may be lost with the node that moves it.
                Topology.Policy(
                    "namaskah-retry", pattern: "^namaskah\\.retry\\.",
                    definition: ["overflow": "reject-publish", "dead-letter-strategy": "at-least-once"])
            ])
    }
}

extension Topology {
    /// What belongs to no service: the exchanges, the ladder, the stream of events. Made by the set-up of the broker.
    package static func shared(ladder: RetryLadder = .standard) -> Topology {
        Topology(
            exchanges: [
                Exchange(BusNames.commands, .topic), Exchange(BusNames.events, .topic),
                Exchange(BusNames.ingress, .topic), Exchange(BusNames.tenant, .topic),
                Exchange(BusNames.park, .topic), Exchange(BusNames.push, .topic),
            ],
            queues: [
                Queue(
                    BusNames.eventLog, .stream,
                    arguments: [
                        "x-max-age": .string("7D"), "x-stream-max-segment-size-bytes": .integer(50_000_000),
                    ])
            ],
            bindings: [Binding(BusNames.eventLog, to: BusNames.events, "#")]) + ladder.topology
    }

    /// A service's own queues: commands, events, events in their order, and what is parked. The exchanges that they are
    /// bound to are named but only looked for.
    package static func service(
        _ service: String, commandPatterns: [String] = [], eventPatterns: [String] = [],
        orderedPatterns: [String] = [], ingressPatterns: [String] = []
    ) -> Topology {
        let commands = BusNames.commandQueue(service)
        let events = BusNames.eventQueue(service)
        let ordered = BusNames.orderedQueue(service)
        let parked = BusNames.parkQueue(service)
        var topology = Topology(
            exchanges: [
                Exchange(BusNames.commands, .topic, isPassive: true),
                Exchange(BusNames.events, .topic, isPassive: true),
                Exchange(BusNames.park, .topic, isPassive: true),
                Exchange(BusNames.redeliver, .direct, isPassive: true),
            ],
            queues: [Queue(parked)], bindings: [Binding(parked, to: BusNames.park, service)],
            policies: [
                // Finite but huge: a crash counts against every message of the prefetch window, not only the culprit.
                Policy(
                    "\(service)-work", pattern: "^\(service)\\.(commands|events|ordered)$",
                    definition: [
                        "delivery-limit": 1000, "overflow": "reject-publish", "max-length-bytes": 1_073_741_824,
                        "dead-letter-exchange": .string(BusNames.park), "dead-letter-routing-key": .string(service),
                        "dead-letter-strategy": "at-least-once",
                    ])
            ])
        func add(
            _ queue: String, _ exchange: String, _ patterns: [String], arguments: [String: HeaderValue] = [:]
        ) {
            guard !patterns.isEmpty else { return }
            if !topology.queues.contains(where: { $0.name == queue }) {
                topology.queues.append(Queue(queue, arguments: arguments))
                topology.bindings.append(Binding(queue, to: BusNames.redeliver, queue))
            }
            topology.bindings += patterns.map { Binding(queue, to: exchange, $0) }
        }
        add(commands, BusNames.commands, commandPatterns)
        add(commands, BusNames.ingress, ingressPatterns)
        add(events, BusNames.events, eventPatterns)
        add(ordered, BusNames.events, orderedPatterns, arguments: ["x-single-active-consumer": .bool(true)])
        return topology
    }
}
