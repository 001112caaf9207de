import HTTPClient
import JSON
import Kit
@testable import Providers
import Testing

/// Every row of the protocol's error table, and every way its words are dressed.
@Suite struct SMSActivateAnswerTests {
    static let purchases = SMSActivateAction.allCases.filter { $0.group == .purchase }
    static let orders = SMSActivateAction.allCases.filter { $0.group == .order }
    static let lists = SMSActivateAction.allCases.filter { $0.group == .list }
    static let all = SMSActivateAction.allCases

    static func read(
        _ status: Int, _ body: String, _ action: SMSActivateAction, _ dialect: SMSActivateDialect = .smsActivate,
        retryAfter: Int? = nil
    ) -> Result<SMSActivateAnswer.Content, ProviderError> {
        SMSActivateAnswer.read(
            status: status, body: Array(body.utf8), action: action, dialect: dialect, retryAfter: retryAfter)
    }

    static func kind(
        _ status: Int, _ body: String, _ action: SMSActivateAction, _ dialect: SMSActivateDialect = .smsActivate,
        retryAfter: Int? = nil
    ) -> ProviderError.Kind? {
        switch read(status, body, action, dialect, retryAfter: retryAfter) {
        case .success: nil
        case .failure(let error): error.kind
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let words: String
        let actions: [SMSActivateAction]
        let kind: ProviderError.Kind
        var testDescription: String { String(words.prefix(40)) }

        init(_ words: String, _ actions: [SMSActivateAction], _ kind: ProviderError.Kind) {
            self.words = words
            self.actions = actions
            self.kind = kind
        }
    }

    static let table: [Row] = [
        Row("NO_NUMBERS OUT_OF_STOCK", purchases, .outOfStock),
        Row("NOT_AVAILABLE SERVICE_NOT_AVAILABLE SERVICE_UNAVAILABLE_REGION", purchases, .outOfStock),
        Row("OPERATORS_NOT_FOUND", [.operators], .outOfStock),
        Row("NO_BALANCE LOW_BALANCE NO_MONEY NO_BALANCE_FORWARD", purchases, .account(.balance)),
        Row("WRONG_MAX_PRICE:0.35 MAX_PRICE_EXCEEDED", purchases, .overPrice),
        Row("NO_KEY BAD_KEY WRONG_API_KEY NOT_AUTHORIZED", all, .account(.credentials)),
        Row("BANNED CHANNELS_LIMIT ACCOUNT_INACTIVE TOO_MANY_ACTIVE_RENTALS", purchases, .account(.rating)),
        Row("BAD_ACTION", all, .ourMistake),
        Row(
            "BAD_SERVICE WRONG_SERVICE BAD_COUNTRY WRONG_COUNTRY BAD_DATA WRONG_EXCEPTION_PHONE", purchases, .ourMistake
        ),
        Row("BAD_STATUS BAD_SERVICE", [.finish, .cancel, .another, .ready], .ourMistake),
        Row("WRONG_SECURITY WRONG_ADDITIONAL_SERVICE REPEAT_ADDITIONAL_SERVICE UNPROCESSABLE_ENTITY", all, .ourMistake),
        Row("INVALID_TIME MAX_HOURS_EXCEED", [.rent, .extendRental, .rentalOffers], .ourMistake),
        Row("INCORECT_STATUS", [.finishRental, .cancelRental], .ourMistake),
        Row("WRONG_DATE", [.history], .ourMistake),
        Row(
            "NO_ACTIVATION WRONG_ACTIVATION_ID INVALID_ACTIVATION_ID NOT_FOUND",
            [.check, .checkV2, .finish, .cancel, .another], .orderFinished(.notFound)),
        Row("NO_ID_RENT INVALID_PHONE", [.rentalStatus, .finishRental, .cancelRental], .orderFinished(.notFound)),
        Row("ACTIVATION_NOT_ACTIVE FREE_CANCELLATION_EXPIRED", [.messages, .cancel], .orderFinished(.expired)),
        Row("STATUS_CANCEL", [.finish, .cancel, .another], .orderFinished(.expired)),
        Row("ALREADY_FINISH ALREADY_CANCEL", [.finishRental, .cancelRental], .orderFinished(.expired)),
        Row("RENT_DIE", [.extendRental], .orderFinished(.expired)),
        Row("OTP_RECEIVED NEW_OTP_RECEIVED", [.cancel], .orderFinished(.hasSMS)),
        Row("CANT_CANCEL", [.cancelRental], .orderFinished(.hosting)),
        Row(
            "RENEW_ACTIVATION_NOT_AVAILABLE NEW_ACTIVATION_IMPOSSIBLE SIM_OFFLINE", [.extra, .extraQuote],
            .orderFinished(.notReusable)),
        Row("EARLY_CANCEL_DENIED", [.cancel], .tooEarly(retryAfter: .seconds(30))),
        Row("RATE_LIMIT", all, .retryLater(after: .seconds(5))),
        Row("TRY_AGAIN", all, .retryLater(after: .seconds(2))),
        Row("ERROR_SQL SQL_ERROR SERVER_ERROR", lists, .down),
        Row("ERROR_SQL SQL_ERROR SERVER_ERROR", purchases, .ambiguous),
        Row("SOMETHING_NEW", purchases, .ambiguous),
        Row(
            "NO_ACTIVATION NOT_FOUND STATUS_CANCEL OTP_RECEIVED RENT_DIE EARLY_CANCEL_DENIED SIM_OFFLINE",
            [.buy, .buyV2, .rent], .ambiguous),
        Row("SOMETHING_NEW", [.finish, .cancel, .another], .ambiguous),
    ]

    @Test("A refusal means the same as text, as an error in JSON, and under a title with a status", arguments: table)
    func words(_ row: Row) {
        for word in row.words.split(separator: " ") {
            for action in row.actions {
                let bodies = [
                    "\(word)", "  \(word)\n", "\u{FEFF}\(word)", "\"\(word)\"",
                    #"{"status":"error","error":"\#(word)"}"#, #"{"status":"error","message":"\#(word)","info":[]}"#,
                    #"{"title":"\#(word)","details":"Said otherwise"}"#,
                ]
                for body in bodies { #expect(Self.kind(200, body, action) == row.kind, "\(action): \(body)") }
                let status = #"{"title":"\#(word)","details":"Said otherwise"}"#
                #expect(Self.kind(409, status, action, .hero) == row.kind, "\(action): \(word) with a status")
            }
        }
    }

    @Test("No purchase takes an order's words of the past for anything but a refusal or a doubt, and never for a sale")
    func purchases() {
        for action in Self.purchases {
            for body in [
                "", "null", "[]", "true", "STATUS_OK:12345", "ACCESS_READY", "Sorry, try later", "<html>x</html>",
            ] {
                let kind = Self.kind(200, body, action)
                // JSON that is no complaint is looked at by whoever asked.
                #expect(kind == .ambiguous || ["null", "[]", "true"].contains(body), "\(action): \(body)")
            }
            for status in [301, 403, 404, 500, 502, 503, 504] {
                #expect(Self.kind(status, "<html>Bad Gateway</html>", action) == .ambiguous)
                #expect(Self.kind(status, "", action) == .ambiguous)
            }
            #expect(Self.kind(500, "NO_NUMBERS", action) == .ambiguous, "an answer of 500 refuses nothing")
        }
    }

    @Test("Words that are an answer are no refusals, and what stands behind the first colon is kept with its colons")
    func answers() throws {
        #expect(
            try Self.read(200, "ACCESS_NUMBER:635468024:79584123456", .buy).get()
                == .word("ACCESS_NUMBER", rest: "635468024:79584123456"))
        #expect(
            try Self.read(200, "STATUS_OK:Your code: 12:34", .check).get()
                == .word("STATUS_OK", rest: "Your code: 12:34"))
        for word in ["STATUS_CANCEL", "STATUS_WAIT_CODE", "STATUS_WAIT_RESEND", "STATUS_NEW"] {
            #expect(try Self.read(200, word, .checkV2).get() == .word(word, rest: nil))
        }
        #expect(
            try Self.read(200, #"{"status":"error","error":"NO_ACTIVATIONS"}"#, .active).get()
                == .word("NO_ACTIVATIONS", rest: nil))
        #expect(
            try Self.read(200, #"{"status":"error","message":"STATUS_WAIT_CODE"}"#, .rentalStatus).get()
                == .word("STATUS_WAIT_CODE", rest: nil))
        #expect(
            try Self.read(200, #"{"status":"error","message":"NO_NUMBERS"}"#, .rentals).get()
                == .word("NO_NUMBERS", rest: nil))
        #expect(
            try Self.read(409, #"{"title":"ORDER_ALREADY_EXISTS","details":""}"#, .buyV2, .hero).get()
                == .word("ORDER_ALREADY_EXISTS", rest: nil))
        #expect(Self.kind(200, "ORDER_ALREADY_EXISTS", .buy) == .ambiguous)
    }

