import Bus
import ControlCore
import JSON
import Kit
import TestSupport

/// What another company's service is let in with at the bus: exactly the access that `namaskahctl publisher add` gives.
package struct TenantAccess: Sendable {
    package let address: AMQPAddress
    /// Of its results.
    package let queue: String
    private let broker: TestBroker
    private let access: PublisherAccess

    package init(for customer: TestCustomer) async throws {
        broker = customer.stack.servers.broker
        access = PublisherAccess(
            account: customer.id, user: BusNames.tenantUser(customer.id), queue: BusNames.tenantQueue(customer.id),
            vhost: broker.vhost)
        var address = broker.address
        address.user = access.user
        address.password = "password-of-\(customer.id)"
        self.address = address
        queue = access.queue
        try await take(access.grant(password: address.password, connections: 10, channels: 50))
    }

    /// Takes it away again, and the queue with it.
    package func revoke() async throws { try await take(access.revoke(keepsQueue: false)) }

    private func take(_ steps: [PublisherAccess.Step]) async throws {
        for step in steps {
            try await broker.expect(step.method.rawValue.uppercased(), "/api/\(step.path)", step.body)
        }
    }
}
