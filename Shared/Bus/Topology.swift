import JSON

/// What must exist in the broker before a message can travel. Services describe theirs; a connection declares it
/// before use and again after every reconnect. Declaring what exists changes nothing.
///
/// Arguments of a queue are fixed for its life, so only what never changes stands in them; limits and dead-lettering
/// are policies, which the set-up of the broker applies out of `definitions`, not the services.
package struct Topology: Hashable, Sendable {
    package var exchanges: [Exchange]
    package var queues: [Queue]
    package var bindings: [Binding]
    package var policies: [Policy]

    package init(
        exchanges: [Exchange] = [], queues: [Queue] = [], bindings: [Binding] = [], policies: [Policy] = []
    ) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
        self.policies = policies
    }

    package struct Exchange: Hashable, Sendable {
        package enum Kind: String, Sendable { case topic, direct, fanout }
        package var name: String
        package var kind: Kind
        /// Only look whether it is there: our user may not make it.
        package var isPassive: Bool

        package init(_ name: String, _ kind: Kind, isPassive: Bool = false) {
            self.name = name
            self.kind = kind
            self.isPassive = isPassive
        }
    }

    package struct Queue: Hashable, Sendable {
        package enum Kind: String, Sendable { case quorum, stream, classic }
        package var name: String
        package var kind: Kind
        /// Belongs to one connection and goes with it; classic queues only.
        package var isExclusive: Bool
        /// Further `x-…` arguments; `x-queue-type` is written from `kind`.
        package var arguments: [String: HeaderValue]
        /// Only look whether it is there.
        package var isPassive: Bool

        package init(
            _ name: String, _ kind: Kind = .quorum, isExclusive: Bool = false,
            arguments: [String: HeaderValue] = [:], isPassive: Bool = false
        ) {
            precondition(!isExclusive || kind == .classic, "only a classic queue can be exclusive")
            self.name = name
            self.kind = kind
            self.isExclusive = isExclusive
            self.arguments = arguments
            self.isPassive = isPassive
        }
    }

    package struct Binding: Hashable, Sendable {
        package var queue: String
        package var exchange: String
        package var routingKey: String

        package init(_ queue: String, to exchange: String, _ routingKey: String) {
            self.queue = queue
            self.exchange = exchange
            self.routingKey = routingKey
        }
    }

    package struct Policy: Hashable, Sendable {
        package var name: String
        /// A regular expression over queue names.
        package var pattern: String
        package var definition: JSON
        package var priority: Int

        package init(_ name: String, pattern: String, definition: JSON, priority: Int = 0) {
            self.name = name
            self.pattern = pattern
            self.definition = definition
            self.priority = priority
        }

        /// The body of `PUT /api/policies/<vhost>/<name>`.
        package var json: JSON {
            [
                "pattern": .string(pattern), "definition": definition, "priority": .integer(Int64(priority)),
                "apply-to": "queues",
            ]
        }
    }

    /// Both, one after the other; what is in both is kept once.
    package static func + (left: Topology, right: Topology) -> Topology {
        func joined<Element: Hashable>(_ left: [Element], _ right: [Element]) -> [Element] {
            var seen = Set<Element>()
            return (left + right).filter { seen.insert($0).inserted }
        }
        return Topology(
            exchanges: joined(left.exchanges, right.exchanges), queues: joined(left.queues, right.queues),
            bindings: joined(left.bindings, right.bindings), policies: joined(left.policies, right.policies))
    }

    /// The same, but the exchanges are only looked for: for a service whose user may not make the shared ones.
    package var withPassiveExchanges: Topology {
        var copy = self
        for index in copy.exchanges.indices { copy.exchanges[index].isPassive = true }
        return copy
    }
}
