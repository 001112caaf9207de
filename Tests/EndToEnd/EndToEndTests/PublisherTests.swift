import Bus
import Chaos
import Contracts
import HTTPClient
import JSON
import Kit
import Runtime
import TestSupport
import Testing

extension EndToEnd {
    /// Another company's service at the bus, with exactly the access that `namaskahctl publisher add` gives.
    @Suite("Orders over AMQP")
    struct PublisherTests {
        struct Tenant: Sendable {
            let stack: TestStack
            let customer: TestCustomer
            let address: AMQPAddress
            let publisher: Publisher
            let results = Collected<JSON>()

            /// Publishes under its own routing key.
            func send(
                _ body: [UInt8], type: String = IngressRequest.type, within limit: Duration = .seconds(20)
            ) async -> PublishOutcome {
                await publisher.publish(
                    [
                        OutgoingMessage(
                            exchange: BusNames.ingress,
                            routingKey: "req.\(customer.id).verification.v1", type: type, body: body)
                    ], within: limit
                ).first ?? .unknown
            }

            func order(_ request: String, service: String = "telegram", country: String = "GB") async -> PublishOutcome
            {
                await send(
                    ([
                        "request_id": .string(request), "service": .string(service), "country": .string(country),
                    ] as JSON).bytes)
            }

            /// The first result that is as wanted; null when none came.
            func result(_ isWanted: @escaping @Sendable (JSON) -> Bool) async -> JSON {
                _ = await eventually { results.all.contains(where: isWanted) }
                return results.all.first(where: isWanted) ?? .null
            }

            func result(of request: String, _ event: VerificationFact.Kind) async -> JSON {
                await result {
                    $0["request_id"]?.stringValue == request && $0["event"]?.stringValue == event.rawValue
                }
            }
        }

        private func withTenant(
            credit: Money? = Money(micro: 100_000_000), _ body: @Sendable (Tenant) async throws -> Void
        ) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer(credit: credit, kind: "publisher")
            let access = try await TenantAccess(for: customer)
            let publisher = Publisher(access.address, applicationID: "tenant", log: .silent, metrics: Metrics())
            let tenant = Tenant(stack: stack, customer: customer, address: access.address, publisher: publisher)
            let consumer = BatchConsumer(
                access.address, queue: access.queue, service: "tenant", publisher: publisher, log: .silent,
                metrics: Metrics()
            ) { batch in
                tenant.results.append(contentsOf: batch.map { (try? JSON(parsing: $0.body)) ?? .null })
                return batch.map { _ in .done }
            }
            let result: Result<Void, any Error>
            do { result = .success(try await running([publisher, consumer]) { try await body(tenant) }) } catch {
                result = .failure(error)
            }
            try await access.revoke()
            try result.get()
        }

        @Test("A request gets its number and its code as results, and pays like over HTTP")
        func wholeWay() async throws {
            try await withTenant { tenant in
                let price = try await tenant.customer.price()
                #expect(await tenant.order("order-1") == .confirmed)
                let assigned = await tenant.result(of: "order-1", .numberAssigned)
                let number = try #require(assigned["phone_number"]?.stringValue, "\(tenant.results.all)")
                #expect(number.hasPrefix("+44"))
                let completed = await tenant.result(of: "order-1", .completed)
                let code = try #require(completed["code"]?.stringValue)
                #expect(completed["text"]?.stringValue?.contains(code) == true)
                #expect(completed["phone_number"]?.stringValue == number)
                #expect(completed["verification_id"] == assigned["verification_id"])
                #expect(await tenant.stack.faults() == [])
                #expect(try await tenant.customer.balance() == (100_000_000 - price.micro, 0))
                // The same order over HTTP.
                let id = try #require(completed["verification_id"]?.stringValue)
                let view = try await tenant.customer.send(.get, "/verify/\(id)")
                #expect(view.json["status"]?.stringValue == "completed")
                #expect(view.json["request_id"]?.stringValue == "order-1")
            }
        }

        @Test("A request published a hundred times at once buys once")
        func hundredTimes() async throws {
            try await withTenant { tenant in
                let before = try await tenant.stack.purchases()
                let outcomes = try await together(100) { _ in await tenant.order("the-only-one") }
                #expect(outcomes.allSatisfy { $0 == .confirmed })
                _ = await tenant.result(of: "the-only-one", .completed)
                #expect(await tenant.stack.faults() == [])
                #expect(try await tenant.stack.purchases().sold == before.sold + 1)
                let ids = Set(tenant.results.all.compactMap { $0["verification_id"]?.stringValue })
                #expect(ids.count == 1)
                #expect(tenant.results.all.allSatisfy { ($0["error_code"] ?? .null) == .null })
            }
        }

        @Test("An order is cancelled by its own request id")
        func cancelled() async throws {
            try await withTenant { tenant in
                try await tenant.stack.sandbox("PUT", "/arrival", ["product": "line", "mode": "manual"])
                #expect(await tenant.order("to-cancel", service: "line") == .confirmed)
                _ = await tenant.result(of: "to-cancel", .numberAssigned)
                let body: JSON = ["request_id": "to-cancel"]
                #expect(await tenant.send(body.bytes, type: "verification.cancel.v1") == .confirmed)
                let end = await tenant.result(of: "to-cancel", .cancelled)
                #expect(end["status"]?.stringValue == "cancelled")
                #expect(await tenant.stack.faults() == [])
                #expect(try await tenant.customer.balance() == (100_000_000, 0))
            }
        }

