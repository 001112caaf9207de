import HTTPClient
import JSON
import Kit

/// What an answer of 5SIM means: a pure function of status, body and call. Errors are plain text with all sorts of
/// statuses; on a call that buys, everything that is neither a sale nor a refusal listed here is ambiguous.
package enum FiveSimAnswer {
    /// The body of a success, or why it is none.
    package static func read(
        status: Int, body: [UInt8], endpoint: FiveSimEndpoint, retryAfter: Int? = nil
    ) -> Result<JSON, ProviderError> {
        let json = LenientJSON.parse(body)
        let text = Self.text(json, body)
        if let error = documented(status, text, endpoint, retryAfter) { return .failure(error) }
        guard (200..<300).contains(status) else { return .failure(undocumented(status, body, text, endpoint)) }
        switch json {
        case nil, .string:
            guard let text, takes(text, endpoint) else {
                return .failure(undocumented(status, body, text, endpoint))
            }
            return .success(.string(text))
        case .object where text != nil:
            return .failure(undocumented(status, body, text, endpoint))
        case let json?: return .success(json)
        }
    }

    /// Whether a text instead of JSON is a success. After a change of an order any short one will do, for the order is
    /// looked up then; a setting needs a word that says so.
    private static func takes(_ text: String, _ endpoint: FiveSimEndpoint) -> Bool {
        switch endpoint {
        case .finish, .cancel, .ban: text.utf8.count <= 200
        case .setMaxPrice, .removeMaxPrice, .vendorWithdraw: ["", "ok", "success"].contains(text.lowercased())
        default: false
        }
    }

    /// An answer that is well-formed and yet not what the call promises, such as a sale without a number.
    static func unfit(_ endpoint: FiveSimEndpoint, _ text: String) -> ProviderError {
        ProviderError(endpoint.isRead ? .down : .ambiguous, endpoint: endpoint.rawValue, status: 200, text: text)
    }

    // MARK: the table

    private struct Refusal: Sendable {
        let words: String
        let kind: ProviderError.Kind
        let groups: Set<FiveSimEndpoint.Group>

        init(_ words: String, _ kind: ProviderError.Kind, _ groups: Set<FiveSimEndpoint.Group>) {
            self.words = words
            self.kind = kind
            self.groups = groups
        }
    }

    /// How long to wait when 5SIM says to wait and not how long.
    package static let cancelPause: Duration = .seconds(30)
    /// The limit counts by the second, and five breaches in ten minutes shut us out for ten.
    package static let limitPause: Duration = .seconds(2)
    /// The price lists are guarded more closely than the documents say.
    package static let guestPause: Duration = .seconds(5)

    private static let refusals: [Refusal] = [
        Refusal("no free phones", .outOfStock, [.purchase]),
        Refusal("not enough product qty", .outOfStock, [.purchase]),
        Refusal("not enough user balance", .account(.balance), [.purchase]),
        Refusal("not enough rating", .account(.rating), [.purchase]),
        Refusal("server offline", .down, [.purchase, .order, .list, .guest, .setting]),
        Refusal("select country", .ourMistake, [.purchase]),
        Refusal("select operator", .ourMistake, [.purchase]),
        Refusal("bad country", .ourMistake, [.purchase]),
        Refusal("bad operator", .ourMistake, [.purchase]),
        Refusal("no product", .ourMistake, [.purchase]),
        Refusal("product is empty", .ourMistake, [.purchase]),
        Refusal("country is incorrect", .ourMistake, [.purchase, .guest]),
        Refusal("product is incorrect", .ourMistake, [.purchase, .guest]),
        Refusal("reuse not possible", .orderFinished(.notReusable), [.purchase]),
        Refusal("reuse false", .orderFinished(.notReusable), [.purchase]),
        Refusal("reuse expired", .orderFinished(.notReusable), [.purchase]),
        Refusal("order not found", .orderFinished(.notFound), [.order]),
        Refusal("order expired", .orderFinished(.expired), [.order]),
        Refusal("order has sms", .orderFinished(.hasSMS), [.order]),
        Refusal("order no sms", .orderFinished(.noSMS), [.order]),
        Refusal("hosting order", .orderFinished(.hosting), [.order, .purchase]),
        Refusal("you need to wait time", .tooEarly(retryAfter: cancelPause), [.order]),
        Refusal("record not found", .ourMistake, [.list, .setting, .guest]),
    ]

    private static let limits = ["api limit is", "ip address limit is", "too many requests"]

    private static func documented(
        _ status: Int, _ text: String?, _ endpoint: FiveSimEndpoint, _ retryAfter: Int?
    ) -> ProviderError? {
        func error(_ kind: ProviderError.Kind, _ words: String? = nil) -> ProviderError {
            ProviderError(kind, endpoint: endpoint.rawValue, status: status, text: words ?? text ?? "")
        }
        let folded = text?.lowercased() ?? ""
        if status == 401 { return error(.account(.credentials)) }
        // Cloudflare's own page: the request never reached 5SIM, and the key has nothing to do with it.
        if status == 403, folded.hasPrefix("error code: 1") {
            let code = folded.dropFirst("error code: ".count).prefix { $0.isNumber }
            return error(.down, "Blocked by the edge, error code \(code.map(String.init).joined(separator: " ")).")
        }
        if status == 429
            || !folded.isEmpty && (status < 500 || status == 503) && limits.contains(where: folded.contains)
        {
            let usual = endpoint.group == .guest ? guestPause : limitPause
            return error(.retryLater(after: retryAfter.map { .seconds(min(max($0, 1), 600)) } ?? usual))
        }
        // Every sale and every check comes by here; a search for words costs even where there is no text.
        guard !folded.isEmpty, status < 500, let refusal = refusals.first(where: { folded.contains($0.words) }),
            refusal.groups.contains(endpoint.group)
        else { return nil }
        return error(refusal.kind)
    }

    private static func undocumented(
        _ status: Int, _ body: [UInt8], _ text: String?, _ endpoint: FiveSimEndpoint
    ) -> ProviderError {
        let kind: ProviderError.Kind =
            if !endpoint.isRead {
                .ambiguous
            } else if status == 403 {
                // A page for browsers is the edge's, a bare word is 5SIM's.
                text == nil ? .down : .account(.credentials)
            } else {
                (400..<500).contains(status) ? .ourMistake : .down
            }
        return ProviderError(
            kind, endpoint: endpoint.rawValue, status: status,
            text: text ?? "A body of \(body.count) bytes that is no error text.")
    }

    /// The error text in a body: bare, as a JSON string, or under `error` or `message`. nil for anything else: a
    /// page of HTML, an order, a list.
    private static func text(_ json: JSON?, _ body: [UInt8]) -> String? {
        switch json {
        case .string(let text): return text
        case .object where json?["id"] == nil && json?["ID"] == nil && json?["Data"] == nil:
            return json?["error"]?.stringValue ?? json?["message"]?.stringValue
        case nil:
            let text = String(decoding: body.prefix(1000), as: UTF8.self).trimmed
            return body.count > 1000 || text.hasPrefix("<") || text.hasPrefix("{") || text.hasPrefix("[") ? nil : text
        default: return nil
        }
    }
}

extension String {
    /// Without white space at either end.
    var trimmed: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
