import JSON
import Kit

/// Something one service tells another over the bus. The body is the record alone; identity, time and trace travel as
/// AMQP properties and headers.
///
/// Compatible changes are new optional fields. Anything else is a new type with the next version; both are served until
/// the old one is drained. Every shape ever published keeps a golden file in `Tests/Fixtures/Contracts`.
package protocol Message: JSONRecord {
    /// The AMQP `type` and, on our own exchanges, the routing key: `<service>.<verb or fact>.v<n>`.
    static var type: String { get }
    /// Which exchange carries it.
    static var channel: Channel { get }
}

/// The exchanges that messages go through.
package enum Channel: String, Sendable, CaseIterable {
    /// What a service is asked to do; one service takes each.
    case commands = "namaskah.commands"
    /// What has happened; whoever is interested is bound.
    case events = "namaskah.events"
    /// What other companies' services write, with the routing key `req.<account>.verification.v1`.
    case ingress = "namaskah.ingress"
    /// What other companies' services read, with the routing key `tenant.<account>.result`.
    case tenant = "namaskah.tenant"
}
