import Contracts
import Database
import Glibc
import Kit
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Two gateways before one account")
    struct GatewaysTests {
        @Test(
            "Both tell the same events under the same ids in the same order, and what one has told the other goes on from"
        )
        func alike() async throws {
            let stack = try TestStack.lent()
            let other = try await stack.startAnother(.gateway)
            let customer = try await stack.customer()
            let paidIn = LedgerFact.Kind.toppedUp.rawValue
            let first = try TestEventStream(customer)
            let second = try TestEventStream(customer, port: other.port)
            #expect(await eventually { first.isOpen && second.isOpen })

            let orders = try await together(40) { _ in try await customer.order() }
            for id in orders { #expect(try await customer.state(of: id) == "completed") }
            #expect(await stack.faults() == [])
            // The credit was paid in before the streams began.
            let stored = try await stack.database.value(
                Int64.self,
                "SELECT count(*) FROM gateway.events WHERE account_id = \(customer.id) AND type <> \(paidIn)")
            let count = Int(try #require(stored))
            // Hold, number, code, capture and end of each.
            #expect(count >= orders.count * 5)
            #expect(
                await eventually { first.events.count >= count && second.events.count >= count },
                "\(first.events.count) and \(second.events.count) of \(count)")
            let told = first.events
            #expect(told == second.events)
            #expect(told.count == count && Set(told.map(\.id)).count == count)
            // Both had their part in storing them, or this would show nothing.
            let figure = "bus_outcomes_total{queue=\"gateway.events\",outcome=\"done\"}"
            #expect(await stack.metric(figure, of: other) ?? 0 > 0)

            // A client that lost its connection goes on at either, exactly behind what it has.
            for (port, place) in [(other.port, count / 3), (stack.port(.gateway), count / 2), (other.port, count - 2)] {
                let resumed = try TestEventStream(customer, lastEvent: told[place].id, port: port)
                let rest = Array(told[(place + 1)...])
                _ = await eventually { resumed.events.count >= rest.count }
                #expect(resumed.events == rest)
                resumed.close()
            }
            for stream in [first, second] { stream.close() }
            other.child.signal(SIGTERM)
            #expect(await other.child.end(within: .seconds(20)) == .exited(0))
        }
    }
}
