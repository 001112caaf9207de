import HTTPClient
import JSON
import Kit
@testable import Providers
import Testing

/// Every row of the error table, and every way its text is dressed.
@Suite struct FiveSimAnswerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let status: Int
        let body: String
        let endpoints: [FiveSimEndpoint]
        let kind: ProviderError.Kind
        var testDescription: String { "\(status) \(body.prefix(40))" }

        init(_ status: Int, _ body: String, _ endpoints: [FiveSimEndpoint], _ kind: ProviderError.Kind) {
            self.status = status
            self.body = body
            self.endpoints = endpoints
            self.kind = kind
        }
    }

    static let purchases: [FiveSimEndpoint] = [.buy, .buyHosting, .reuse]
    static let reads = FiveSimEndpoint.allCases.filter(\.isRead)
    static let changes = FiveSimEndpoint.allCases.filter { !$0.isRead }

    static func kind(
        _ status: Int, _ body: String, _ endpoint: FiveSimEndpoint, retryAfter: Int? = nil
    ) -> ProviderError.Kind? {
        switch FiveSimAnswer.read(status: status, body: Array(body.utf8), endpoint: endpoint, retryAfter: retryAfter) {
        case .success: nil
        case .failure(let error): error.kind
        }
    }

    static let table: [Row] = [
        Row(200, "no free phones", purchases, .outOfStock),
        Row(400, "no free phones", purchases, .outOfStock),
        Row(400, "not enough user balance", purchases, .account(.balance)),
        Row(400, "not enough rating", purchases, .account(.rating)),
        Row(400, "not enough product qty", purchases, .outOfStock),
        Row(400, "select country", purchases, .ourMistake),
        Row(400, "select operator", purchases, .ourMistake),
        Row(400, "bad country", purchases, .ourMistake),
        Row(400, "bad operator", purchases, .ourMistake),
        Row(400, "no product", purchases, .ourMistake),
        Row(400, "product is empty", purchases, .ourMistake),
        Row(400, "country is incorrect", [.products, .prices], .ourMistake),
        Row(400, "product is incorrect", [.products, .prices], .ourMistake),
        Row(400, "reuse not possible", [.reuse], .orderFinished(.notReusable)),
        Row(400, "reuse false", [.reuse], .orderFinished(.notReusable)),
        Row(400, "reuse expired", [.reuse], .orderFinished(.notReusable)),
        Row(400, "server offline", purchases, .down),
        Row(400, "order not found", [.check, .finish, .cancel, .ban, .inbox], .orderFinished(.notFound)),
        Row(404, "order not found", [.check, .finish, .cancel, .ban, .inbox], .orderFinished(.notFound)),
        Row(400, "order expired", [.finish, .cancel, .ban], .orderFinished(.expired)),
        Row(404, "order expired", [.finish, .cancel, .ban], .orderFinished(.expired)),
        Row(400, "order has sms", [.cancel, .ban], .orderFinished(.hasSMS)),
        Row(404, "order has sms", [.cancel, .ban], .orderFinished(.hasSMS)),
        Row(400, "order no sms", [.finish], .orderFinished(.noSMS)),
        Row(404, "order no sms", [.finish], .orderFinished(.noSMS)),
        Row(400, "hosting order", [.cancel, .ban, .reuse], .orderFinished(.hosting)),
        Row(404, "hosting order", [.cancel, .ban, .reuse], .orderFinished(.hosting)),
        Row(400, "you need to wait time", [.cancel], .tooEarly(retryAfter: FiveSimAnswer.cancelPause)),
        Row(400, "record not found", [.maxPrices, .setMaxPrice, .removeMaxPrice], .ourMistake),
        Row(404, "record not found", [.maxPrices, .setMaxPrice, .removeMaxPrice], .ourMistake),
        Row(401, "", FiveSimEndpoint.allCases, .account(.credentials)),
        Row(401, "Unauthorized", FiveSimEndpoint.allCases, .account(.credentials)),
        Row(403, "error code: 1010", FiveSimEndpoint.allCases, .down),
        Row(403, "error code: 1020", FiveSimEndpoint.allCases, .down),
        Row(
            429, "api limit is 100 requests per second", FiveSimEndpoint.allCases.filter { $0.group != .guest },
            .retryLater(after: FiveSimAnswer.limitPause)),
        Row(
            429, "too many requests", [.prices, .products, .countries, .flash],
            .retryLater(after: FiveSimAnswer.guestPause)),
        Row(
            503, "ip address limit is 100 requests per second",
            FiveSimEndpoint.allCases.filter { $0.group != .guest }, .retryLater(after: FiveSimAnswer.limitPause)),
        Row(500, "internal error", reads, .down),
        Row(500, "internal error", changes, .ambiguous),
        Row(502, "<html><body>Bad Gateway</body></html>", reads, .down),
        Row(502, "<html><body>Bad Gateway</body></html>", changes, .ambiguous),
        Row(504, "<html><body>Gateway Time-out</body></html>", changes, .ambiguous),
        Row(503, "<html>Service Unavailable</html>", reads, .down),
        Row(503, "<html>Service Unavailable</html>", changes, .ambiguous),
    ]

    @Test(
        "Each documented refusal is what the table says, bare, quoted, in an object, shouted or padded",
        arguments: table)
    func refusals(row: Row) {
        let isText = !row.body.hasPrefix("<") && !row.body.isEmpty
        for endpoint in row.endpoints {
            #expect(Self.kind(row.status, row.body, endpoint) == row.kind, "\(endpoint)")
            guard isText else { continue }
            for dressed in [
                "\"\(row.body)\"", "{\"error\":\"\(row.body)\"}", "{\"message\":\"\(row.body)\"}", "  \(row.body)\n",
                row.body.uppercased(),
            ] {
                #expect(Self.kind(row.status, dressed, endpoint) == row.kind, "\(endpoint) \(dressed)")
            }
        }
    }

    @Test("On a purchase, everything that is neither a sale nor a listed refusal is ambiguous")
    func ambiguous() {
        let bodies = [
            "", "null", "[]", "{}", "true", "42", "success", "\"success\"", "order not found", "you need to wait time",
            "<html>no free phones</html>", "{\"id\":", "{\"error\":\"something new\"}", "record not found",
            String(repeating: "x", count: 5000) + "no free phones",
        ]
        for endpoint in Self.purchases {
            for status in [200, 201, 204, 301, 302, 400, 404, 405, 409, 418, 500, 502, 503, 504, 520, 522, 524] {
                for body in bodies {
                    let kind = Self.kind(status, body, endpoint)
                    // JSON of the wrong shape passes here, and the adapter finds no id and no number in it.
                    let isLeftToAdapter = status < 300 && ["null", "[]", "{}", "true", "42"].contains(body)
                    #expect(kind == (isLeftToAdapter ? nil : .ambiguous), "\(endpoint) \(status) \(body.prefix(40))")
                }
            }
            // A gateway's word is not 5SIM's, whatever it quotes.
            for status in [500, 502, 504] {
                #expect(Self.kind(status, "no free phones", endpoint) == .ambiguous)
                #expect(Self.kind(status, "not enough user balance", endpoint) == .ambiguous)
            }
            #expect(Self.kind(403, "<html>Just a moment...</html>", endpoint) == .ambiguous)
        }
    }

    @Test("A Retry-After is kept to, within reason")
    func retryAfter() {
        #expect(Self.kind(429, "", .check, retryAfter: 7) == .retryLater(after: .seconds(7)))
        #expect(Self.kind(429, "", .check, retryAfter: 0) == .retryLater(after: .seconds(1)))
        #expect(Self.kind(429, "", .check, retryAfter: 99_999) == .retryLater(after: .seconds(600)))
    }

    @Test("On a read, an unknown refusal is our mistake, an unreadable success is the upstream's")
    func unknownReads() {
        for endpoint in Self.reads {
            #expect(Self.kind(400, "something new", endpoint) == .ourMistake)
            #expect(Self.kind(200, "something new", endpoint) == .down)
            #expect(Self.kind(200, "<html>hello</html>", endpoint) == .down)
            #expect(Self.kind(200, "", endpoint) == .down)
            #expect(Self.kind(403, "forbidden", endpoint) == .account(.credentials))
            #expect(Self.kind(403, "<html>Just a moment...</html>", endpoint) == .down)
        }
    }

    @Test("A change of an order may answer with a bare word, a setting only with one that says success")
    func words() {
        for endpoint in [FiveSimEndpoint.finish, .cancel, .ban] {
            for body in ["success", "\"success\"", "", "ok"] { #expect(Self.kind(200, body, endpoint) == nil) }
            #expect(Self.kind(200, "<html>hello</html>", endpoint) == .ambiguous)
            #expect(Self.kind(400, "something new", endpoint) == .ambiguous)
        }
        for endpoint in [FiveSimEndpoint.setMaxPrice, .removeMaxPrice, .vendorWithdraw] {
            for body in ["success", "\"success\"", "", "OK", "{}", "{\"id\":1}"] {
                #expect(Self.kind(200, body, endpoint) == nil)
            }
            #expect(Self.kind(200, "failed", endpoint) == .ambiguous)
            #expect(Self.kind(200, "{\"error\":\"failed\"}", endpoint) == .ambiguous)
        }
    }

    @Test("Without an answer, whether the request left decides")
    func transport() {
        func kind(_ code: HTTPClientError.Code, sent: Bool, _ endpoint: FiveSimEndpoint) -> ProviderError.Kind {
            UpstreamCaller.error(
                HTTPClientError(code, "", wasCertainlyNotSent: !sent), endpoint: endpoint.rawValue,
                isRead: endpoint.isRead
            ).kind
        }
        for endpoint in Self.changes {
            #expect(kind(.couldNotConnect, sent: false, endpoint) == .down)
            #expect(kind(.timeoutBeforeSending, sent: false, endpoint) == .down)
            #expect(kind(.tls, sent: false, endpoint) == .down)
            #expect(kind(.tls, sent: true, endpoint) == .ambiguous)
            #expect(kind(.timeoutAfterSending, sent: true, endpoint) == .ambiguous)
            #expect(kind(.connectionLost, sent: true, endpoint) == .ambiguous)
            #expect(kind(.malformedAnswer, sent: true, endpoint) == .ambiguous)
            #expect(kind(.tooLarge, sent: true, endpoint) == .ambiguous)
            #expect(kind(.cancelled, sent: true, endpoint) == .ambiguous)
            #expect(kind(.cancelled, sent: false, endpoint) == .down)
            #expect(kind(.closed, sent: true, endpoint) == .ambiguous)
        }
        for endpoint in Self.reads { #expect(kind(.timeoutAfterSending, sent: true, endpoint) == .down) }
        #expect(kind(.overloaded, sent: false, .buy) == .retryLater(after: .seconds(1)))
        #expect(kind(.invalidRequest, sent: false, .buy) == .ourMistake)
    }

    @Test("Refusals and our own endings do not speak against the upstream, silence and broken answers do")
    func outages() {
        for row in Self.table {
            for endpoint in row.endpoints {
                guard
                    case .failure(let error) = FiveSimAnswer.read(
                        status: row.status, body: Array(row.body.utf8), endpoint: endpoint)
                else { continue }
                #expect(error.isOutage == (row.kind == .down || row.kind == .ambiguous), "\(row.body)")
            }
        }
        func isOutage(_ code: HTTPClientError.Code) -> Bool {
            UpstreamCaller.error(
                HTTPClientError(code, "", wasCertainlyNotSent: false), endpoint: "buy", isRead: false
            ).isOutage
        }
        #expect(isOutage(.timeoutAfterSending))
        #expect(!isOutage(.cancelled))
        #expect(!isOutage(.closed))
        #expect(!ProviderError(.ambiguous, endpoint: "buy", status: 400).isOutage)
    }

    @Test("What is kept of an error holds no number, no code and no more than 200 characters")
    func harmless() {
        let error = ProviderError(
            .down, endpoint: "check",
            text: "call +447700900123 now, code 12345 or 99" + String(repeating: "x", count: 999))
        #expect(!error.description.contains("7700900123"))
        #expect(!error.description.contains("12345"))
        #expect(error.text.contains("or 99"))
        #expect(error.text.count <= 200)
    }
}
