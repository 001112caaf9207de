import Contracts
import HTTPClient
import JSON
import Kit
import TestSupport
import Testing

extension EndToEnd {
    @Suite("A verification from the order to the money")
    struct MainJobTests {
        @Test("An order gets a number, a code and its price taken once, and every window shows the same")
        func wholeWay() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer(credit: Money(micro: 10_000_000))
            let price = try await customer.price()
            let before = try await stack.purchases()
            let live = try TestEventStream(customer)
            let socket = try TestWebSocket(customer)
            #expect(await eventually { live.isOpen })

            let made = try await customer.create(wait: 30)
            #expect(made.status == 201, "\(made.text)")
            let id = try #require(made.json["verification_id"]?.stringValue.flatMap { ID($0) })
            let number = try #require(made.json["phone_number"]?.stringValue)
            #expect(number.hasPrefix("+44"))
            #expect(made.header("Location") == "/verify/\(id)")
            #expect(made.json["price"]?["amount"]?.stringValue.flatMap { Money($0) } == price)

            let messages = try await customer.send(.get, "/verify/\(id)/messages?wait=30")
            #expect(messages.status == 200)
            let message = try #require(messages.json["data"]?.arrayValue?.first, "\(messages.text)")
            let code = try #require(message["code"]?.stringValue)
            #expect(message["text"]?.stringValue?.contains(code) == true)

            #expect(try await customer.state(of: id) == "completed")
            let seen = try await customer.send(.get, "/verify/\(id)/number")
            #expect(seen.json["phone_number"]?.stringValue == number)
            #expect(await stack.faults() == [])

            let balance = try await customer.balance()
            #expect(balance.available == 10_000_000 - price.micro)
            #expect(balance.held == 0)
            let transactions = try await customer.send(.get, "/billing/transactions?verification_id=\(id)")
            let movements = transactions.json["data"]?.arrayValue ?? []
            #expect(movements.compactMap { $0["kind"]?.stringValue } == ["capture", "hold"])
            #expect(
                movements.compactMap { $0["amount"]?["amount"]?.stringValue.flatMap { Money($0) } } == [price, price])

            let steps = [
                "requested", "hold_placed", "purchase_started", "number_assigned", "code_received", "finished",
            ]
            let timeline: @Sendable () async -> [String] = {
                // A failed look is repeated.
                let reply = try? await customer.send(.get, "/verify/\(id)/timeline")
                return (reply?.json["data"]?.arrayValue ?? []).compactMap { $0["step"]?.stringValue }
            }
            // The last step comes with the last fact, which changes nothing that a customer would wait for.
            _ = await eventually { await timeline().count >= steps.count }
            #expect(await timeline() == steps)

            let after = try await stack.purchases()
            #expect(after.sold == before.sold + 1)
            #expect(after.paid == before.paid + 1)

            try await sameEverywhere(id, code: code, customer, live, socket)
        }

        /// Both live streams told the same events under the same ids; a client that lost its connection gets the rest.
        private func sameEverywhere(
            _ id: ID, code: String, _ customer: TestCustomer, _ live: TestEventStream, _ socket: TestWebSocket
        ) async throws {
            let facts = [
                VerificationFact.Kind.numberAssigned.rawValue, VerificationFact.Kind.completed.rawValue,
                VerificationFact.Kind.finished.rawValue,
            ]
            func isAboutUs(_ event: TestEventStream.Event) -> Bool {
                facts.contains(event.type) && event.data.contains(id.description)
            }
            #expect(await eventually { live.events.filter { facts.contains($0.type) }.count == facts.count })
            let told = live.events.filter(isAboutUs)
            #expect(Set(told.map(\.type)) == Set(facts))
            #expect(told.first { $0.type == VerificationFact.Kind.completed.rawValue }?.data.contains(code) == true)
            let ids = Set(told.map(\.id))
            #expect(await eventually { ids.isSubset(of: Set(socket.messages.compactMap { $0["id"]?.stringValue })) })
            let completed = socket.messages.first {
                $0["type"]?.stringValue == VerificationFact.Kind.completed.rawValue
            }
            #expect(completed?["messages"]?.arrayValue?.first?["code"]?.stringValue == code)

            let first = try #require(live.events.first)
            let everything = Set(live.events.map(\.id)).subtracting([first.id])
            let resumed = try TestEventStream(customer, lastEvent: first.id)
            #expect(await eventually { everything.isSubset(of: Set(resumed.events.map(\.id))) })
            let resumedSocket = try TestWebSocket(customer, lastEvent: first.id)
            #expect(
                await eventually {
                    everything.isSubset(of: Set(resumedSocket.messages.compactMap { $0["id"]?.stringValue }))
                })
            // An id that we no longer keep still says from when on.
            let anHourAgo = UInt64((Timestamp.now - .seconds(3600)).microseconds / 1000)
            let old = ID(high: anHourAgo << 16 | 0x7000, low: 1 << 63)
            let forgotten = try TestEventStream(customer, lastEvent: old.description)
            #expect(await eventually { everything.isSubset(of: Set(forgotten.events.map(\.id))) })
            // Nothing is told to one who is not concerned.
            let stranger = try await customer.stack.customer(credit: nil)
            let silent = try TestEventStream(stranger, lastEvent: first.id)
            #expect(await eventually { silent.isOpen })
            for stream in [live, resumed, forgotten, silent] { stream.close() }
            for connection in [socket, resumedSocket] { connection.close() }
            #expect(await eventually { silent.isOver })
            #expect(silent.events.isEmpty)
        }
    }
}
