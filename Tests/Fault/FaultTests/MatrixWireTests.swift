import HTTPClient
import JSON
import Kit
import TestSupport
import Testing

extension Fault {
    @Suite("Wires that are slow, cut and silent", .serialized, .onWires())
    struct MatrixWireTests {
        struct Disturbance: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let toxics: ChaosProxy.Toxics

            init(_ name: String, _ change: (inout ChaosProxy.Toxics) -> Void) {
                testDescription = name
                var toxics = ChaosProxy.Toxics()
                change(&toxics)
                self.toxics = toxics
            }
        }

        private static let disturbances = [
            Disturbance("bytes one at a time") { $0.sliceBytes = 1 },
            Disturbance("100 ms late, more or less 75") {
                $0.latency = .milliseconds(100)
                $0.jitter = .milliseconds(75)
            },
            Disturbance("20 kB a second") { $0.bytesPerSecond = 20_000 },
        ]

        /// Ends what tells a new stack its prices, and waits until what was told has passed: they are megabytes, which a
        /// byte at a time take longer than an order may.
        private static func withoutPrices(_ stack: TestStack, _ body: () async throws -> Void) async throws {
            @Sendable func passed() -> Int {
                Wire.all.filter { $0.server == .broker }
                    .reduce(0) { $0 + stack.wire($1.service, to: $1.server).counts.fromServer }
            }
            #expect(await stack.terminate(.pricing) == .exited(0))
            let isQuiet = await eventually(within: .seconds(60)) {
                let before = passed()
                do { try await Task.sleep(for: .seconds(1)) } catch { return true }
                return passed() - before < 10_000
            }
            #expect(isQuiet)
            try await body()
            try await stack.start(.pricing)
        }

