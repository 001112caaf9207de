import Bus
import Choosing
import Contracts
import Database
import JSON
import Kit
import VerificationCore

/// The log of providers that were left: rows of `failover_logs`, and the word of it to whoever shows them.
enum Failovers {
    static func message(_ failover: ProviderFailover) -> OutgoingMessage {
        OutgoingMessage(
            id: failover.id, exchange: ProviderFailover.channel.rawValue, routingKey: ProviderFailover.type,
            type: ProviderFailover.type, body: failover.json)
    }

    static func insert(_ failovers: [ProviderFailover]) -> SQL {
        """
        INSERT INTO failover_logs (id, at, kind, provider, before, after, cause, order_id) SELECT * FROM unnest(
            \(failovers.map(\.id)), \(failovers.map(\.at)), \(failovers.map(\.kind.text)), \(failovers.map(\.provider)),
            \(failovers.map(\.before)), \(failovers.map(\.after)), \(failovers.map(\.cause)), \(failovers.map(\.orderID)))
        """
    }
}