        @Test("A request without enough credit is told so")
        func tooPoor() async throws {
            try await withTenant(credit: Money(micro: 1)) { tenant in
                #expect(await tenant.order("too-dear") == .confirmed)
                let end = await tenant.result(of: "too-dear", .failed)
                #expect(end["error_code"]?.stringValue == "INSUFFICIENT_CREDIT")
                #expect(await tenant.stack.faults() == [])
            }
        }

        struct Malformed: Sendable, CustomTestStringConvertible {
            let what: String
            let body: [UInt8]
            var type = IngressRequest.type
            var code = "VALIDATION_FAILED"
            /// The request id by which the sender is to recognise it.
            var request: String?
            var testDescription: String { what }

            init(
                _ what: String, _ body: String, type: String = IngressRequest.type, code: String = "VALIDATION_FAILED",
                request: String? = nil
            ) {
                self.init(what, Array(body.utf8), type: type, code: code, request: request)
            }

            init(
                _ what: String, _ body: [UInt8], type: String = IngressRequest.type, code: String = "VALIDATION_FAILED",
                request: String? = nil
            ) {
                self.what = what
                self.body = body
                self.type = type
                self.code = code
                self.request = request
            }
        }

        private static let malformed: [Malformed] = [
            Malformed("nothing", ""),
            Malformed("no JSON", "telegram, please"),
            Malformed("half of an object", #"{"request_id":"half","service":"tele"#),
            Malformed("an array", "[]"),
            Malformed(
                "text that is not UTF-8", Array(#"{"request_id":"r1","service":""#.utf8) + [0xFF, 0xFE, 0x22, 0x7D]),
            Malformed("deep nesting", String(repeating: "[", count: 5_000)),
            Malformed("a key twice", #"{"request_id":"r2","request_id":"r3","service":"telegram","country":"GB"}"#),
            Malformed("no request id", #"{"service":"telegram","country":"GB"}"#),
            Malformed("no service", #"{"request_id":"m1","country":"GB"}"#, request: "m1"),
            Malformed("a service that is a number", #"{"request_id":"m2","service":7,"country":"GB"}"#, request: "m2"),
            Malformed(
                "an unknown country", #"{"request_id":"m3","service":"telegram","country":"atlantis"}"#, request: "m3"),
            Malformed(
                "an unknown capability",
                #"{"request_id":"m4","service":"telegram","country":"GB","capability":"smoke"}"#, request: "m4"),
            Malformed("an unknown type", #"{"request_id":"m5"}"#, type: "verification.dance.v1", request: "m5"),
            Malformed(
                "a service that nobody sells", #"{"request_id":"m6","service":"no-such-thing","country":"GB"}"#,
                code: "NO_OFFER", request: "m6"),
            Malformed(
                "an action on an order that is not there", #"{"request_id":"m7"}"#, type: "verification.cancel.v1",
                code: "NOT_FOUND", request: "m7"),
            Malformed("an action on nothing", "{}", type: "verification.cancel.v1"),
        ]

        @Test("Whatever is wrong with a message, its sender reads what, and the next is served")
        func wrongMessages() async throws {
            try await withTenant { tenant in
                for (index, message) in Self.malformed.enumerated() {
                    #expect(await tenant.send(message.body, type: message.type) == .confirmed, "\(message.what)")
                    #expect(await eventually { tenant.results.count == index + 1 }, "\(message.what)")
                    let reply = try #require(tenant.results.all.last)
                    #expect(reply["error_code"]?.stringValue == message.code, "\(message.what): \(reply.text)")
                    #expect(reply["message"]?.stringValue?.isEmpty == false, "\(message.what): \(reply.text)")
                    if let request = message.request {
                        #expect(reply["request_id"]?.stringValue == request, "\(message.what): \(reply.text)")
                    }
                }
                #expect(await tenant.order("after-all-that") == .confirmed)
                let end = await tenant.result(of: "after-all-that", .completed)
                #expect(end["code"]?.stringValue != nil)
                #expect(await tenant.stack.faults() == [])
            }
        }

        @Test("Nobody can write under another account's key, nor to our own exchanges")
        func refused() async throws {
            try await withTenant { tenant in
                let victim = try await tenant.stack.customer()
                let before = try await tenant.stack.purchases()
                let body: JSON = ["request_id": "forged", "service": "telegram", "country": "GB"]
                let forbidden =
                    [(BusNames.ingress, "req.\(victim.id).verification.v1")]
                    + [BusNames.commands, BusNames.events, BusNames.tenant, BusNames.redeliver].map {
                        ($0, VerificationRequest.type)
                    }
                for (exchange, key) in forbidden {
                    // Each on a connection of its own, because the broker ends those that are refused.
                    let publisher = Publisher(
                        tenant.address, applicationID: "tenant", log: .silent, metrics: Metrics())
                    let outcome = try await running([publisher]) {
                        await publisher.publish(
                            [
                                OutgoingMessage(
                                    exchange: exchange, routingKey: key, type: VerificationRequest.type,
                                    body: body.bytes)
                            ], within: .seconds(20))
                    }
                    #expect(outcome == [.unknown], "\(exchange) \(key)")
                }
                // What it may do it still can.
                #expect(await tenant.order("its-own") == .confirmed)
                _ = await tenant.result(of: "its-own", .completed)
                #expect(await tenant.stack.faults() == [])
                #expect(try await tenant.stack.purchases().sold == before.sold + 1)
                #expect(try await victim.balance() == (1_000_000_000, 0))
            }
        }
    }
}