    @Test("An answer without a body says that a change was made, and nothing else")
    func empty() {
        for status in [200, 204] {
            for action in Self.all {
                #expect((Self.kind(status, "", action) == nil) == action.takesNothing, "\(action)")
            }
        }
    }

    @Test("The first byte says whether it is JSON")
    func firstByte() throws {
        #expect(try Self.read(200, " \n{\"187\":{}}", .prices).get() == .json(["187": [:]]))
        #expect(try Self.read(200, "\u{FEFF}[]", .history).get() == .json([]))
        #expect(Self.kind(200, "{broken", .prices) == .down)
        #expect(Self.kind(200, #"{"status":"false","msg":"country is incorrect"}"#, .prices) == .ourMistake)
    }

    @Test("How long a cancellation is too early is read where it is told")
    func early() {
        let told = #"{"title":"EARLY_CANCEL_DENIED","details":"x","info":{"minActivationTime":120}}"#
        #expect(Self.kind(409, told, .cancel, .hero) == .tooEarly(retryAfter: .seconds(120)))
        #expect(Self.kind(200, "EARLY_CANCEL_DENIED", .cancel) == .tooEarly(retryAfter: .seconds(30)))
    }

    @Test("A status alone refuses where refusals have one; a page in between is none of the upstream's words")
    func statuses() {
        #expect(Self.kind(401, #"{"details":"Unauthorized"}"#, .balance, .hero) == .account(.credentials))
        #expect(Self.kind(402, "Payment required", .buyV2, .hero) == .account(.balance))
        #expect(Self.kind(429, "slow down", .check, .hero, retryAfter: 7) == .retryLater(after: .seconds(7)))
        #expect(Self.kind(429, "", .buyV2, .smsActivate) == .retryLater(after: .seconds(5)))
        #expect(Self.kind(403, "<html>challenge</html>", .balance, .hero) == .down)
        #expect(Self.kind(401, "<html>proxy</html>", .buyV2, .hero) == .ambiguous)
    }

