import HTTPClient
import Kit

/// Why an upstream did not do what it was asked. Every kind but `ambiguous` promises that nothing was bought.
package struct ProviderError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum AccountTrouble: String, Hashable, Sendable {
        case balance, rating, credentials
    }

    package enum OrderTrouble: String, Hashable, Sendable {
        case notFound = "not_found"
        case expired
        /// It cannot be given back, a message has come.
        case hasSMS = "has_sms"
        /// It cannot be finished, no message has come.
        case noSMS = "no_sms"
        /// A rental, which cannot be given back.
        case hosting
        /// Its number is not for sale again.
        case notReusable = "not_reusable"
    }

    package enum Kind: Hashable, Sendable {
        /// No number to be had: the next candidate, at once.
        case outOfStock
        /// None at our price: the next candidate, at once.
        case overPrice
        /// Our account cannot buy; an operator must act, a customer must not read why.
        case account(AccountTrouble)
        /// We asked for something that does not exist: a fault in our mapping.
        case ourMistake
        /// The order is past what was asked.
        case orderFinished(OrderTrouble)
        /// Not yet, but later.
        case tooEarly(retryAfter: Duration)
        /// We ask too often, or were held back by our own budget or breaker.
        case retryLater(after: Duration)
        /// It may have happened. Never repeat it; ask what there is.
        case ambiguous
        /// The upstream cannot serve this now, and has done nothing.
        case down
        case unsupported
    }

    package let kind: Kind
    /// Which call it was.
    package let endpoint: String
    /// The HTTP status, if there was an answer.
    package let status: Int?
    /// What the upstream said, for operators: at most 200 characters, digits that may be a number or a code blotted out.
    package let text: String
    /// Why there was no answer, if there was none.
    package let transport: HTTPClientError.Code?

    package init(
        _ kind: Kind, endpoint: String, status: Int? = nil, text: String = "", transport: HTTPClientError.Code? = nil
    ) {
        self.kind = kind
        self.endpoint = endpoint
        self.status = status
        self.text = Self.harmless(text)
        self.transport = transport
    }

    /// A word per kind, for metrics and the database.
    package var label: String {
        switch kind {
        case .outOfStock: "out_of_stock"
        case .overPrice: "over_price"
        case .account(let trouble): "account_\(trouble.rawValue)"
        case .ourMistake: "our_mistake"
        case .orderFinished(let trouble): "order_\(trouble.rawValue)"
        case .tooEarly: "too_early"
        case .retryLater: "retry_later"
        case .ambiguous: "ambiguous"
        case .down: "down"
        case .unsupported: "unsupported"
        }
    }

    /// Whether asking this same upstream the same again, later, stands a chance. False for `ambiguous`, which must not
    /// be asked again.
    package var isRetriable: Bool {
        switch kind {
        case .tooEarly, .retryLater, .down: true
        default: false
        }
    }

    /// Whether it speaks against the upstream's health. Refusals do not, nor does what ended on our side.
    package var isOutage: Bool {
        switch transport {
        case .cancelled, .closed, .overloaded, .invalidRequest: return false
        default: break
        }
        switch kind {
        case .down: return true
        case .ambiguous: return status.map { !(400..<500).contains($0) } ?? true
        default: return false
        }
    }

    package var description: String {
        "\(endpoint): \(label)\(status.map { " (\($0))" } ?? "")\(text.isEmpty ? "" : ": \(text)")"
    }

    private static func harmless(_ text: String) -> String {
        var result = ""
        var run = ""
        for character in text.prefix(200) {
            if character.isNumber {
                run.append(character)
            } else {
                result += run.count < 4 ? run : "####"
                run = ""
                result.append(character.isNewline || character == "\0" ? " " : character)
            }
        }
        return result + (run.count < 4 ? run : "####")
    }
}
