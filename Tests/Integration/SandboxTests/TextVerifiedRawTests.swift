import HTTPClient
import JSON
import Kit
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Providers

/// The adapter for TextVerified against answers that only a raw socket gives.
@Suite struct TextVerifiedRawTests {
    private static let order = """
        {"id":"lr_1","number":"2223334444","serviceName":"yahoo","state":"VerificationPending","totalCost":0.95,\
        "createdAt":"2026-01-02T03:04:05+00:00","endsAt":"2026-01-02T03:14:05+00:00","sms":null,"calls":null}
        """
    private let client = HTTPClient()
    private let wish = BuyRequest(country: "usa", product: "yahoo", ceiling: Money("2.95"))

    private func adapter(_ peer: RawPeer, deadline: Duration = .seconds(5)) -> TextVerified {
        TextVerified(
            .init(
                apiKey: "key", email: "a@example.test", baseURL: peer.url + "/api/pub/v2/", userAgent: "Test/1",
                purchaseDeadline: deadline, readDeadline: deadline), client: client, purchases: client,
            metrics: Metrics())
    }

    private static func reply(_ status: String, _ body: String = "", _ headers: String = "") -> RawPeer.Reply {
        .write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }

    private static func isLogin(_ request: String) -> Bool { request.hasPrefix("POST /api/pub/v2/auth ") }
    private static let token = reply("200 OK", #"{"token":"t1","expiresIn":899.0}"#)

    /// Logs in, answers the purchase so, and everything else with the order.
    private func peer(_ sale: RawPeer.Reply, _ order: RawPeer.Reply? = nil) throws -> RawPeer {
        try RawPeer { _, request in
            if Self.isLogin(request) { return Self.token }
            if request.hasPrefix("POST ") { return sale }
            return order ?? Self.reply("200 OK", Self.order)
        }
    }

    @Test("A purchase is a login, one POST on a connection of its own, and the reading of what its link leads to")
    func requests() async throws {
        let peer = try peer(
            Self.reply("201 Created", #"{"method":"GET","href":"/api/pub/v2/verifications/lr_1"}"#))
        defer { peer.close() }
        var wish = wish
        wish.areaCode = "775"
        wish.operator = "vz"
        let trace = TraceContext.root()
        let adapter = adapter(peer)
        let order = try await TraceContext.$current.withValue(trace) { try await adapter.buy(wish) }
        #expect(order.ref == "lr_1" && order.phone?.text == "+12223334444" && !order.isOverCeiling)
        let requests = peer.requests
        #expect(requests.count == 3)
        #expect(
            requests[0].contains("\r\nX-API-KEY: key\r\n") && requests[0].contains("\r\nX-API-USERNAME: a@example.test")
        )
        #expect(!requests[0].contains("Authorization"))
        #expect(requests[1].hasPrefix("POST /api/pub/v2/verifications HTTP/1.1\r\n"))
        for part in ["Authorization: Bearer t1", "User-Agent: Test/1", "traceparent: 00-\(trace.traceID)-"] {
            #expect(requests[1].contains("\r\n\(part)"), "\(part)")
        }
        let body = requests[1].split(separator: "\r\n\r\n").last.map { Array($0.utf8) } ?? []
        #expect(
            try JSON(parsing: body) == [
                "serviceName": "yahoo", "capability": "sms", "areaCodeSelectOption": ["775"],
                "carrierSelectOption": ["vz"], "maxPrice": 2.95,
            ])
        #expect(requests[2].hasPrefix("GET /api/pub/v2/verifications/lr_1 HTTP/1.1\r\n"))
        #expect(requests[2].contains("\r\nAuthorization: Bearer t1\r\n"))
        #expect(peer.connections >= 2)
        // The token serves again.
        _ = try await adapter.buy(wish)
        #expect(peer.requests.filter { Self.isLogin($0) }.count == 1)
    }

    @Test("A link may stand in the header alone")
    func location() async throws {
        let peer = try peer(Self.reply("201 Created", "", "Location: verifications/lr_1\r\n"))
        defer { peer.close() }
        #expect(try await adapter(peer).buy(wish).ref == "lr_1")
        #expect(peer.requests.last?.hasPrefix("GET /api/pub/v2/verifications/lr_1 ") == true)
    }

    @Test("A sale that leads to another host is read there without the token")
    func foreign() async throws {
        let other = try RawPeer { _, _ in Self.reply("200 OK", Self.order) }
        defer { other.close() }
        let peer = try peer(Self.reply("201 Created", #"{"method":"GET","href":"\#(other.url)/lr_1"}"#))
        defer { peer.close() }
        #expect(try await adapter(peer).buy(wish).ref == "lr_1")
        #expect(other.requests.count == 1)
        #expect(other.requests.allSatisfy { !$0.lowercased().contains("authorization") && !$0.contains("t1") })
    }

    @Test(
        "A sale that is not seen is unclear, however it hides",
        arguments: [
            ("201 Created", ""), ("201 Created", "{}"), ("201 Created", "<html>"), ("200 OK", "null"),
            ("201 Created", #"{"href":"file:///etc/passwd"}"#), ("201 Created", #"{"method":"BREW","href":"/x"}"#),
            ("302 Found", ""), ("500 No", ""), ("502 No", "<html>"), ("400 Bad Request", ""), ("403 Forbidden", "x"),
        ])
    func hidden(_ status: String, _ body: String) async throws {
        let peer = try peer(Self.reply(status, body))
        defer { peer.close() }
        let adapter = adapter(peer)
        #expect(await refusal { () throws(ProviderError) in try await adapter.buy(wish) } == .ambiguous)
        #expect(peer.requests.filter { $0.hasPrefix("POST /api/pub/v2/verifications ") }.count == 1)
    }

    @Test(
        "Nor is one whose order cannot be read",
        arguments: ["{}", "[]", "no", #"{"id":"lr_1"}"#, #"{"id":"lr_1","number":"12"}"#, #"{"number":"2223334444"}"#])
    func unreadable(_ body: String) async throws {
        let sale = Self.reply("201 Created", #"{"href":"/x"}"#)
        let peer = try peer(sale, Self.reply("200 OK", body))
        defer { peer.close() }
        let adapter = adapter(peer)
        #expect(await refusal { () throws(ProviderError) in try await adapter.buy(wish) } == .ambiguous)
    }

    @Test("A purchase turned down for its token is made again once, and not a third time")
    func turnedDown() async throws {
        let logins = Atomic<Int>(0)
        let peer = try RawPeer { _, request in
            guard Self.isLogin(request) else { return Self.reply("401 Unauthorized") }
            let number = logins.wrappingAdd(1, ordering: .relaxed).newValue
            return Self.reply("200 OK", #"{"token":"t\#(number)","expiresIn":899}"#)
        }
        defer { peer.close() }
        let adapter = adapter(peer)
        #expect(await refusal { () throws(ProviderError) in try await adapter.buy(wish) } == .account(.credentials))
        let bought = peer.requests.filter { !Self.isLogin($0) }
        #expect(bought.count == 2 && logins.load(ordering: .relaxed) == 2)
        #expect(bought[0].contains("Bearer t1") && bought[1].contains("Bearer t2"))
    }

    @Test("Many that wait for a token share one login")
    func sharedLogin() async throws {
        let peer = try RawPeer { _, request in
            Self.isLogin(request) ? Self.token : Self.reply("200 OK", #"{"username":"a","currentBalance":12.5}"#)
        }
        defer { peer.close() }
        let adapter = adapter(peer)
        let balances = try await withThrowingTaskGroup(of: Money.self) { group in
            for _ in 0..<15 { group.addTask { try await adapter.balance().available } }
            return try await group.reduce(into: [Money]()) { $0.append($1) }
        }
        #expect(balances == Array(repeating: Money(micro: 12_500_000), count: 15))
        #expect(peer.requests.filter { Self.isLogin($0) }.count == 1)
    }

    @Test("Nobody is let in without a token, and a purchase before it was certainly not made")
    func noLogin() async throws {
        for (reply, kind) in [
            (Self.reply("401 Unauthorized"), ProviderError.Kind.account(.credentials)),
            (Self.reply("200 OK", "{}"), .down), (Self.reply("503 No"), .down), (.reset, .down),
            (Self.reply("429 Too Many", "", "Retry-After: 9\r\n"), .retryLater(after: .seconds(9))),
        ] {
            let peer = try RawPeer { _, _ in reply }
            defer { peer.close() }
            let adapter = adapter(peer)
            #expect(await refusal { () throws(ProviderError) in try await adapter.buy(wish) } == kind)
            #expect(peer.requests.allSatisfy { Self.isLogin($0) })
        }
    }

    @Test("A list is followed to its end, by the method its links name, and never round in circles")
    func lists() async throws {
        let first = #"{"data":[\#(Self.order)],"hasNext":true,"links":{"next":{"method":"POST","href":"/two"}}}"#
        let second = #"{"data":[],"hasNext":false,"links":{"current":null,"next":null}}"#
        let round = Atomic<Bool>(false)
        let peer = try RawPeer { _, request in
            if Self.isLogin(request) { return Self.token }
            if round.load(ordering: .acquiring) || !request.hasPrefix("POST /two ") {
                return Self.reply("200 OK", first)
            }
            return Self.reply("200 OK", second)
        }
        defer { peer.close() }
        let adapter = adapter(peer)
        let page = try await adapter.recentOrders(.activation, limit: 10, offset: 0)
        #expect(page.orders.map(\.ref) == ["lr_1"] && page.total == 1)
        round.store(true, ordering: .releasing)
        #expect(
            await refusal { () throws(ProviderError) in
                try await adapter.recentOrders(.activation, limit: 10, offset: 0)
            } == .down)
    }

    @Test("A row that cannot be read makes the list worthless")
    func oddRow() async throws {
        let peer = try RawPeer { _, request in
            Self.isLogin(request)
                ? Self.token : Self.reply("200 OK", #"{"data":[\#(Self.order),{"number":"2223334444"}]}"#)
        }
        defer { peer.close() }
        let adapter = adapter(peer)
        #expect(
            await refusal { () throws(ProviderError) in
                try await adapter.recentOrders(.activation, limit: 10, offset: 0)
            } == .down)
    }

    @Test("An old list that begins with the oldest is read whole and turned round")
    func oldestFirst() async throws {
        @Sendable func row(_ number: Int) -> String {
            #"{"id":"lr_\#(number)","number":"2223334444","state":"verificationPending","createdAt":"2026-01-02T03:04:0\#(number)+00:00"}"#
        }
        let peer = try RawPeer { _, request in
            if Self.isLogin(request) { return Self.token }
            let isSecond = request.contains("page=2")
            let rows = isSecond ? [row(3), row(4)] : [row(1), row(2)]
            let next = isSecond ? "null" : #"{"method":"GET","href":"/api/pub/v2/verifications?page=2"}"#
            return Self.reply(
                "200 OK",
                #"{"data":[\#(rows.joined(separator: ","))],"hasNext":\#(!isSecond),"links":{"next":\#(next)}}"#)
        }
        defer { peer.close() }
        let page = try await adapter(peer).recentOrders(.activation, limit: 1, offset: 0)
        #expect(page.orders.map(\.ref) == ["lr_4"] && page.total == 4)
    }
}
