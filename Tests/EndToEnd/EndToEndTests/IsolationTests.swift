import Contracts
import HTTPClient
import JSON
import Kit
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Accounts are apart")
    struct IsolationTests {
        @Test("Another account's verification is not there, on any route and under any name")
        func strangers() async throws {
            let stack = try TestStack.lent()
            try await stack.sandbox("PUT", "/arrival", ["product": "signal", "mode": "manual"])
            let owner = try await stack.customer()
            let stranger = try await stack.customer()
            let made = try await owner.create(service: "signal", wait: 30)
            let id = try #require(made.json["verification_id"]?.stringValue)
            let routes: [(ClientRequest.Method, String)] = [
                (.get, ""), (.get, "/number"), (.get, "/messages"), (.get, "/messages?wait=5"), (.get, "/timeline"),
                (.post, "/complete"), (.post, "/report"), (.post, "/another"), (.delete, ""),
            ]
            for prefix in ["/verify", "/api/verification", "/v1/verifications"] {
                for (method, path) in routes {
                    let reply = try await stranger.send(method, "\(prefix)/\(id)\(path)")
                    #expect(reply.status == 404, "\(method) \(prefix)\(path): \(reply.text)")
                    #expect(reply.problem == "NOT_FOUND")
                    // Like an id that nobody has.
                    let unknown = try await stranger.send(method, "\(prefix)/\(ID.new())\(path)")
                    #expect(unknown.status == 404)
                    #expect(unknown.json["message"] == reply.json["message"])
                }
            }
            let theirs = try await stranger.send(.get, "/verify")
            #expect(theirs.json["data"]?.arrayValue?.isEmpty == true)
            let movements = try await stranger.send(.get, "/billing/transactions?verification_id=\(id)")
            #expect(movements.json["data"]?.arrayValue?.isEmpty == true)
            // Nothing of it has touched the order.
            let view = try await owner.send(.get, "/verify/\(id)")
            #expect(view.json["status"]?.stringValue == "waiting_sms")
            #expect(try await owner.send(.delete, "/verify/\(id)").status == 200)
            #expect(await stack.faults() == [])
        }

        @Test("Without a key nothing is shown, and only an administrator pays in")
        func withoutKey() async throws {
            let stack = try TestStack.lent()
            let nobody = TestCustomer(stack: stack, id: .zero, key: "nk_live_nobody")
            for path in ["/verify", "/verify/\(ID.new())", "/billing/balance", "/billing/transactions"] {
                let reply = try await nobody.send(.get, path)
                #expect(reply.status == 401, "\(path)")
                #expect(reply.problem == "UNAUTHENTICATED")
            }
            let customer = try await stack.customer(credit: nil)
            let body: JSON = [
                "user_id": .string(customer.id.description), "amount": ["amount": "5.00", "currency": "USD"],
            ]
            let reply = try await customer.send(.post, "/billing/top-up", body)
            #expect(reply.status == 403, "\(reply.text)")
            #expect(try await customer.balance() == (0, 0))
        }
    }
}
