import Contracts
import HTTPClient
import JSON
import Kit
import Runtime

/// An answer of the stack.
package struct TestReply: Sendable {
    package let status: Int
    package let body: [UInt8]
    private let headers: [(name: String, value: String)]

    init(_ response: ClientResponse) {
        status = response.status
        body = response.body
        headers = response.headers
    }

    /// The body; null when it is not JSON.
    package var json: JSON { (try? JSON(parsing: body)) ?? .null }
    package var text: String { String(decoding: body, as: UTF8.self) }
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
    /// The code of a problem.
    package var problem: String? { json["error_code"]?.stringValue }
}

/// Somebody with an account, who speaks to the stack over HTTP alone.
package struct TestCustomer: Sendable {
    package let stack: TestStack
    package let id: ID
    package let key: String

    /// Whoever has this key, if anybody has.
    package init(stack: TestStack, id: ID, key: String) {
        self.stack = stack
        self.id = id
        self.key = key
    }

    /// Any request; `path` may carry a query.
    package func send(
        _ method: ClientRequest.Method, _ path: String, _ body: JSON? = nil, headers: [(String, String)] = [],
        within deadline: Duration = .seconds(30)
    ) async throws -> TestReply {
        var all = headers.map { (name: $0.0, value: $0.1) } + [(name: "X-API-Key", value: key)]
        if body != nil { all.append((name: "Content-Type", value: "application/json")) }
        return TestReply(
            try await stack.client.send(
                ClientRequest(
                    method, stack.address(.gateway) + path, headers: all, body: body?.bytes, deadline: deadline,
                    maximumBody: 16 << 20)))
    }

    /// Orders a verification; `wait` in seconds for the number.
    package func create(
        service: String = "telegram", country: String = "england", capability: String = "sms",
        provider: String? = nil, wait: Int? = nil, key: String? = nil
    ) async throws -> TestReply {
        var headers: [(String, String)] = []
        if let wait { headers.append(("Prefer", "wait=\(wait)")) }
        if let key { headers.append(("Idempotency-Key", key)) }
        var members: [JSON.Member] = [
            .init("service", .string(service)), .init("country", .string(country)),
            .init("capability", .string(capability)),
        ]
        if let provider { members.append(.init("provider", .string(provider))) }
        return try await send(
            .post, "/verify/create", .object(members), headers: headers, within: .seconds(75))
    }

    /// Orders without waiting, and gives the id.
    package func order(
        service: String = "telegram", country: String = "england", provider: String? = nil
    ) async throws -> ID {
        let reply = try await create(service: service, country: country, provider: provider)
        guard reply.status == 202, let id = reply.json["verification_id"]?.stringValue.flatMap({ ID($0) }) else {
            throw TestStackError("the order was not taken: \(reply.status) \(reply.text)")
        }
        return id
    }

    /// Waits until a verification has one of these states, and gives the state it has then, or at the limit.
    package func state(
        of id: ID, reaches states: [String] = ["completed", "cancelled", "expired", "failed"],
        within limit: Duration = .seconds(30)
    ) async throws -> String {
        _ = await eventually(within: limit) {
            guard let reply = try? await send(.get, "/verify/\(id)") else { return false }
            return reply.json["status"]?.stringValue.map { states.contains($0) } ?? false
        }
        let reply = try await send(.get, "/verify/\(id)")
        return reply.json["status"]?.stringValue ?? "\(reply.status)"
    }

    /// What one verification costs.
    package func price(service: String = "telegram", country: String = "england") async throws -> Money {
        let reply = try await send(.get, "/services/available?country=\(country)")
        let found = reply.json["services"]?.arrayValue?.first { $0["service"]?.stringValue == service }
        guard let text = found?["price"]?["amount"]?.stringValue, let price = Money(text) else {
            throw TestStackError("\(service) is not sold in \(country): \(reply.status)")
        }
        return price
    }

    /// What the account has, in micro-units.
    package func balance() async throws -> (available: Int64, held: Int64) {
        let reply = try await send(.get, "/billing/balance")
        guard let available = reply.json["available"]?["amount"]?.stringValue.flatMap({ Money($0) }),
            let held = reply.json["held"]?["amount"]?.stringValue.flatMap({ Money($0) })
        else { throw TestStackError("no balance: \(reply.status) \(reply.text)") }
        return (available.micro, held.micro)
    }
}

extension TestStack {
    /// The administrator.
    package var administrator: TestCustomer { TestCustomer(stack: self, id: .zero, key: Self.adminKey) }

    /// Makes an account, with credit unless it is nil.
    package func customer(credit: Money? = Money(micro: 1_000_000_000), kind: String = "person") async throws
        -> TestCustomer
    {
        let made = try await administrator.send(
            .post, "/admin/users",
            ["name": "Customer of a test", "role": "user", "kind": .string(kind), "api_key": true])
        guard made.status == 201,
            let id = made.json["id"]?.stringValue.flatMap({ ID($0) }),
            let key = made.json["api_key"]?["key"]?.stringValue
        else { throw TestStackError("no account was made: \(made.status) \(made.text)") }
        let customer = TestCustomer(stack: self, id: id, key: key)
        guard let credit else { return customer }
        let posted = try await administrator.send(
            .post, "/billing/top-up",
            [
                "user_id": .string(id.description),
                "amount": ["amount": .string(credit.description), "currency": "USD"],
            ])
        guard posted.status == 201 else {
            throw TestStackError("the top-up was not posted: \(posted.status) \(posted.text)")
        }
        return customer
    }
}
