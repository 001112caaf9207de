import JSON
import Kit

/// What an answer of the protocol means: a pure function of status, body, call and dialect. The type that the answer says
/// it has is never looked at, for everything may be called HTML; the first byte decides. On a call that buys, everything
/// that is neither a sale nor a refusal listed here is ambiguous.
package enum SMSActivateAnswer {
    /// An answer that is no refusal.
    package enum Content: Hashable, Sendable {
        /// `WORD` or `WORD:rest`; the rest may hold colons of its own.
        case word(String, rest: String?)
        case json(JSON)
        /// No body: it is done.
        case nothing
    }

    /// What was answered, or why that is no success.
    package static func read(
        status: Int, body: [UInt8], action: SMSActivateAction, dialect: SMSActivateDialect, retryAfter: Int? = nil
    ) -> Result<Content, ProviderError> {
        func failure(_ kind: ProviderError.Kind, _ text: String) -> Result<Content, ProviderError> {
            .failure(ProviderError(kind, endpoint: action.rawValue, status: status, text: text))
        }
        let said = Said(body)
        let pause = retryAfter.map { Duration.seconds(min(max($0, 1), 600)) }
        if status < 500, let word = said.word {
            if action.takes(word.word) { return .success(.word(word.word, rest: word.rest)) }
            if let kind = SMSActivateRefusal.kind(of: word, action, dialect, pause) {
                return failure(kind, said.text)
            }
        }
        if status == 429 { return failure(.retryLater(after: pause ?? SMSActivateRefusal.limitPause), said.text) }
        if dialect.refusesByStatus, let kind = kind(of: status), said.isOwn { return failure(kind, said.text) }
        guard (200..<300).contains(status) else { return failure(undocumented(status, said, action), said.text) }
        switch said.content {
        case .json(let json) where action.takesJSON && said.word == nil: return .success(.json(json))
        case .nothing where action.takesNothing: return .success(.nothing)
        default: return failure(undocumented(status, said, action), said.text)
        }
    }

    /// An answer that is well-formed and yet not what the call promises, such as a sale without a number.
    static func unfit(_ action: SMSActivateAction, _ text: String) -> ProviderError {
        ProviderError(action.isRead ? .down : .ambiguous, endpoint: action.rawValue, status: 200, text: text)
    }

    /// What a status says by itself, where refusals have one: nothing was done.
    private static func kind(of status: Int) -> ProviderError.Kind? {
        switch status {
        case 401: .account(.credentials)
        case 402: .account(.balance)
        default: nil
        }
    }

    private static func undocumented(
        _ status: Int, _ said: Said, _ action: SMSActivateAction
    ) -> ProviderError.Kind {
        guard action.isRead else { return .ambiguous }
        // A page for browsers is somebody's in between; a sentence with a status of refusal is about what we asked.
        return (400..<500).contains(status) && said.isOwn ? .ourMistake : .down
    }
}

extension SMSActivateAnswer {
    /// A body, taken apart.
    struct Said: Sendable {
        struct Word: Hashable, Sendable {
            let word: String
            let rest: String?
            var info: JSON?
        }

        enum Content: Sendable {
            case nothing
            case text(String)
            case json(JSON)
            /// A page, or bytes that are neither.
            case foreign(Int)
        }

        let content: Content
        /// The word that the answer is, or that the error in its JSON is.
        let word: Word?
        /// For operators.
        let text: String

        init(_ body: [UInt8]) {
            let start = body.first { $0 > 0x20 && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF }
            switch start {
            case nil: content = .nothing
            case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""):
                content =
                    switch LenientJSON.parse(Self.withoutMark(body)) {
                    case .string(let text): .text(text.trimmed)
                    case let json?: .json(json)
                    case nil: .foreign(body.count)
                    }
            case UInt8(ascii: "<"): content = .foreign(body.count)
            default:
                content =
                    body.count > 20_000
                    ? .foreign(body.count) : .text(String(decoding: Self.withoutMark(body), as: UTF8.self).trimmed)
            }
            switch content {
            case .nothing: (word, text) = (nil, "An answer without a body.")
            case .foreign(let count): (word, text) = (nil, "A body of \(count) bytes that is no answer.")
            case .text(let said): (word, text) = (Self.word(said), said)
            case .json(let json):
                let complaint = Self.complaint(json)
                word = complaint.map { Self.word($0.text, $0.info) ?? Word(word: $0.text, rest: nil, info: $0.info) }
                text = complaint?.text ?? "JSON that is no answer to this."
            }
        }

        /// Whether it is the upstream's own and not a page of something in between.
        var isOwn: Bool { if case .foreign = content { false } else { true } }

        private static func withoutMark(_ body: [UInt8]) -> [UInt8] {
            body.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(body.dropFirst(3)) : body
        }

        /// `WORD`, or `WORD:rest`. A sentence is no word.
        static func word(_ text: String, _ info: JSON? = nil) -> Word? {
            let head = text.utf8.prefix { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
            guard head.count >= 2, let first = head.first, (0x41...0x5A).contains(first) else { return nil }
            let rest = text.utf8.dropFirst(head.count)
            guard rest.isEmpty || rest.first == UInt8(ascii: ":") else { return nil }
            return Word(
                word: String(Substring(head)), rest: rest.isEmpty ? nil : String(Substring(rest.dropFirst())),
                info: info)
        }

        /// The error in JSON that is one: under `title`, `error`, `message` or `msg`.
        private static func complaint(_ json: JSON) -> (text: String, info: JSON?)? {
            guard json.objectValue != nil, json["activationId"] == nil else { return nil }
            let state = json["status"]
            let isRefused =
                state?.boolValue == false || ["error", "false", "fail"].contains(state?.stringValue?.lowercased())
            let words = isRefused ? ["error", "message", "msg", "title"] : ["title", "error"]
            guard let text = words.lazy.compactMap({ json[$0]?.stringValue }).first(where: { !$0.isEmpty }) else {
                return isRefused ? ("An error without a text.", json["info"]) : nil
            }
            return (text.trimmed, json["info"])
        }
    }
}
