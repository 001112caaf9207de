import Contracts
import ControlCore
import JSON
import Kit

/// `prices show`, `prices sync` and `prices set`.
struct PriceCommands: Sendable {
    private let gateway: GatewayClient
    private let terminal: Terminal

    init(_ settings: Settings, _ terminal: Terminal) throws(CommandFailure) {
        gateway = try GatewayClient(settings, keySetting: "NAMASKAH_ADMIN_KEY")
        self.terminal = terminal
    }

    func show(_ arguments: ShowPrices) async throws {
        var lines: [CurrentPriceBody] = []
        var cursor: String?
        repeat {
            var path = "/api/pricing/current?limit=200&country=\(PublisherAccess.segment(arguments.country))"
            if let service = arguments.service { path += "&service=\(PublisherAccess.segment(service))" }
            if let provider = arguments.provider { path += "&provider=\(PublisherAccess.segment(provider))" }
            if let cursor { path += "&cursor=\(PublisherAccess.segment(cursor))" }
            let page = try await gateway.get(path, as: PageBody<CurrentPriceBody>.self)
            lines += page.data
            cursor = page.nextCursor
        } while cursor != nil
        var table = TextTable([
            ("service", .left), ("tier", .left), ("price", .right), ("count", .right), ("costs", .left),
        ])
        for line in lines {
            let costs = line.providers.map { "\($0.provider) \($0.cost?.description ?? "-")" }.joined(separator: ", ")
            table.add([line.service, line.tier, line.price.description, String(line.availableCount), costs])
        }
        terminal.result(.array(lines.map { JSON(of: $0) }), table.text)
    }

    func sync(_ arguments: SyncPrices) async throws {
        var body = UpdatePricing()
        body.action = .sync
        body.provider = arguments.provider
        body.country = arguments.country
        try await update(body)
    }

    func set(_ arguments: SetPrice) async throws {
        var body = UpdatePricing()
        body.action = .price
        body.service = arguments.service
        body.country = arguments.country
        body.price = arguments.price
        try await update(body)
    }

    private func update(_ body: UpdatePricing) async throws {
        let answer = try await gateway.post(
            "/api/pricing/update", JSON(of: body), idempotencyKey: "prices:\(ID.new())", as: PricingUpdateBody.self)
        terminal.result(JSON(of: answer), "\(answer.status)  \(answer.id)\n")
    }
}
