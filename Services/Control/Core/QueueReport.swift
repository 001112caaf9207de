import JSON

/// One queue of the broker, as `namaskahctl queues` shows it.
package struct QueueLine: Hashable, Sendable {
    /// What a queue is for, which its name says.
    package enum Purpose: String, Sendable {
        /// A service's own: somebody must take from it.
        case work
        /// Messages wait here until their time is up: nobody takes from it.
        case retry
        /// What a person has to look at, on its way to a table.
        case park
        /// The events of the last days, for those who read again.
        case log
        /// Results for another company's service, which comes when it likes.
        case tenant
        /// Live updates of one gateway.
        case push
        case other

        package init(queue name: String, type: String) {
            if type == "stream" {
                self = .log
            } else if name.hasPrefix("namaskah.retry.") {
                self = .retry
            } else if name.hasPrefix("park.") {
                self = .park
            } else if name.hasPrefix("tenant.") {
                self = .tenant
            } else if name.hasPrefix("gateway.push.") {
                self = .push
            } else if name.hasSuffix(".commands") || name.hasSuffix(".events") {
                self = .work
            } else {
                self = .other
            }
        }
    }

    package let name: String
    /// The broker's own word: quorum, stream, classic.
    package let type: String
    package let purpose: Purpose
    package let ready: Int
    package let unacknowledged: Int
    package let consumers: Int
    /// Messages acknowledged a second; nil where the broker does not count them.
    package let rate: Double?
    /// How fast the queue gets longer, in messages a second.
    package let growth: Double?

    /// One element of the management API's list; nil when it is none.
    package init?(_ json: JSON) {
        guard let name = json["name"]?.stringValue else { return nil }
        self.name = name
        type = json["type"]?.stringValue ?? json["arguments"]?["x-queue-type"]?.stringValue ?? "classic"
        purpose = Purpose(queue: name, type: type)
        ready = Int(json["messages_ready"]?.integerValue ?? 0)
        unacknowledged = Int(json["messages_unacknowledged"]?.integerValue ?? 0)
        consumers = Int(json["consumers"]?.integerValue ?? 0)
        rate = json["message_stats"]?["ack_details"]?["rate"]?.doubleValue
        growth = json["messages_details"]?["rate"]?.doubleValue
    }

    /// What somebody should see to.
    package var warnings: [String] {
        var found: [String] = []
        if consumers == 0, [.work, .park, .push, .other].contains(purpose) {
            found.append("nobody takes from \(name)\(ready > 0 ? ", where \(ready) wait" : "")")
        }
        if purpose == .park, ready + unacknowledged > 0 {
            found.append("\(name) holds \(ready + unacknowledged) that a person should look at: parked list")
        }
        return found
    }

    /// As `--json` prints it.
    package var json: JSON {
        [
            "name": .string(name), "type": .string(type), "purpose": .string(purpose.rawValue),
            "ready": .integer(Int64(ready)), "unacknowledged": .integer(Int64(unacknowledged)),
            "consumers": .integer(Int64(consumers)), "rate": rate.map { .number($0) } ?? .null,
            "growth": growth.map { .number($0) } ?? .null, "warnings": .array(warnings.map { .string($0) }),
        ]
    }

    /// All queues as a table.
    package static func table(_ lines: [QueueLine]) -> String {
        var table = TextTable([
            ("QUEUE", .left), ("KIND", .left), ("FOR", .left), ("READY", .right), ("UNACKED", .right),
            ("CONSUMERS", .right), ("RATE/S", .right), ("GROWTH/S", .right),
        ])
        for line in lines {
            table.add([
                line.name, line.type, line.purpose.rawValue, String(line.ready), String(line.unacknowledged),
                String(line.consumers), tenths(line.rate), tenths(line.growth),
            ])
        }
        return table.text
    }

    private static func tenths(_ value: Double?) -> String {
        guard let value, value.isFinite, value.magnitude < 1e12 else { return "-" }
        let tenths = Int64((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }
}