        @Test("Orders are served over wires that are in a bad way", arguments: disturbances)
        func disturbed(_ disturbance: Disturbance) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            try await Self.withoutPrices(stack) {
                for wire in Wire.all { stack.wire(wire.service, to: wire.server).apply(disturbance.toxics) }
                var orders: [ID] = []
                try await withThrowingTaskGroup(of: ID.self) { group in
                    for number in 0..<5 {
                        group.addTask {
                            try await customer.insistentOrder(service: "telegram", key: "\(disturbance) \(number)")
                        }
                    }
                    for try await order in group { orders.append(order) }
                }
                // Under way while it lasts, and never in need of an end to it.
                for order in orders {
                    #expect(try await customer.state(of: order, within: .seconds(60)) == "completed", "\(order)")
                }
                stack.healWires()
                try await customer.expectServed(orders)
            }
        }

        @Test("Orders are served although every wire is cut again and again, also inside of messages")
        func cuts() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            var orders: [ID] = []
            for round in 0..<16 {
                for wire in Wire.all {
                    let proxy = stack.wire(wire.service, to: wire.server)
                    if Int.random(in: 0..<3) == 0 { proxy.cutAll(reset: Bool.random()) }
                    var toxics = ChaosProxy.Toxics()
                    toxics.cutAfterBytes = Int.random(in: 500..<5000)
                    proxy.apply(toxics)
                }
                async let order = customer.insistentOrder(service: "telegram", key: "cuts \(round)")
                try await Task.sleep(for: .milliseconds(200))
                // Even logging in takes more bytes than some are allowed.
                stack.healWires()
                orders.append(try await order)
            }
            try await customer.expectServed(orders)
            #expect(try await stack.purchases().paid == before.paid + orders.count)
        }

        @Test(
            "A service that nobody lets in to one of its servers goes on when it is let in again",
            arguments: [TestStack.Service.billing, .gateway, .verification], [Wire.Server.broker, .postgres])
        func refused(_ service: TestStack.Service, _ server: Wire.Server) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            var toxics = ChaosProxy.Toxics()
            toxics.isRefusing = true
            let wire = stack.wire(service, to: server)
            var orders = [try await customer.order()]
            wire.apply(toxics)
            wire.cutAll(reset: true)
            let isHealed = Collected<Void>()
            async let healing: Void = {
                try await Task.sleep(for: .seconds(1))
                wire.heal()
                isHealed.append(())
            }()
            for number in 0..<5 {
                orders.append(
                    try await customer.insistentOrder(service: "telegram", key: "\(service) \(server) \(number)"))
            }
            try await healing
            try await customer.expectServed(orders)
            #expect(try await stack.purchases() == (before.sold + 6, before.paid + 6))
        }

        /// Half open: each side believes in the other. The kernels at both ends are answered, so that only what the
        /// programs themselves expect of each other can tell: heartbeats, of ten seconds, of which two may be missed.
        @Test("A broker that has fallen silent is left within three heartbeats, and nothing is lost")
        func silentBroker() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            var orders = [try await customer.order()]
            let wires = Wire.all.filter { $0.server == .broker }.map { stack.wire($0.service, to: .broker) }
            let open = wires.map(\.counts.open)
            let taken = wires.map(\.counts.taken)
            var toxics = ChaosProxy.Toxics()
            toxics.isSilent = true
            for wire in wires { wire.apply(toxics) }
            for _ in 0..<5 { orders.append(try await customer.order()) }
            // Every connection is tried anew, while the wire is as silent as before.
            #expect(
                await eventually(within: .seconds(31)) {
                    zip(wires, zip(open, taken)).allSatisfy { $0.counts.taken >= $1.1 + $1.0 }
                }, "\(open) \(taken) \(wires.map(\.counts))")
            stack.healWires()
            try await customer.expectServed(orders)
            #expect(try await stack.purchases() == (before.sold + 6, before.paid + 6))
        }

        @Test("What was under way to a Postgres that fell silent is finished or done again", arguments: [true, false])
        func silentDatabase(isCutAfterwards: Bool) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            let wires = Wire.all.filter { $0.server == .postgres }.map { stack.wire($0.service, to: .postgres) }
            var orders: [ID] = []
            for round in 0..<4 {
                async let order = customer.insistentOrder(
                    service: "telegram", key: "silence \(round) \(isCutAfterwards)")
                var toxics = ChaosProxy.Toxics()
                toxics.isSilent = true
                let wire = wires[round % wires.count]
                try await Task.sleep(for: .milliseconds(Int.random(in: 0..<30)))
                wire.apply(toxics)
                try await Task.sleep(for: .milliseconds(700))
                if isCutAfterwards { wire.cutAll(reset: true) }
                wire.heal()
                orders.append(try await order)
            }
            try await customer.expectServed(orders)
            #expect(try await stack.purchases() == (before.sold + 4, before.paid + 4))
        }

        @Test("A customer whose connection is slow, sliced and cut in the middle orders once for each key")
        func badCustomerWire() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            try await ChaosProxy.with(to: "127.0.0.1", port: stack.port(.gateway)) { wire in
                let body: JSON = ["service": "telegram", "country": "england", "capability": "sms"]
                var ids: Set<String> = []
                for length in [40, 150, 250, 350, 400, 100_000] {
                    var toxics = ChaosProxy.Toxics()
                    toxics.sliceBytes = 1
                    toxics.cutAfterBytes = length
                    wire.apply(toxics)
                    let request = ClientRequest(
                        .post, "http://127.0.0.1:\(wire.port)/verify/create",
                        headers: [
                            (name: "X-API-Key", value: customer.key), (name: "Idempotency-Key", value: "bad wire"),
                            (name: "Content-Type", value: "application/json"),
                        ], body: body.bytes, deadline: .seconds(10))
                    // One that is cut has no answer.
                    guard let answer = try? await stack.client.send(request) else { continue }
                    #expect(answer.status == 202)
                    if let id = try JSON(parsing: answer.body)["verification_id"]?.stringValue { ids.insert(id) }
                }
                #expect(ids.count == 1)
                try await customer.expectServed(ids.compactMap { ID($0) })
            }
            #expect(try await stack.purchases() == (before.sold + 1, before.paid + 1))
        }
    }
}
