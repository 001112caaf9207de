import BillingApp
import BillingCore
import Bus
import Contracts
import Database
import JSON
import Kit
import Runtime
import TestSupport
import Testing

extension BillingIntegration {
    /// The whole service, as its `main` builds it, between a broker and a database.
    @Suite("The service", .enabled(if: TestEnvironment.amqpURL != nil))
    struct Whole {
        /// A running service, someone who sends it commands and someone who hears its facts.
        struct Stage: Sendable {
            let broker: TestBroker
            let administrator: Database
            let sender: Publisher
            let facts: Collected<Fact>
            let metrics: Metrics
            let health: Health

            func send(_ messages: [(type: String, body: [UInt8])]) async {
                let outgoing = messages.map {
                    OutgoingMessage(exchange: BusNames.commands, routingKey: $0.type, type: $0.type, body: $0.body)
                }
                let outcomes = await sender.publish(outgoing, within: .seconds(30))
                for (message, outcome) in zip(outgoing, outcomes) where outcome != .confirmed {
                    // What became of it is not known; a sender's own outbox would send it again under the same id.
                    var unsure = [message]
                    while await sender.publish(unsure, within: .seconds(30)) != [.confirmed] { unsure = [message] }
                }
            }

            func send(_ commands: Command...) async {
                await send(commands.map { IncomingCommand($0) }.map { ($0.type, $0.body) })
            }
        }

        struct Fact: Sendable {
            let delivery: Delivery
            let fact: LedgerFact
        }

        private func withService(_ body: @Sendable (Stage) async throws -> Void) async throws {
            var shared = Topology.shared()
            // The stream takes a second to make, and no test here reads it.
            shared.queues.removeAll { $0.name == BusNames.eventLog }
            shared.bindings.removeAll { $0.queue == BusNames.eventLog }
            let world = shared + Topology.service("watcher", eventPatterns: ["billing.#"])
            let policies = world.policies + Topology.service("billing").policies
            try await TestBroker.withBroker(policies: policies) { broker in
                try await TestPostgres.lend("billing") { url, _ in
                    let address = broker.address
                    let metrics = Metrics()
                    let health = Health()
                    let sender = Publisher(
                        address, applicationID: "tests", topology: world, log: .silent, metrics: Metrics())
                    let facts = Collected<Fact>()
                    let watcher = BatchConsumer(
                        address, queue: BusNames.eventQueue("watcher"), service: "watcher", publisher: sender,
                        topology: world, log: .silent, metrics: Metrics()
                    ) { deliveries in
                        for delivery in deliveries {
                            facts.append(Fact(delivery: delivery, fact: try LedgerFact(json: delivery.body)))
                        }
                        return deliveries.map { _ in .done }
                    }
                    let administrator = Database(
                        url: url, connections: 1, applicationName: "test administrator", schema: "billing",
                        log: .silent, metrics: Metrics(), health: Health())
                    try await running([administrator, sender, watcher]) {
                        let isUp = await eventually { watcher.isConnected }
                        #expect(isUp)
                        let configuration = try BillingConfiguration([
                            "DATABASE_URL": url, "OPERATIONS_PORT": "0", "OPERATIONS_ADDRESS": "127.0.0.1",
                            "AMQP_URL":
                                "amqp://\(address.user):\(address.password)@\(address.host):\(address.port)/\(address.vhost)",
                        ])
                        let services = try await buildBilling(
                            configuration, log: .silent, metrics: metrics, health: health)
                        try await running(services) {
                            let isReady = await eventually { health.isReady }
                            #expect(isReady, "\(health.json.text)")
                            try await body(
                                Stage(
                                    broker: broker, administrator: administrator, sender: sender, facts: facts,
                                    metrics: metrics, health: health))
                        }
                    }
                }
            }
        }

