import Database
import Glibc
import HTTPClient
import JSON
import Kit
import Runtime
import TestSupport
import Testing

extension Fault {
    /// On servers of the suite's own, set up as for production.
    @Suite("Servers that go and come back", .serialized, .onServersOfItsOwn)
    struct ServerTests {
        private func expectCompleted(_ orders: [ID], _ customer: TestCustomer) async throws {
            for id in orders { #expect(try await customer.state(of: id, within: .seconds(60)) == "completed", "\(id)") }
            #expect(await customer.stack.faults() == [])
            for service in TestStack.Service.allCases {
                #expect(
                    customer.stack.isRunning(service), "\(service.rawValue): \(customer.stack.log(service).suffix(500))"
                )
            }
        }

        @Test("Orders are taken while the broker is away, and all are served once it is back")
        func brokerAway() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            try await stack.servers.control("stop", "rabbitmq")
            var orders: [ID] = []
            for _ in 0..<20 { orders.append(try await customer.order()) }
            #expect(try await customer.state(of: orders[0], reaches: ["pending"]) == "pending")
            try await stack.servers.control("start", "rabbitmq")
            try await expectCompleted(orders, customer)
            #expect(try await stack.purchases().sold == before.sold + orders.count)
        }

        @Test("A gateway that finds itself without offers asks for them, and has them again")
        func offersLost() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let price = try await customer.price()
            guard await stack.terminate(.gateway) == .exited(0) else {
                Issue.record("the gateway did not end in order")
                return
            }
            try await stack.database.execute("DELETE FROM gateway.offers")
            try await stack.start(.gateway)
            #expect(await eventually { (try? await customer.price()) == price })
        }

        @Test("No order that was taken is lost when Postgres is restarted under load, and no service exits")
        func databaseRestarted() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let isOver = Collected<Void>()
            let taken = Collected<ID>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        var count = 0
                        repeat {
                            count += 1
                            taken.append(
                                try await customer.insistentOrder(service: "telegram", key: "\(worker) \(count)"))
                        } while isOver.count == 0 && count < 200
                    }
                }
                // With orders in every stage of their way.
                #expect(await eventually { taken.count >= 20 })
                try await stack.servers.control("stop", "postgres")
                try await stack.servers.control("start", "postgres")
                let atReturn = taken.count
                #expect(await eventually { taken.count >= atReturn + 4 })
                isOver.append(())
                try await group.waitForAll()
            }
            try await expectCompleted(taken.all, customer)
            // A key stands for one order, whatever its attempts met.
            #expect(Set(taken.all).count == taken.count)
            let price = try await customer.price()
            #expect(try await customer.balance() == (1_000_000_000 - price.micro * Int64(taken.count), 0))
        }

        @Test(
            "A service asked to end answers what it has in hand and ends in order; nothing is lost",
            arguments: [TestStack.Service.billing, .verification, .gateway])
        func terminated(_ service: TestStack.Service) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let replies = Collected<TestReply>()
            let refused = Collected<Void>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        // A connection that the listener took no more is no answer.
                        guard let reply = try? await customer.create(wait: 30) else { return refused.append(()) }
                        replies.append(reply)
                    }
                }
                // Some are done, the others under way.
                #expect(await eventually { replies.count >= 1 })
                #expect(await stack.terminate(service) == .exited(0), "\(stack.log(service).suffix(1000))")
                try await stack.start(service)
                try await group.waitForAll()
            }
            #expect(replies.count + refused.count == 20)
            #expect(service == .gateway || refused.count == 0)
            #expect(replies.all.allSatisfy { [201, 202, 503].contains($0.status) }, "\(replies.all.map(\.status))")
            let orders = replies.all.compactMap { $0.json["verification_id"]?.stringValue.flatMap { ID($0) } }
            try await expectCompleted(orders, customer)
        }

        @Test("The database lets no service into another's schema")
        func ownSchemaOnly() async throws {
            let stack = try TestStack.lent()
            let attempts: [(owner: TestStack.Service, statements: [SQL])] = [
                (.billing, ["SELECT FROM billing.transfers", "DELETE FROM billing.transfers WHERE false"]),
                (.verification, ["SELECT FROM verification.orders", "DELETE FROM verification.orders WHERE false"]),
                (.gateway, ["SELECT FROM gateway.verifications", "CREATE TABLE gateway.mine (id int)"]),
            ]
            for (service, _) in attempts {
                let url = try #require(stack.servers.settings[service]?["DATABASE_URL"])
                let database = Database(
                    url: url, connections: 1, applicationName: "intruder", log: .silent, metrics: Metrics(),
                    health: Health())
                try await running([database]) {
                    for (owner, statements) in attempts where owner != service {
                        for statement in statements {
                            let error = await #expect(throws: DatabaseError.self) {
                                try await database.execute(statement)
                            }
                            #expect(
                                error?.sqlState == "42501", "\(service.rawValue) in \(owner.rawValue): \(statement)")
                        }
                    }
                }
            }
        }
    }
}
