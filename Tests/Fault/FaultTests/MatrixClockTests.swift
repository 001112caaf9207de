import Chaos
import Database
import Glibc
import JSON
import Kit
import TestSupport
import Testing

extension Fault {
    @Suite("Clocks that are wrong")
    struct MatrixClockTests {
        /// An hour is longer than any number lives, and than any grace.
        @Test(
            "A clock that is wrong ends no order early, and no purchase is made twice by it",
            arguments: [3600, -3600, 300, -300])
        func jumps(_ offset: Int) async throws {
            try await TestServers.shared { servers in
                let directory = try TestFiles.makeDirectory()
                let clocks = try Clocks(in: directory)
                defer {
                    clocks.remove()
                    rmdir(directory)
                }
                let services: [TestStack.Service] = [.verification, .billing, .gateway]
                let settings = Dictionary(uniqueKeysWithValues: services.map { ($0, clocks.settings($0)) })
                try await TestStack.with(servers, settings) { stack in
                    let customer = try await stack.customer()
                    try await stack.sandbox("PUT", "/arrival", ["product": "whatsapp", "mode": "manual"])
                    let waiting = try await customer.order(service: "whatsapp")
                    let reference = try await stack.reference(of: waiting)
                    var orders: [ID] = []
                    for service in services {
                        clocks.set(service, offset: offset)
                        orders.append(try await customer.order())
                        #expect(try await customer.state(of: orders[orders.count - 1]) == "completed", "\(service)")
                        if service == .verification {
                            // Whether the provider sold is told by its list alone, and by times of two clocks.
                            try await stack.sandbox(
                                "POST", "/faults", ["endpoint": "buy", "kind": "reset_after_execution", "count": 1])
                            orders.append(try await customer.order())
                            #expect(try await customer.state(of: orders[orders.count - 1]) == "completed")
                        }
                        #expect(try await customer.state(of: waiting, reaches: ["waiting_sms"]) == "waiting_sms")
                        // What is put off by a clock that is wrong is due when it is right again.
                        try await stack.sandbox(
                            "POST", "/faults", ["endpoint": "buy", "kind": "server_offline", "count": 1])
                        let late = try await customer.order()
                        orders.append(late)
                        let isPutOff = { @Sendable () async -> Bool in
                            // A look that fails is repeated.
                            (try? await stack.database.value(
                                Bool.self,
                                "SELECT retry_at IS NOT NULL FROM verification.orders WHERE id = \(late)")) == true
                        }
                        #expect(await eventually { await isPutOff() })
                        clocks.set(service, offset: 0)
                        #expect(try await customer.state(of: late) == "completed", "\(service)")
                    }
                    try await stack.sandbox("POST", "/orders/\(reference)/sms", [:])
                    #expect(try await customer.state(of: waiting) == "completed")
                    #expect(await stack.faults() == [])
                    #expect(try await stack.purchases() == (orders.count + 1, orders.count + 1))
                    let price = try await customer.price().micro * Int64(orders.count)
                    let other = try await customer.price(service: "whatsapp").micro
                    #expect(try await customer.balance() == (1_000_000_000 - price - other, 0))
                }
            }
        }
    }
}
