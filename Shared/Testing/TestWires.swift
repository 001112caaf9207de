/// The way of a service to one of its servers, which a test may disturb: `TestStack.wire` gives its proxy.
package struct Wire: Hashable, Sendable {
    package enum Server: String, Sendable {
        case postgres
        case broker
        case provider
    }

    package let service: TestStack.Service
    package let server: Server

    package init(service: TestStack.Service, server: Server) {
        self.service = service
        self.server = server
    }

    /// Every one of a stack.
    package static let all: [Wire] =
        [TestStack.Service.billing, .gateway, .verification].flatMap {
            [Wire(service: $0, server: .postgres), Wire(service: $0, server: .broker)]
        } + [Wire(service: .verification, server: .provider)]

    /// What the service is told of it.
    var setting: String {
        switch server {
        case .postgres: "DATABASE_URL"
        case .broker: "AMQP_URL"
        case .provider: "FIVESIM_URL"
        }
    }

    /// Where an address leads to.
    static func target(of address: String) -> (host: String, port: Int)? {
        let authority = address[range(of: address)]
        guard let colon = authority.lastIndex(of: ":"), let port = Int(authority[authority.index(after: colon)...])
        else { return nil }
        return (String(authority[..<colon]), port)
    }

    /// The same address, but through a port of this machine.
    static func address(_ address: String, through port: Int) -> String {
        var result = address
        result.replaceSubrange(range(of: address), with: "127.0.0.1:\(port)")
        return result
    }

    /// Where `host:port` stands.
    private static func range(of address: String) -> Range<String.Index> {
        let start = address.firstRange(of: "://")?.upperBound ?? address.startIndex
        let end = address[start...].firstIndex { $0 == "/" || $0 == "?" } ?? address.endIndex
        let user = address[start..<end].lastIndex(of: "@").map { address.index(after: $0) }
        return (user ?? start)..<end
    }
}
