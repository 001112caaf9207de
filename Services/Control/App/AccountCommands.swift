import Contracts
import ControlCore
import JSON
import Kit

/// `user add` and `top-up`.
struct AccountCommands: Sendable {
    private let gateway: GatewayClient
    private let terminal: Terminal

    init(_ settings: Settings, _ terminal: Terminal) throws(CommandFailure) {
        gateway = try GatewayClient(settings, keySetting: "NAMASKAH_ADMIN_KEY")
        self.terminal = terminal
    }

    func add(_ arguments: AddUser) async throws {
        var body = CreateUser()
        body.email = arguments.email
        body.name = arguments.name
        body.role = (arguments.role ?? .user).rawValue
        body.password = arguments.password
        body.rateLimitPerMinute = arguments.rateLimitPerMinute
        body.apiKey = arguments.wantsAPIKey
        let made = try await create(body)
        terminal.result(
            JSON(of: made),
            "account  \(made.account.id)\n" + (made.apiKey.map { "api key  \($0.key)\n" } ?? ""))
    }

    /// Makes an account of another company's service.
    func addPublisher(named name: String) async throws -> ID {
        var body = CreateUser()
        body.name = name
        body.role = "user"
        body.kind = "publisher"
        return try await create(body).account.id
    }

    private func create(_ body: CreateUser) async throws -> CreatedUserBody {
        try await gateway.post("/admin/users", JSON(of: body), as: CreatedUserBody.self)
    }

    func topUp(_ arguments: AddCredit) async throws {
        var body = CreateTopUp()
        body.userID = arguments.user
        body.amount = arguments.amount
        body.reference = arguments.reference
        let answer = try await gateway.post(
            "/billing/top-up", JSON(of: body),
            idempotencyKey: arguments.idempotencyKey ?? "top-up:\(ID.new())", as: TopUpBody.self)
        if answer.status == "pending" {
            terminal.warning("the ledger has taken it on, but not posted it yet; do not top up again")
        }
        terminal.result(
            JSON(of: answer),
            "\(answer.status)  \(answer.amount) \(Money.currency)\n"
                + (answer.balance.map { "balance  \($0.available) available, \($0.held) held\n" } ?? ""))
    }
}
