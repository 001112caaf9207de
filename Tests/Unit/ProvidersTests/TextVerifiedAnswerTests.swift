import HTTPClient
import JSON
import Kit
@testable import Providers
import Testing

/// Every status of the error table on every call, and every word that a refusal is told by.
@Suite struct TextVerifiedAnswerTests {
    static let all = TextVerifiedEndpoint.allCases
    static let purchases: [TextVerifiedEndpoint] = [.buy, .reuse, .reactivate, .rent, .extend, .renew, .renewCycle]

    private func kind(
        _ status: Int, _ body: String, _ endpoint: TextVerifiedEndpoint, _ retryAfter: Int? = nil
    ) -> ProviderError.Kind? {
        switch TextVerifiedAnswer.read(
            status: status, body: Array(body.utf8), endpoint: endpoint, retryAfter: retryAfter)
        {
        case .success: nil
        case .failure(let error): error.kind
        }
    }

    @Test("The groups are what the calls do", arguments: all)
    func groups(endpoint: TextVerifiedEndpoint) {
        #expect((endpoint.group == .purchase) == Self.purchases.contains(endpoint))
        #expect(endpoint.isRead == ![.purchase, .change, .setting].contains(endpoint.group))
    }

    @Test("A 401 and a 429, which have no body, certainly did nothing, on every call", arguments: all)
    func empty(endpoint: TextVerifiedEndpoint) {
        #expect(kind(401, "", endpoint) == .account(.credentials))
        #expect(kind(429, "", endpoint) == .retryLater(after: TextVerifiedAnswer.limitPause))
        #expect(kind(429, "<html>", endpoint, 7) == .retryLater(after: .seconds(7)))
        #expect(kind(429, "", endpoint, 86_400) == .retryLater(after: .seconds(600)))
    }

    @Test("Whatever is not clear is ambiguous where something may have been bought", arguments: purchases)
    func ambiguity(endpoint: TextVerifiedEndpoint) {
        for status in [301, 302, 402, 403, 404, 405, 409, 422, 500, 502, 503, 504] {
            #expect(kind(status, #"{"errorCode":"OutOfStock","errorDescription":"x"}"#, endpoint) == .ambiguous)
        }
        #expect(kind(400, "<html>", endpoint) == .ambiguous)
        for body in ["", "Bad Request", "{}", #"{"errorCode":null,"errorDescription":null}"#, "[1]"] {
            // To let a rental go on is refused without a word; a sale is not.
            let isSale = [.buy, .reuse, .reactivate, .rent].contains(endpoint)
            #expect(kind(400, body, endpoint) == (isSale ? .ambiguous : .orderFinished(.expired)), "\(body)")
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let code: String
        let description: String
        let kind: ProviderError.Kind
        var testDescription: String { code + description }

        init(_ code: String, _ description: String, _ kind: ProviderError.Kind) {
            self.code = code
            self.description = description
            self.kind = kind
        }
    }

    static let rows = [
        Row("MaxPriceExceeded", "", .overPrice),
        Row("", "The price of this verification is above the given maximum.", .overPrice),
        Row("PRICE_TOO_HIGH", "The cost is higher than allowed", .overPrice),
        Row("InsufficientBalance", "", .account(.balance)),
        Row("INSUFFICIENT_CREDITS", "", .account(.balance)),
        Row("", "You do not have enough credits. Not enough credit.", .account(.balance)),
        Row("x", "Your account has been suspended.", .account(.credentials)),
        Row("TooManyUnfinishedVerifications", "", .retryLater(after: TextVerifiedAnswer.openPause)),
        Row("OutOfStock", "Out of stock.", .outOfStock),
        Row("", "No numbers available", .outOfStock),
        Row("unavailable", "Service is currently unavailable", .outOfStock),
        Row("NO_NUMBERS", "", .outOfStock),
    ]

    @Test("A refusal is known by its words, however they are written", arguments: rows)
    func words(row: Row) {
        let body = #"{"errorCode":"\#(row.code)","errorDescription":"\#(row.description)"}"#
        for endpoint in Self.purchases { #expect(kind(400, body, endpoint) == row.kind) }
    }

    @Test("A refusal in words nobody knows is still a refusal")
    func unknownWords() {
        let body = #"{"errorCode":"InvalidService","errorDescription":"What?"}"#
        #expect(kind(400, body, .buy) == .ourMistake)
        #expect(kind(400, body, .rent) == .ourMistake)
        #expect(kind(400, body, .reuse) == .orderFinished(.notReusable))
        #expect(kind(400, body, .reactivate) == .orderFinished(.notReusable))
    }

    @Test("Calls about an order are refused without a word", arguments: ["", "Bad Request", "{}"])
    func changes(body: String) {
        #expect(kind(400, body, .cancel) == .orderFinished(.hasSMS))
        #expect(kind(400, body, .report) == .orderFinished(.hasSMS))
        #expect(kind(400, body, .refund) == .orderFinished(.hosting))
        #expect(kind(404, body, .cancel) == .orderFinished(.notFound))
        #expect(kind(404, body, .verification) == .orderFinished(.notFound))
        for status in [409, 500, 502, 504] { #expect(kind(status, body, .cancel) == .ambiguous) }
        #expect(kind(400, body, .price) == .ourMistake)
        #expect(kind(400, body, .updateRental) == .ourMistake)
    }

    @Test("A login is refused by 400, 401 and 403, and is down otherwise")
    func login() {
        for status in [400, 401, 403] { #expect(kind(status, "", .login) == .account(.credentials)) }
        for status in [500, 502, 503] { #expect(kind(status, "", .login) == .down) }
    }

    @Test("A read that fails is down, or our mistake")
    func reads() {
        for status in [500, 502, 503, 504, 302] { #expect(kind(status, "<html>", .messages) == .down) }
        #expect(kind(403, "<html>", .messages) == .down)
        #expect(kind(403, "", .messages) == .account(.credentials))
        #expect(kind(405, "", .messages) == .ourMistake)
        #expect(kind(200, "<html>", .messages) == .down)
        #expect(kind(200, "", .account) == .down)
        #expect(kind(200, "{}", .account) == nil)
    }

    @Test("A change has nothing to tell when it succeeds, and a sale may be told by its header alone")
    func successes() {
        #expect(kind(200, "", .cancel) == nil)
        #expect(kind(204, "", .extend) == nil)
        #expect(kind(201, "", .buy) == nil)
        #expect(kind(201, "<html>", .buy) == nil)
    }

    @Test("No long number gets into an error")
    func blotting() {
        let result = TextVerifiedAnswer.read(
            status: 400, body: Array(#"{"errorCode":"x","errorDescription":"2223334444 is taken"}"#.utf8),
            endpoint: .buy)
        guard case .failure(let error) = result else {
            Issue.record("a 400 is no success")
            return
        }
        #expect(error.text == "x: #### is taken")
    }
}
