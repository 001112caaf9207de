import Chaos
import Database
import Glibc
import HTTPClient
import JSON
import Kit
import TestSupport
import Testing

extension Fault {
    @Suite("Messages that are lost, repeated, out of order or wrong", .serialized, .onOneStack)
    struct MatrixMessageTests {
        enum Loss: String, CaseIterable, Sendable {
            case billingCommands = "billing.commands"
            case verificationEvents = "verification.events"
            case verificationCommands = "verification.commands"

            var service: TestStack.Service {
                switch self {
                case .billingCommands: .billing
                case .verificationCommands, .verificationEvents: .verification
                }
            }
        }

        @Test("A queue that is deleted under traffic is made again, and orders go on", arguments: Loss.allCases)
        func queueDeleted(_ queue: Loss) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            // Nothing is in it at that moment; what is, is another test's.
            #expect(await stack.faults() == [])
            try await stack.servers.broker.deleteQueue(queue.rawValue)
            var orders: [ID] = []
            for number in 0..<5 {
                orders.append(try await customer.insistentOrder(service: "telegram", key: "\(queue) \(number)"))
            }
            try await customer.expectServed(orders)
        }

        @Test("A binding that is deleted is told of and made again, and what no queue took goes on its way")
        func bindingDeleted() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let broker = stack.servers.broker
            #expect(try await broker.unbind("billing.commands", from: "namaskah.commands") > 0)
            let before = await stack.metric("outbox_returned_total", of: .verification) ?? 0
            let orders = [try await customer.order(), try await customer.order()]
            #expect(await eventually { await stack.metric("outbox_returned_total", of: .verification) ?? 0 > before })
            #expect(stack.log(.verification).contains("outbox message has no taker"))
            try await customer.expectServed(orders)
        }

        @Test("An exchange that is deleted holds everything up until the broker is set up again, and loses nothing")
        func exchangeDeleted() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let broker = stack.servers.broker
            #expect(await stack.faults() == [])
            try await broker.deleteExchange("namaskah.commands")
            var orders: [ID] = []
            for _ in 0..<3 { orders.append(try await customer.order()) }
            try await Task.sleep(for: .seconds(2))
            #expect(try await customer.state(of: orders[0], reaches: ["pending"]) == "pending")
            try await broker.importDefinitions()
            // The services' own bindings to it they make again themselves.
            orders.append(try await customer.order())
            try await customer.expectServed(orders)
        }

        @Test("Facts that come late and in any order are shown in the order they happened in")
        func late() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let broker = stack.servers.broker
            try await stack.sandbox("PUT", "/arrival", ["product": "whatsapp", "mode": "manual"])
            var orders: [ID] = []
            for _ in 0..<8 { orders.append(try await customer.order(service: "whatsapp")) }
            var references: [String] = []
            for order in orders { references.append(try await stack.reference(of: order)) }
            #expect(await stack.terminate(.gateway) == .exited(0))
            for reference in references { try await stack.sandbox("POST", "/orders/\(reference)/sms", [:]) }
            let open: SQL =
                "SELECT count(*) FROM verification.orders WHERE state <> 'completed' OR hold_state <> 'posted'"
            let waiting: SQL = """
                SELECT count(*) FROM (SELECT FROM verification.outbox UNION ALL SELECT FROM billing.outbox) AS waiting
                """
            for nothing in [open, waiting] {
                #expect(
                    await eventually {
                        // What cannot be read is asked for again.
                        (try? await stack.database.value(Int64.self, nothing)) == 0
                    })
            }
            let held = try await broker.take(1000, from: "gateway.events")
            #expect(held.count > 1)
            try await stack.start(.gateway)
            // Newest first, every fifth a second later.
            let turned = Array(held.reversed())
            let late = turned.indices.filter { $0 % 5 == 0 }
            for index in turned.indices.filter({ $0 % 5 != 0 }) + late {
                if index == late.first { try await Task.sleep(for: .seconds(1)) }
                let message = turned[index]
                let isTaken = try await broker.send(
                    "", "gateway.events", message["properties"] ?? [:],
                    Array((message["payload"]?.stringValue ?? "").utf8))
                #expect(isTaken)
            }
            #expect(await stack.faults() == [])
            for order in orders {
                #expect(try await customer.state(of: order) == "completed")
                let told: SQL = """
                    SELECT count(*) = max(number) AND bool_or(step = 'finished') FROM gateway.steps
                    WHERE verification_id = \(order)
                    """
                // The last of all may be a fact from the middle.
                #expect(await eventually { (try? await stack.database.value(Bool.self, told)) == true })
                let messages = try await customer.send(.get, "/verify/\(order)/messages").json["data"]?.arrayValue
                #expect(messages?.count == 1)
                let steps = try await customer.send(.get, "/verify/\(order)/timeline").json["data"]?.arrayValue ?? []
                #expect(steps.map { $0["number"]?.integerValue } == steps.indices.map { Int64($0 + 1) })
            }
            #expect(await stack.faults() == [])
            let price = try await customer.price(service: "whatsapp")
            #expect(try await customer.balance() == (1_000_000_000 - price.micro * 8, 0))
            try await stack.sandbox("DELETE", "/arrival")
        }

        @Test("While Billing does not answer it is asked seldom, and then more seldom")
        func answersWait() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            #expect(await stack.terminate(.billing) == .exited(0))
            let order = try await customer.order()
            let asks: SQL = "SELECT hold_asks::bigint FROM verification.orders WHERE id = \(order)"
            func isAsked(_ count: Int64) async -> Bool {
                await eventually(within: .seconds(5)) {
                    // What cannot be read is asked for again.
                    (try? await stack.database.value(Int64.self, asks)) == count
                }
            }
            #expect(await isAsked(0))
            for (silence, count) in [(31, 1), (31, 1), (61, 2), (61, 2), (121, 3)] as [(Int, Int64)] {
                try await stack.database.execute(
                    """
                    UPDATE verification.orders SET updated_at = now() - \(silence) * interval '1 second'
                    WHERE id = \(order)
                    """)
                // The sweeper looks every second.
                try await Task.sleep(for: .milliseconds(2500))
                #expect(await isAsked(count), "after \(silence) s")
            }
            try await stack.start(.billing)
            try await customer.expectServed([order])
            #expect(await isAsked(0))
        }

        @Test(
            "What is published again, many times and in any order, changes nothing, also after the inbox has forgotten")
        func repeated() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let broker = stack.servers.broker
            try await stack.sandbox("PUT", "/arrival", ["product": "whatsapp", "mode": "manual"])
            let queue = "everything"
            try await broker.expect(
                "PUT", "/api/queues/\(broker.vhost)/\(queue)",
                ["durable": true, "arguments": ["x-queue-type": "classic"]])
            for exchange in ["namaskah.commands", "namaskah.events"] {
                try await broker.expect(
                    "POST", "/api/bindings/\(broker.vhost)/e/\(exchange)/q/\(queue)", ["routing_key": "#"])
            }
            var orders = [try await customer.order(), try await customer.order()]
            let cancelled = try await customer.order(service: "whatsapp")
            _ = try await stack.reference(of: cancelled)
            #expect(try await customer.send(.delete, "/verify/\(cancelled)").status < 300)
            #expect(try await customer.state(of: cancelled) == "cancelled")
            try await customer.expectServed(orders)
            let messages = try await broker.take(1000, from: queue)
            try await broker.deleteQueue(queue)
            #expect(messages.count > 20)
            let before = try await state(of: stack)
            for round in 0..<3 {
                // What the inbox knows it refuses; what it has forgotten must be refused by the orders themselves.
                if round == 1 {
                    for service in ["billing", "gateway", "verification"] {
                        try await stack.database.execute("TRUNCATE \(identifier: service).inbox")
                    }
                }
                for message in messages.shuffled() + messages.shuffled() {
                    let exchange = try #require(message["exchange"]?.stringValue)
                    let answer = try await broker.expect(
                        "POST", "/api/exchanges/\(broker.vhost)/\(exchange)/publish",
                        [
                            "properties": message["properties"] ?? [:], "routing_key": message["routing_key"] ?? "",
                            "payload": message["payload"] ?? "", "payload_encoding": message["payload_encoding"] ?? "",
                        ])
                    #expect(answer["routed"]?.boolValue == true)
                }
                orders.append(try await customer.order())
                try await customer.expectServed(orders)
            }
            let after = try await state(of: stack)
            #expect(before.filter { !after.contains($0) } == [], "\(after)")
            try await stack.sandbox("DELETE", "/arrival")
        }

        /// All orders and movements of money, as text.
        private func state(of stack: TestStack) async throws -> [String] {
            try await stack.database.values(
                String.self,
                """
                SELECT concat_ws(' ', o.id, o.state, o.hold_state, o.reference, v.status, (
                    SELECT count(*) FROM verification.steps s WHERE s.order_id = o.id), (
                    SELECT string_agg(t.kind || t.amount, ' ' ORDER BY t.kind) FROM billing.transfers t
                    WHERE t.order_id = o.id))
                FROM verification.orders o JOIN gateway.verifications v ON v.id = o.id
                """)
        }

        @Test("A queue that is full holds up what is for it, without haste, and nothing else")
        func queueFull() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let broker = stack.servers.broker
            let policy = "/api/policies/\(broker.vhost)/full"
            try await broker.expect(
                "PUT", policy,
                [
                    "pattern": "^verification\\.commands$", "apply-to": "queues", "priority": 1000,
                    "definition": ["max-length": 1, "overflow": "reject-publish"],
                ])
            #expect(await stack.terminate(.verification) == .exited(0))
            var orders: [ID] = []
            for _ in 0..<30 { orders.append(try await customer.order()) }
            let waiting: SQL = "SELECT count(*) FROM gateway.outbox"
            try await Task.sleep(for: .seconds(2))
            #expect(try await stack.database.value(Int64.self, waiting) ?? 0 > 0)
            try await broker.expect("DELETE", policy)
            try await stack.start(.verification)
            try await customer.expectServed(orders)
        }

        @Test("Messages wait for an outbox that is locked or held by an old snapshot, and then leave")
        func outboxLocked() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let orders = Collected<ID>()
            for service in ["gateway", "verification", "billing"] {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await stack.database.transaction { transaction in
                            try await transaction.execute(
                                "LOCK TABLE \(identifier: service).outbox IN ACCESS EXCLUSIVE MODE")
                            // Longer than any of its users waits for a lock.
                            try await transaction.execute("SELECT pg_sleep(6)")
                        }
                    }
                    group.addTask {
                        for number in 0..<3 {
                            orders.append(
                                try await customer.insistentOrder(service: "telegram", key: "\(service) \(number)"))
                        }
                    }
                    try await group.waitForAll()
                }
            }
            try await customer.expectServed(orders.all)
        }

        struct Poison: Sendable, CustomTestStringConvertible {
            let testDescription: String
            var properties: [JSON.Member] = [
                .init("message_id", .string(ID.new().description)), .init("delivery_mode", 2),
            ]
            var payload = "{}"
            var encoding = "string"
            /// Unless it is the one that the queue is for.
            var type: String?

            init(_ name: String, _ change: (inout Poison) -> Void) {
                testDescription = name
                change(&self)
            }
        }

        private static let poisons = [
            Poison("no JSON") { $0.payload = "{\"verification_id\":" },
            Poison("wrong UTF-8") {
                $0.payload = "eyJhIjoi//8ifQ=="
                $0.encoding = "base64"
            },
            Poison("an unknown type") { $0.type = "nonsense.v1" },
            Poison("250 KiB") { $0.payload = "\"" + String(repeating: "x", count: 250 << 10) + "\"" },
            Poison("deeply nested") {
                $0.payload = String(repeating: "[", count: 20_000) + String(repeating: "]", count: 20_000)
            },
            Poison("without an id") { $0.properties[0] = .init("correlation_id", "none") },
            Poison("an id that is none") { $0.properties[0] = .init("message_id", "seven") },
            Poison("empty") { $0.payload = "" },
        ]

        @Test("Of a batch with every poison in it only the poison is parked, each piece once")
        func poison() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let broker = stack.servers.broker
            let parked: SQL = """
                SELECT count(*) FROM (SELECT FROM verification.parked UNION ALL SELECT FROM billing.parked
                    UNION ALL SELECT FROM gateway.parked) AS parked
                """
            let before = try await stack.database.value(Int64.self, parked) ?? 0
            let targets: [(service: TestStack.Service, exchange: String, key: String)] = [
                (.verification, "namaskah.commands", "verification.request.v1"),
                (.billing, "namaskah.commands", "billing.hold.place.v1"),
                (.gateway, "namaskah.events", "verification.completed.v1"),
            ]
            var orders: [ID] = []
            // Nothing is taken until all of it is there, so that good and bad come in one batch.
            for target in targets where target.service != .gateway { stack.signal(target.service, SIGSTOP) }
            for target in targets {
                for poison in Self.poisons {
                    let answer = try await broker.expect(
                        "POST", "/api/exchanges/\(broker.vhost)/\(target.exchange)/publish",
                        [
                            "properties": .object(
                                poison.properties + [.init("type", .string(poison.type ?? target.key))]),
                            "routing_key": .string(target.key),
                            "payload": .string(poison.payload), "payload_encoding": .string(poison.encoding),
                        ])
                    #expect(answer["routed"]?.boolValue == true)
                    if target.service == .verification { orders.append(try await customer.order()) }
                }
            }
            for target in targets { stack.signal(target.service, SIGCONT) }
            try await customer.expectServed(orders)
            // Facts of a kind that it does not know the gateway has no use for, and no quarrel with.
            let wanted = before + Int64(targets.count * Self.poisons.count - 1)
            _ = await eventually(within: .seconds(20)) {
                (try? await stack.database.value(Int64.self, parked)) == wanted
            }
            #expect(try await stack.database.value(Int64.self, parked) == wanted)
            for service in TestStack.Service.allCases { #expect(stack.isRunning(service)) }
        }

        /// By themselves holds are asked about after half a minute.
        @Test(
            "What ledger and orders told each other, and lost with a queue, they tell again",
            arguments: [Loss.billingCommands, .verificationEvents])
        func messagesLost(_ queue: Loss) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            #expect(await stack.faults() == [])
            var orders: [ID] = []
            #expect(await stack.terminate(queue.service) == .exited(0))
            orders.append(try await customer.order())
            try await Task.sleep(for: .seconds(1))
            try await stack.servers.broker.deleteQueue(queue.rawValue)
            try await stack.start(queue.service)
            try await customer.expectServed(orders)
        }

        @Test("A refund after the end that is lost with the ledger's queue is told again, until it is posted")
        func settlementLost() async throws {
            let stack = try TestStack.lent()
            // So long it is not told that the order is done with, and takes its money back meanwhile.
            try await stack.restart(.verification, ["LINGER_MS": "8000"])
            let customer = try await stack.customer()
            let order = try await customer.order()
            #expect(try await customer.state(of: order, within: .seconds(30)) == "completed")
            let reference = try await stack.reference(of: order)
            #expect(await stack.terminate(.billing) == .exited(0))
            try await stack.sandbox("POST", "/orders/\(reference)/status", ["status": "CANCELED"])
            let waiting = { @Sendable (sql: SQL) async -> Int64 in
                (try? await stack.database.value(Int64.self, sql)) ?? -1
            }
            #expect(await eventually { await waiting("SELECT count(*) FROM verification.settlements") == 1 })
            #expect(await eventually { await waiting("SELECT count(*) FROM verification.outbox") == 0 })
            try await stack.servers.broker.deleteQueue("billing.commands")
            try await stack.start(.billing)
            // Nobody is to guess what is missing: it stands among what has begun and not ended.
            #expect(await stack.faults(within: .seconds(3)) != [])
            try await customer.expectServed([order])
            try await stack.restart(.verification)
        }
    }
}
