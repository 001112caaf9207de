import Database
import HTTPClient
import JSON
import Kit
import TestSupport
import Testing

extension Fault {
    /// Nobody may delete or empty a queue that something is in, and somebody will.
    @Suite("What is lost with a queue", .serialized, .onOneStack([.gateway: ["SILENCE_MS": "1000"]]))
    struct MatrixLossTests {
        enum Loss: String, CaseIterable, Sendable {
            case deleted, emptied
        }

        private func lose(_ queue: String, _ loss: Loss) async throws {
            let broker = try TestStack.lent().servers.broker
            switch loss {
            case .deleted: try await broker.deleteQueue(queue)
            case .emptied: try await broker.purgeQueue(queue)
            }
        }

        /// Waits until a service has handed everything to the broker.
        private func untilSent(by service: TestStack.Service) async throws {
            let stack = try TestStack.lent()
            let outbox: SQL = "SELECT count(*) FROM \(identifier: service.rawValue).outbox"
            let isSent = await eventually(within: .seconds(20)) {
                (try? await stack.database.value(Int64.self, outbox)) == 0
            }
            #expect(isSent)
        }

        private func asked(_ what: String) async throws -> Double {
            await (try TestStack.lent()).metric("gateway_inquiries_total{what=\"\(what)\"}", of: .gateway) ?? 0
        }

        /// What its owner reads of a verification and of its money.
        private func expectTold(_ order: ID, _ customer: TestCustomer, charged: Bool) async throws {
            let lines = try await customer.send(.get, "/verify/\(order)/timeline").json["data"]?.arrayValue ?? []
            let steps = try await customer.stack.database.value(
                Int64.self, "SELECT step_count::bigint FROM verification.orders WHERE id = \(order)")
            #expect(Int64(lines.count) == steps)
            let kinds: @Sendable () async throws -> Set<String> = {
                let reply = try await customer.send(.get, "/billing/transactions?verification_id=\(order)")
                return Set((reply.json["data"]?.arrayValue ?? []).compactMap { $0["kind"]?.stringValue })
            }
            let wanted: Set<String> = ["hold", charged ? "capture" : "release"]
            #expect(await eventually(within: .seconds(20)) { (try? await kinds()) == wanted })
            let price = try await customer.price()
            #expect(try await customer.balance() == (1_000_000_000 - (charged ? price.micro : 0), 0))
        }

        @Test("A request that Verification never had is said again", arguments: Loss.allCases)
        func requestLost(_ loss: Loss) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            #expect(await stack.terminate(.verification) == .exited(0))
            let before = try await asked("request")
            let reply = try await customer.send(
                .post, "/verify/create",
                [
                    "service": "telegram", "country": "england", "area_code": "207", "provider": "5sim",
                    "metadata": ["shop": "7"],
                ])
            let order = try #require(reply.json["verification_id"]?.stringValue.flatMap { ID($0) })
            try await untilSent(by: .gateway)
            try await lose("verification.commands", loss)
            try await stack.start(.verification)
            #expect(try await customer.state(of: order) == "completed")
            #expect(try await asked("request") > before)
            #expect(await stack.faults() == [])
            try await expectTold(order, customer, charged: true)
            // It is what was asked for, in everything.
            let made = try await stack.database.value(
                String.self,
                """
                SELECT concat_ws(' ', area_code, pinned_provider, metadata->>'shop', origin)
                FROM verification.orders WHERE id = \(order)
                """)
            #expect(made == "207 5sim 7 http")
        }