    @Test("Where a wrong key is called a bad action, it is taken for one")
    func blurred() {
        #expect(Self.kind(200, "BAD_ACTION", .balance, .vak) == .account(.credentials))
        #expect(Self.kind(200, "BAD_ACTION", .balance, .grizzly) == .ourMistake)
    }

    @Test("A word nobody knows is about what was asked if it has a status of refusal, else about the upstream")
    func unknownWords() {
        for action in Self.lists {
            #expect(Self.kind(200, "SOMETHING_NEW", action) == .down, "\(action)")
            #expect(Self.kind(409, #"{"title":"SOMETHING_NEW"}"#, action, .hero) == .ourMistake, "\(action)")
        }
    }

    @Test("The text of a refusal is kept for operators, without numbers")
    func text() {
        guard case .failure(let error) = Self.read(200, "BANNED:'2026-01-02 03-04-05'", .buy) else {
            Issue.record("a refusal was taken for a sale")
            return
        }
        #expect(error.text == "BANNED:'####-01-02 03-04-05'")
    }

    @Test("Reads may be asked again, what spends is sent once, and only finishing may arrive twice")
    func effects() {
        for action in Self.all {
            switch action {
            case .buy, .buyV2, .extra, .rent, .extendRental, .another, .cancel, .cancelRental:
                #expect(action.effect == .once, "\(action)")
            case .ready, .finish, .finishRental: #expect(action.effect == .repeatable, "\(action)")
            default: #expect(action.effect == .none && action.isRead, "\(action)")
            }
        }
    }
}
