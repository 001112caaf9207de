import Bus
import ControlCore
import JSON

/// `queues`
struct QueueCommands: Sendable {
    private let broker: BrokerManagement
    private let vhost: String
    private let terminal: Terminal

    init(_ settings: Settings, _ terminal: Terminal) throws(CommandFailure) {
        broker = try BrokerManagement(settings)
        vhost = try BrokerManagement.address(settings).vhost
        self.terminal = terminal
    }

    func list() async throws {
        let found = try await broker.get("queues/\(PublisherAccess.segment(vhost))", to: "list the queues")
        let lines = (found.arrayValue ?? []).compactMap { QueueLine($0) }.sorted { $0.name < $1.name }
        terminal.result(
            ["queues": .array(lines.map(\.json))],
            lines.isEmpty ? "there are no queues in \(vhost)\n" : QueueLine.table(lines))
        for line in lines { for warning in line.warnings { terminal.warning(warning) } }
    }
}
