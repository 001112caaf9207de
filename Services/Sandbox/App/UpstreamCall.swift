import HTTPServer
import JSON
import Kit
import SandboxCore

/// What an endpoint needs to know besides its parameters.
struct Call: Sendable {
    /// The caller's account; 0 for guests, who need none.
    let account: Int
    let now: Timestamp
    let fault: Fault?
}

/// What an endpoint answers, before faults spoil it.
enum Answer: Sendable {
    case json([UInt8])
    /// Written only when the lock is free again, out of a copy of what it needs: for lists that take a while.
    case list(@Sendable (inout JSONWriter) -> Void)
    case refusal(Refusal)
    /// As it is to be sent.
    case reply(HTTPResponse)
    /// The whole price list, written while it is sent.
    case feed(Market, Timestamp)

    static func json(_ write: (inout JSONWriter) -> Void) -> Answer {
        var writer = JSONWriter(capacity: 512)
        write(&writer)
        return .json(writer.bytes)
    }

    var status: Int {
        switch self {
        case .json, .list, .feed: 200
        case .refusal(let refusal): refusal.status
        case .reply(let response): response.status
        }
    }
}

extension Upstream {
    /// Who may call an endpoint.
    enum Access: Sendable {
        case guest
        case customer
    }

    typealias Body = @Sendable (inout World, Call, HTTPRequest) throws(Refusal) -> Answer

    /// A handler for an endpoint: limits, key, faults, then the endpoint itself, all under one lock; then the answer,
    /// late or spoilt if a fault says so.
    func handler(_ endpoint: String, _ access: Access, _ body: @escaping Body) -> Router.Handler {
        precondition(FaultPlan.endpoints.contains(endpoint), "faults know every endpoint by name: \(endpoint)")
        return { [self] request in
            let (answer, fault, delay) = withWorld { world in
                carryOut(&world, endpoint, access, request, body)
            }
            if delay > .zero { try await Task.sleep(for: delay) }
            guard let fault else { return response(answer) }
            return try await FaultyResponse.make(fault, answer, of: self)
        }
    }

    private func carryOut(
        _ world: inout World, _ endpoint: String, _ access: Access, _ request: HTTPRequest, _ body: Body
    ) -> (Answer, Fault?, Duration) {
        let now = world.now
        let (fault, delay) = world.faults.next(endpoint)
        let answer: Answer
        do throws(Refusal) {
            let account = try admit(&world, access, request, now)
            if let fault, !fault.kind.executes {
                answer = .refusal(FaultyResponse.refusal(fault))
            } else {
                answer = try body(&world, Call(account: account, now: now, fault: fault), request)
            }
        } catch {
            answer = .refusal(error)
        }
        world.journal.add(
            at: now, method: request.method.rawValue, target: request.target, endpoint: endpoint,
            status: fault.map { FaultyResponse.status($0, answer) } ?? answer.status, fault: fault?.kind.rawValue)
        return (answer, fault, delay)
    }

    /// The account of the caller, once the limits let it pass.
    private func admit(
        _ world: inout World, _ access: Access, _ request: HTTPRequest, _ now: Timestamp
    ) throws(Refusal) -> Int {
        var account = 0
        if access == .customer { account = try dialect.account(of: request, in: world.seller) }
        guard let limit = world.seller.settings.requestsPerSecond else { return account }
        if access == .customer, !world.gate.admits("key \(account)", limit: limit, at: now) { throw .keyLimit }
        if !world.gate.admits(request.remoteAddress, limit: limit, at: now) { throw .addressLimit }
        return account
    }

    /// An answer as it is when nothing goes wrong.
    func response(_ answer: Answer) -> HTTPResponse {
        switch answer {
        case .json(let bytes): .json(200, bytes: bytes)
        case .list(let write): response(.json(write))
        case .refusal(let refusal): dialect.response(to: refusal)
        case .reply(let response): response
        case .feed(let market, let now): PriceFeed.response(market, at: now)
        }
    }
}
