import JSON
import Kit

/// The refusals of the protocol, the union over all who speak it.
enum SMSActivateRefusal {
    /// How long to wait when an upstream says to wait and not how long.
    static let cancelPause = Duration.seconds(30)
    static let limitPause = Duration.seconds(5)
    static let tryAgainPause = Duration.seconds(2)

    /// What a word refuses; nil for one that is not known, or not for such a call.
    static func kind(
        of word: SMSActivateAnswer.Said.Word, _ action: SMSActivateAction, _ dialect: SMSActivateDialect,
        _ pause: Duration?
    ) -> ProviderError.Kind? {
        switch word.word {
        case "EARLY_CANCEL_DENIED": return action.group == .order ? early(word, dialect) : nil
        case "RATE_LIMIT": return .retryLater(after: pause ?? limitPause)
        case "TRY_AGAIN": return .retryLater(after: pause ?? tryAgainPause)
        case "BAD_ACTION": return dialect.blursBadActions ? .account(.credentials) : .ourMistake
        case let known:
            guard let entry = table[known] ?? sentences[known.lowercased()],
                !entry.groups.isDisjoint(with: action.refusedAs)
            else { return nil }
            return entry.kind
        }
    }

    /// The least age of an activation that may be cancelled is as long as it can still take.
    private static func early(
        _ word: SMSActivateAnswer.Said.Word, _ dialect: SMSActivateDialect
    ) -> ProviderError.Kind {
        let told = word.info?["minActivationTime"]?.integerValue ?? word.rest.flatMap { Int64($0.trimmed) }
        return .tooEarly(
            retryAfter: told.map { .seconds(min(max($0, 1), 3600)) } ?? min(cancelPause, dialect.minimumCancel))
    }

    private struct Entry: Sendable {
        let kind: ProviderError.Kind
        let groups: Set<SMSActivateAction.Group>
    }

    private static let all: Set<SMSActivateAction.Group> = [.purchase, .order, .list]

    private static let table: [String: Entry] = {
        var table: [String: Entry] = [:]
        func add(_ kind: ProviderError.Kind, _ groups: Set<SMSActivateAction.Group>, _ words: String) {
            for word in words.split(separator: " ") {
                precondition(
                    table.updateValue(Entry(kind: kind, groups: groups), forKey: String(word)) == nil,
                    "a refusal has one meaning: \(word)")
            }
        }
        add(
            .outOfStock, all,
            "NO_NUMBERS OUT_OF_STOCK NOT_AVAILABLE SERVICE_NOT_AVAILABLE SERVICE_UNAVAILABLE_REGION "
                + "OPERATORS_NOT_FOUND")
        add(.account(.balance), all, "NO_BALANCE LOW_BALANCE NO_MONEY NO_BALANCE_FORWARD")
        add(.overPrice, all, "WRONG_MAX_PRICE MAX_PRICE_EXCEEDED")
        add(.account(.credentials), all, "NO_KEY BAD_KEY WRONG_API_KEY NOT_AUTHORIZED")
        add(.account(.rating), all, "BANNED ACCOUNT_INACTIVE CHANNELS_LIMIT TOO_MANY_ACTIVE_RENTALS")
        add(
            .ourMistake, all,
            "BAD_SERVICE WRONG_SERVICE BAD_COUNTRY WRONG_COUNTRY BAD_STATUS BAD_DATA WRONG_EXCEPTION_PHONE "
                + "WRONG_SECURITY WRONG_ADDITIONAL_SERVICE REPEAT_ADDITIONAL_SERVICE UNPROCESSABLE_ENTITY "
                + "INVALID_TIME MAX_HOURS_EXCEED INCORECT_STATUS WRONG_DATE PARSE_COUNT_EXCEED")
        // A purchase that begins with nothing is never refused in words about an order.
        add(
            .orderFinished(.notFound), [.order, .list],
            "NO_ACTIVATION NO_ACTIVATIONS WRONG_ACTIVATION_ID INVALID_ACTIVATION_ID NOT_FOUND NO_ID_RENT INVALID_PHONE")
        add(
            .orderFinished(.expired), [.order, .list],
            "ACTIVATION_NOT_ACTIVE FREE_CANCELLATION_EXPIRED STATUS_CANCEL STATUS_FINISH STATUS_REVOKE "
                + "ALREADY_FINISH ALREADY_CANCEL RENT_DIE")
        add(.orderFinished(.hasSMS), [.order], "OTP_RECEIVED NEW_OTP_RECEIVED")
        add(.orderFinished(.noSMS), [.order], "NO_CALL")
        add(.orderFinished(.hosting), [.order], "CANT_CANCEL")
        add(
            .orderFinished(.notReusable), [.order],
            "RENEW_ACTIVATION_NOT_AVAILABLE NEW_ACTIVATION_IMPOSSIBLE SIM_OFFLINE")
        // The upstream stumbled: of a purchase or a change nobody knows how far it had come.
        add(.down, [.list], "ERROR_SQL SQL_ERROR SERVER_ERROR")
        return table
    }()

    /// What some write out.
    private static let sentences: [String: Entry] = [
        "country is incorrect": Entry(kind: .ourMistake, groups: all),
        "service is incorrect": Entry(kind: .ourMistake, groups: all),
    ]
}