        @Test("Facts that never reached the gateway are told again, with messages and money", arguments: Loss.allCases)
        func factsLost(_ loss: Loss) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            try await stack.sandbox("PUT", "/arrival", ["product": "telegram", "mode": "manual"])
            let order = try await customer.order()
            let reference = try await stack.reference(of: order)
            #expect(try await customer.state(of: order, reaches: ["waiting_sms"]) == "waiting_sms")
            try await stack.kill(.gateway)
            try await stack.sandbox("POST", "/orders/\(reference)/sms", ["text": "Your code is 482913"])
            let isOver: SQL = """
                SELECT state = 'completed' AND hold_state = 'posted' FROM verification.orders WHERE id = \(order)
                """
            #expect(
                await eventually(within: .seconds(20)) {
                    (try? await stack.database.value(Bool.self, isOver)) == true
                })
            try await untilSent(by: .verification)
            try await untilSent(by: .billing)
            try await lose("gateway.events", loss)
            try await stack.start(.gateway)
            #expect(try await customer.state(of: order) == "completed")
            let messages = try await customer.send(.get, "/verify/\(order)/messages").json["data"]?.arrayValue ?? []
            #expect(messages.compactMap { $0["code"]?.stringValue } == ["482913"])
            #expect(await stack.faults() == [])
            try await expectTold(order, customer, charged: true)
            try await stack.sandbox("DELETE", "/arrival")
        }

        @Test("A cancellation that was lost is said again, and takes effect once")
        func cancellationLost() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            try await stack.sandbox("PUT", "/arrival", ["product": "telegram", "mode": "manual"])
            let order = try await customer.order()
            #expect(try await customer.state(of: order, reaches: ["waiting_sms"]) == "waiting_sms")
            #expect(await stack.terminate(.verification) == .exited(0))
            let before = try await asked("action")
            #expect(try await customer.send(.delete, "/verify/\(order)").status == 202)
            try await untilSent(by: .gateway)
            try await lose("verification.commands", .emptied)
            try await stack.start(.verification)
            #expect(try await customer.state(of: order) == "cancelled")
            #expect(try await asked("action") > before)
            #expect(await stack.faults() == [])
            try await expectTold(order, customer, charged: false)
            let refusals = try await stack.database.value(
                Int64.self,
                """
                SELECT count(*) FROM gateway.events WHERE type = 'verification.action_refused.v1'
                    AND fact->>'verification_id' = \(order.description)
                """)
            #expect(refusals == 0)
            try await stack.sandbox("DELETE", "/arrival")
        }

        @Test("Who asks again and again does not keep us from saying again what was lost")
        func impatience() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            #expect(await stack.terminate(.verification) == .exited(0))
            let order = try await customer.order()
            try await untilSent(by: .gateway)
            try await lose("verification.commands", .emptied)
            try await stack.start(.verification)
            // Each is answered when the order is over, or after ten seconds.
            let impatient = Task {
                while !Task.isCancelled {
                    // What fails is sent again.
                    _ = try? await customer.send(.delete, "/verify/\(order)", within: .milliseconds(400))
                }
            }
            let state = try await customer.state(of: order)
            impatient.cancel()
            await impatient.value
            #expect(["cancelled", "completed"].contains(state))
            #expect(await stack.faults() == [])
        }

        @Test("A top-up that was lost, or whose answer was, is posted once and shown", arguments: [true, false])
        func topUpLost(_ isAnswer: Bool) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer(credit: nil)
            #expect(await stack.terminate(.billing) == .exited(0))
            let reply = try await stack.administrator.send(
                .post, "/billing/top-up",
                [
                    "user_id": .string(customer.id.description), "amount": ["amount": "7.0000", "currency": "USD"],
                ])
            #expect(reply.status == 202)
            try await untilSent(by: .gateway)
            if isAnswer {
                try await stack.kill(.gateway)
                try await stack.start(.billing)
                let hasIt: SQL = "SELECT count(*) FROM billing.transfers WHERE credit = \(customer.id)"
                #expect(
                    await eventually(within: .seconds(20)) {
                        (try? await stack.database.value(Int64.self, hasIt)) == 1
                    })
                try await untilSent(by: .billing)
                try await lose("gateway.events", .emptied)
                try await stack.start(.gateway)
            } else {
                try await lose("billing.commands", .emptied)
                try await stack.start(.billing)
            }
            #expect(
                await eventually(within: .seconds(30)) { (try? await customer.balance().available) == 7_000_000 })
            let left: SQL = "SELECT count(*) FROM gateway.top_ups"
            #expect(
                await eventually(within: .seconds(30)) { (try? await stack.database.value(Int64.self, left)) == 0 })
            #expect(await stack.faults() == [])
        }

        @Test("Verifications that are over and told are asked after no more")
        func silence() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let order = try await customer.order()
            #expect(try await customer.state(of: order) == "completed")
            #expect(await stack.faults() == [])
            // Of this one: what another test left open is asked after as long as it is.
            let open: SQL = "SELECT count(*) FROM gateway.verifications WHERE id = \(order) AND ask_at IS NOT NULL"
            #expect(
                await eventually(within: .seconds(30)) { (try? await stack.database.value(Int64.self, open)) == 0 })
        }
    }
}
