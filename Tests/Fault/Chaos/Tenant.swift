import Bus
import Contracts
import JSON
import Kit
import Runtime
import TestSupport

/// Another company's service at the bus, with exactly the access that `namaskahctl publisher add` gives: it publishes
/// requests until the broker has confirmed them, and reads results out of its own queue.
struct Tenant: Sendable {
    let customer: TestCustomer
    let history: History
    let publisher: Publisher
    let consumer: BatchConsumer

    init(_ customer: TestCustomer, _ history: History) async throws {
        self.customer = customer
        self.history = history
        let access = try await TenantAccess(for: customer)
        publisher = Publisher(access.address, applicationID: "tenant", log: .silent, metrics: Metrics())
        consumer = BatchConsumer(
            access.address, queue: access.queue, service: "tenant", publisher: publisher, log: .silent,
            metrics: Metrics()
        ) { batch in
            for delivery in batch {
                // What is no JSON has no members, and is missed in the end.
                let json = (try? JSON(parsing: delivery.body)) ?? .null
                history.read(
                    History.Told(
                        account: customer.id, event: json["event_id"]?.stringValue.flatMap { ID($0) } ?? .zero,
                        verification: json["verification_id"]?.stringValue.flatMap { ID($0) },
                        status: json["status"]?.stringValue, request: json["request_id"]?.stringValue,
                        isRejection: json["event"]?.stringValue == "verification.rejected.v1"))
            }
            return batch.map { _ in .done }
        }
    }

    func send(
        _ body: [UInt8], type: String = IngressRequest.type, within limit: Duration = .seconds(5)
    ) async -> PublishOutcome {
        await publisher.publish(
            [
                OutgoingMessage(
                    exchange: BusNames.ingress, routingKey: "req.\(customer.id).verification.v1", type: type,
                    body: body)
            ], within: limit
        ).first ?? .unknown
    }

    /// Orders one after the other. Each is published until it is confirmed, under a request id of its own.
    func run(_ worker: Int, seed: UInt64, isOver: @escaping @Sendable () -> Bool) async {
        var generator = SplitMix64(seed: seed &+ UInt64(worker) &+ 1_000_000)
        var count = 0
        while !isOver() {
            count += 1
            let request = "publisher \(worker) request \(count)"
            await order(request, service: Customers.quick)
            let end = ContinuousClock.now + .seconds(generator.below(3) == 0 ? 0 : 10)
            // Some wait for the end, some order on.
            _ = await eventually(within: end - .now) {
                isOver() || history.hasEnded(customer.id, request)
            }
            // Cancelled only with the whole run.
            try? await Task.sleep(for: .milliseconds(100 + generator.below(200)))
        }
    }

    private func order(_ request: String, service: String) async {
        let body: JSON = ["request_id": .string(request), "service": .string(service), "country": "GB"]
        history.invoke(History.Request(account: customer.id, key: request, isHTTP: false))
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            switch await send(body.bytes) {
            case .confirmed: return history.settle(customer.id, request, .accepted(nil))
            case .returned(let reason): return history.settle(customer.id, request, .refused(reason))
            // It may be there or not: the request id makes the next attempt harmless.
            case .nacked, .unknown: break
            }
        }
    }
}
