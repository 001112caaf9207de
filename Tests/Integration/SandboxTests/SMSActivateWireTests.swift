import HTTPClient
import Kit
import Providers
import Runtime
import TestSupport
import Testing

/// The adapter for SMS-Activate's protocol against answers that only a raw socket gives.
@Suite struct SMSActivateWireTests {
    private let client = HTTPClient()

    private func adapter(_ peer: RawPeer, _ dialect: SMSActivateDialect = .smsActivate) -> SMSActivate {
        SMSActivate(
            .init(
                dialect, apiKey: "0123456789abcdef0123456789abcdef", baseURL: peer.url + "/stubs/handler_api.php",
                userAgent: "Test/1", referral: "partner"),
            client: client, purchases: client, metrics: Metrics(),
            budget: RequestBudget(rate: 1_000, burst: 1_000))
    }

    private func failure<Value>(_ body: () async throws(ProviderError) -> Value) async -> ProviderError? {
        do throws(ProviderError) {
            _ = try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test("A purchase is one GET with all that was asked for, on a connection of its own")
    func request() async throws {
        let peer = try RawPeer { _, _ in .write(answer("200 OK", "ACCESS_NUMBER:635468024:79584123456")) }
        defer { peer.close() }
        var wish = BuyRequest(country: "russia", product: "telegram", operator: "mtt", ceiling: Money("12.5"))
        wish.reference = "mine 1"
        let order = try await adapter(peer).buy(wish)
        #expect(order.ref == "635468024" && order.phone?.text == "+79584123456" && order.reference == "mine 1")
        let request = try #require(peer.requests.first)
        let query =
            "api_key=0123456789abcdef0123456789abcdef&action=getNumberV2&service=tg&country=0&operator=mtt&maxPrice=12.5&ref=partner&orderId=mine%201"
        #expect(request.hasPrefix("GET /stubs/handler_api.php?\(query) HTTP/1.1\r\n"))
        #expect(request.contains("\r\nUser-Agent: Test/1\r\n"))
        _ = try await adapter(peer).buy(wish)
        #expect(peer.connections == 2)
    }

    @Test("A purchase that is not answered is sent once, and is unclear; a read is asked again")
    func silence() async throws {
        let peer = try RawPeer { _, _ in .write("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n") }
        defer { peer.close() }
        let adapter = adapter(peer)
        let bought = await failure { () throws(ProviderError) in
            try await adapter.buy(BuyRequest(country: "russia", product: "telegram"))
        }
        #expect(bought?.kind == .ambiguous && peer.requests.count == 1)
        let cancelled = await failure { () throws(ProviderError) in try await adapter.cancel("635468024") }
        #expect(cancelled?.kind == .ambiguous && peer.requests.count == 2)
        let checked = await failure { () throws(ProviderError) in try await adapter.check("635468024") }
        #expect(checked?.kind == .down && peer.requests.count == 4)
    }

    @Test("Where a wrong key and an unknown id are both a bad action, the balance tells which it was")
    func blurred() async throws {
        let known = try RawPeer { _, request in
            .write(answer("200 OK", request.contains("getBalance") ? "ACCESS_BALANCE:1" : "BAD_ACTION"))
        }
        defer { known.close() }
        let unknownID = await failure { () throws(ProviderError) in try await self.adapter(known, .vak).check("7") }
        #expect(unknownID?.kind == .orderFinished(.notFound))
        let refusing = try RawPeer { _, _ in .write(answer("200 OK", "BAD_ACTION")) }
        defer { refusing.close() }
        let wrongKey = await failure { () throws(ProviderError) in try await self.adapter(refusing, .vak).check("7") }
        #expect(wrongKey?.kind == .account(.credentials))
    }

    @Test("A history that begins with the oldest is read to its end")
    func order() async throws {
        @Sendable func rows(_ from: Int, _ count: Int) -> String {
            "["
                + (0..<count).map { #"{"id":\#(from + $0),"phone":"79584123456","cost":0,"status":"8"}"# }
                .joined(separator: ",") + "]"
        }
        let oldestFirst = try RawPeer { _, request in
            if request.contains("getActiveActivations") {
                return .write(answer("200 OK", #"{"status":"error","error":"NO_ACTIVATIONS"}"#))
            }
            return .write(
                answer("200 OK", request.contains("offset=0&") ? rows(1_000, 100) : rows(1_100, 50)))
        }
        defer { oldestFirst.close() }
        let page = try await adapter(oldestFirst).recentOrders(.activation, limit: 3, offset: 0)
        #expect(page.orders.map(\.ref) == ["1149", "1148", "1147"])
    }
}
