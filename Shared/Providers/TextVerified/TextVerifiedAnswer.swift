import HTTPClient
import JSON
import Kit

/// What an answer of TextVerified means: a pure function of status, body and call. Its refusals are a status and, for
/// purchases alone, a body that tells why; on a call that spends, everything that is neither a success nor a refusal
/// told in that shape is ambiguous.
package enum TextVerifiedAnswer {
    /// The JSON of a success, null where it has none, or why it is none.
    package static func read(
        status: Int, body: [UInt8], endpoint: TextVerifiedEndpoint, retryAfter: Int? = nil
    ) -> Result<JSON, ProviderError> {
        guard (200..<300).contains(status) else { return .failure(refusal(status, body, endpoint, retryAfter)) }
        let json = LenientJSON.parse(body)
        // A sale may be found by its `Location`, and a change has nothing to tell.
        if endpoint.isRead, json == nil { return .failure(unfit(endpoint, "The answer is no JSON.", status: status)) }
        return .success(json ?? .null)
    }

    /// An answer that is well-formed and yet not what the call promises, such as a sale without a link.
    static func unfit(_ endpoint: TextVerifiedEndpoint, _ text: String, status: Int = 200) -> ProviderError {
        ProviderError(endpoint.isRead ? .down : .ambiguous, endpoint: endpoint.rawValue, status: status, text: text)
    }

    /// How long to wait when TextVerified says that we ask too often, and not for how long: beyond the seven seconds that
    /// its own client spends on three more tries.
    package static let limitPause: Duration = .seconds(8)
    /// How long until one of too many open verifications may be done.
    package static let openPause: Duration = .seconds(30)

    // MARK: the table

    private static func refusal(
        _ status: Int, _ body: [UInt8], _ endpoint: TextVerifiedEndpoint, _ retryAfter: Int?
    ) -> ProviderError {
        let told = Told(body)
        let kind: ProviderError.Kind =
            switch status {
            // The token, or what we log in with; nothing was carried out.
            case 401: .account(.credentials)
            case 429: .retryLater(after: retryAfter.map { .seconds(min(max($0, 1), 600)) } ?? limitPause)
            case 400: refused(endpoint, told)
            case 404 where endpoint.group == .read || endpoint.group == .change: .orderFinished(.notFound)
            case 403 where endpoint.group == .login: .account(.credentials)
            // A page for browsers is the edge's own, anything else is TextVerified's.
            case 403 where endpoint.isRead: told.isPage ? .down : .account(.credentials)
            case 400..<500 where endpoint.isRead: .ourMistake
            default: endpoint.isRead ? .down : .ambiguous
            }
        return ProviderError(kind, endpoint: endpoint.rawValue, status: status, text: told.text)
    }

    private static func refused(_ endpoint: TextVerifiedEndpoint, _ told: Told) -> ProviderError.Kind {
        switch endpoint.group {
        case .login: return .account(.credentials)
        case .read, .setting: return .ourMistake
        // Declared without a body; why it is past that, the order itself tells.
        case .change: return .orderFinished(endpoint == .refund ? .hosting : .hasSMS)
        case .purchase:
            // A refusal to sell has one shape, and anything else may be said by somebody between us. That to let a rental
            // go on may be empty.
            guard told.isRefusal || !endpoint.explainsRefusals && !told.isPage else { return .ambiguous }
            if let kind = reasons.first(where: { $0.fits(told.folded) })?.kind { return kind }
            if !endpoint.explainsRefusals { return .orderFinished(.expired) }
            return endpoint == .reuse || endpoint == .reactivate ? .orderFinished(.notReusable) : .ourMistake
        }
    }

    /// One of the first words and, if there are any, one of the second.
    private struct Reason: Sendable {
        let words: [String]
        var besides: [String] = []
        let kind: ProviderError.Kind

        func fits(_ text: String) -> Bool {
            words.contains(where: text.contains) && (besides.isEmpty || besides.contains(where: text.contains))
        }
    }

    /// The words are not documented; these are what such refusals can hardly be said without. What none of them is in
    /// is a fault of ours, for then it is certainly a refusal.
    private static let reasons: [Reason] = [
        Reason(
            words: ["price", "cost"], besides: ["max", "exceed", "above", "higher", "greater", "morethan"],
            kind: .overPrice),
        Reason(
            words: ["balance", "credit", "funds"], besides: ["insufficient", "notenough", "toolow", "lacks"],
            kind: .account(.balance)),
        Reason(words: ["suspended", "blocked", "locked"], besides: ["account", "user"], kind: .account(.credentials)),
        Reason(words: ["toomany", "ratelimit"], kind: .retryLater(after: openPause)),
        Reason(
            words: ["outofstock", "nonumber", "notavailable", "unavailable", "noavailable", "inventory", "nostock"],
            kind: .outOfStock),
    ]

    /// What an error body says.
    private struct Told {
        let text: String
        /// Letters alone, small, so that `OutOfStock`, `OUT_OF_STOCK` and `out of stock` are the same.
        let folded: String
        /// It has the shape of a refusal, and says something.
        let isRefusal: Bool
        let isPage: Bool

        init(_ body: [UInt8]) {
            let json = LenientJSON.parse(body)
            let words = [json?["errorCode"]?.stringValue, json?["errorDescription"]?.stringValue].compactMap { $0 }
                .filter { !$0.isEmpty }
            isRefusal = !words.isEmpty
            let plain = String(decoding: body.prefix(1000), as: UTF8.self).trimmed
            isPage = plain.hasPrefix("<")
            if isRefusal {
                text = words.joined(separator: ": ")
            } else if json == nil, !isPage, body.count <= 1000 {
                text = plain
            } else {
                text = "A body of \(body.count) bytes that says nothing."
            }
            folded = words.joined().lowercased().filter { $0.isLetter }
        }
    }
}