        @Test("a command in gives a fact out, with the type as its key and the order as its correlation")
        func commandInFactOut() async throws {
            try await withService { stage in
                let account = ID.new()
                let hold = ID.new()
                await stage.send(.topUp(account, 100, reference: "card 1"))
                let isFirst = await eventually { stage.facts.count == 1 }
                #expect(isFirst)
                await stage.send(.place(hold, account, 40))
                let isSecond = await eventually { stage.facts.count == 2 }
                #expect(isSecond)
                await stage.send(
                    .post(hold, account, 40, ProviderSettlement(.charge, "9", 25)), .place(.new(), account, 61))
                let isThird = await eventually { stage.facts.count == 4 }
                #expect(isThird)
                let facts = stage.facts.all
                #expect(
                    facts.map(\.delivery.type) == [
                        "billing.account.topped_up.v1", "billing.hold.placed.v1", "billing.hold.posted.v1",
                        "billing.hold.declined.v1",
                    ])
                for fact in facts {
                    #expect(fact.delivery.routingKey == fact.delivery.type)
                    #expect(fact.delivery.exchange == BusNames.events && fact.delivery.appID == "billing")
                    #expect(fact.delivery.aggregate == account && fact.delivery.id != nil)
                }
                #expect(facts[1].delivery.correlationID == hold.description && facts[0].delivery.correlationID == nil)
                #expect(facts[2].fact.balance.available.micro == 60 && facts[2].delivery.version == 3)
            }
        }

        @Test("what cannot be read ends in the table of parked messages, with the reason")
        func parked() async throws {
            try await withService { stage in
                let account = ID.new()
                await stage.send([(PlaceHold.type, Array("{}".utf8))])
                await stage.send(.topUp(account, 100), .topUp(account, 0))
                let isParked = await eventually {
                    // The table is looked at until it has both; a refusal meanwhile is looked past.
                    (try? await stage.administrator.value(Int.self, "SELECT count(*) FROM parked")) == 2
                }
                #expect(isParked)
                let reasons = try await stage.administrator.values(
                    String.self, "SELECT reason FROM parked WHERE queue = 'billing.commands' ORDER BY reason")
                #expect(reasons.count == 2 && reasons[0].contains("amount: must be above 0"))
                #expect(reasons.count == 2 && reasons[1].contains("hold_id: is required"))
                let isAnswered = await eventually { stage.facts.count == 1 }
                #expect(isAnswered)
            }
        }

        @Test("cut connections, to the broker and to the database, lose no command and double none")
        func faults() async throws {
            try await withService { stage in
                let accounts = (0..<10).map { _ in ID.new() }
                for account in accounts { await stage.send(.topUp(account, 1000)) }
                let isToppedUp = await eventually { stage.facts.count >= 10 }
                #expect(isToppedUp)
                let holds = (0..<600).map { (hold: ID.new(), account: accounts[$0 % 10]) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for slice in 0..<20 {
                            let part = holds[(slice * 30)..<(slice * 30 + 30)]
                            await stage.send(
                                part.map { IncomingCommand(.place($0.hold, $0.account, 20)) }
                                    .map { ($0.type, $0.body) })
                        }
                    }
                    group.addTask {
                        for round in 1...3 {
                            _ = await eventually { stage.facts.count > 10 + round * 100 }
                            _ = try await stage.administrator.value(
                                Int.self,
                                """
                                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                                WHERE datname = current_database() AND application_name LIKE 'billing%'
                                """)
                            try await stage.broker.cutConnections(named: "billing")
                        }
                    }
                    try await group.waitForAll()
                }
                let isComplete = await eventually(within: .seconds(60)) {
                    Set(stage.facts.all.map(\.fact.transferID)).count == 610
                }
                #expect(isComplete, "\(Set(stage.facts.all.map(\.fact.transferID)).count) of 610 were answered")
                // 50 of 60 fit into each account.
                var verdicts: [ID: Set<String>] = [:]
                for fact in stage.facts.all { verdicts[fact.fact.transferID, default: []].insert(fact.delivery.type) }
                #expect(verdicts.values.allSatisfy { $0.count == 1 }, "no hold has two verdicts")
                #expect(verdicts.values.filter { $0.contains("billing.hold.placed.v1") }.count == 500)
                #expect(verdicts.values.filter { $0.contains("billing.hold.declined.v1") }.count == 100)
                let faults = try await stage.administrator.values(
                    String.self, #"SELECT detail FROM billing.prove() WHERE NOT ok"#)
                #expect(faults == [])
                #expect(try await stage.administrator.value(Int.self, "SELECT count(*) FROM parked") == 0)
            }
        }
    }
}
