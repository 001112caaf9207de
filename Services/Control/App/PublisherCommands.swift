import Bus
import ControlCore
import JSON
import Kit
import Security

/// `publisher add` and `publisher remove`.
struct PublisherCommands: Sendable {
    private let settings: Settings
    private let terminal: Terminal
    private let broker: BrokerManagement
    private let address: AMQPAddress

    init(_ settings: Settings, _ terminal: Terminal) throws(CommandFailure) {
        self.settings = settings
        self.terminal = terminal
        broker = try BrokerManagement(settings)
        address = try BrokerManagement.address(settings)
    }

    func add(_ arguments: AddPublisher) async throws {
        // Asked first, so that no account is made that cannot be given its access.
        let vhost = PublisherAccess.segment(address.vhost)
        _ = try await broker.get("vhosts/\(vhost)", to: "find the virtual host \(address.vhost)")
        let account: ID
        if let known = arguments.account {
            account = known
        } else {
            account = try await AccountCommands(settings, terminal).addPublisher(named: arguments.name ?? "")
        }
        let access = access(account)
        let password = randomToken(bytes: 24)
        do {
            let steps = access.grant(
                password: password, connections: arguments.connections ?? 10, channels: arguments.channels ?? 50)
            for step in steps { try await broker.perform(step) }
        } catch {
            throw CommandFailure(
                lines: error.lines + ["The account is there; to try again: publisher add --account \(account)"])
        }
        try await warnWithoutPolicy(access)

        var own = address
        own.user = access.user
        own.password = password
        let url =
            "amqp://\(own.user):\(own.password)@\(address.host.contains(":") ? "[\(own.host)]" : own.host)"
            + ":\(own.port)/\(own.vhost == "/" ? "" : PublisherAccess.segment(own.vhost))"
        terminal.result(
            [
                "account": .string(account.description), "amqp_url": .string(url), "queue": .string(access.queue),
                "exchange": .string(BusNames.ingress), "routing_key": .string("req.\(account).verification.v1"),
            ],
            """
            account      \(account)
            address      \(url)
            publish to   \(BusNames.ingress) with the routing key req.\(account).verification.v1
            results in   \(access.queue)

            """)
    }

    func remove(_ arguments: RemovePublisher) async throws {
        let access = access(arguments.account)
        for step in access.revoke(keepsQueue: arguments.keepsQueue) { try await broker.perform(step) }
        terminal.result(
            ["account": .string(arguments.account.description), "removed": true],
            "\(access.user) has no access to the broker any more\n")
    }

    private func access(_ account: ID) -> PublisherAccess {
        PublisherAccess(
            account: account, user: BusNames.tenantUser(account), queue: BusNames.tenantQueue(account),
            vhost: address.vhost)
    }

    /// Limits of the queue come from a policy of the broker's set-up; without it results pile up without end.
    private func warnWithoutPolicy(_ access: PublisherAccess) async throws {
        let path = "queues/\(PublisherAccess.segment(access.vhost))/\(PublisherAccess.segment(access.queue))"
        let queue = try await broker.get(path, to: "look at the result queue")
        if queue["policy"]?.stringValue == nil, queue["effective_policy_definition"]?.objectValue?.isEmpty ?? false {
            terminal.warning("no policy limits \(access.queue); deploy/rabbitmq/provision.sh sets it")
        }
    }
}
