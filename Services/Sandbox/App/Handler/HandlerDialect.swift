import HTTPServer
import JSON
import Kit
import Providers
import SandboxCore
import Synchronization

/// The SMS-Activate protocol: a key in the query or in a header, and refusals that are one word.
///
/// Life: as long as its upstream. Holds what scripts set, behind a lock of its own that is held for moments.
final class HandlerDialect: Dialect {
    let vendor: Vendor
    /// The ids that countries have here.
    let countries: NameMap<Int>
    private let state: Mutex<HandlerSettings>

    init(_ vendor: Vendor) {
        self.vendor = vendor
        let known: SMSActivateDialect = vendor == .hero ? .hero : .smsActivate
        countries = known.countries
        state = Mutex(.usual(vendor))
    }

    var settings: HandlerSettings { state.withLock { $0 } }
    func change(_ body: (inout HandlerSettings) -> Void) { state.withLock { body(&$0) } }
    func reset() { state.withLock { $0 = .usual(vendor) } }

    func settle(_ world: inout Upstream.World, at now: Timestamp) {
        world.seller.advance(to: now)
        let writer = HandlerWriter(self)
        for receipt in world.seller.takeReceipts() {
            guard let order = world.seller.order(receipt.order), order.messages.indices.contains(receipt.message)
            else { continue }
            let body = writer.notice(order, order.messages[receipt.message], world.seller).bytes
            world.notices.note(at: now) { _ in body }
        }
    }

    func account(of request: HTTPRequest, in seller: Seller) throws(Refusal) -> Int {
        var key = request.value("api_key")
        if key == nil, let header = request.headers["Authorization"], header.hasPrefix("ApiKey ") {
            key = String(header.dropFirst(7))
        }
        guard let key = key ?? request.headers["X-ApiKey"] else { throw Refusal(401, "NO_KEY") }
        guard let known = seller.account(token: key) else { throw .unauthorized }
        return known
    }

    func response(to refusal: Refusal) -> HTTPResponse { response(to: refusal, info: nil) }

    func response(to refusal: Refusal, info: JSON?) -> HTTPResponse {
        let settings = settings
        guard let word = Self.word(refusal, hasExtras: settings.hasExtras) else {
            return .text(refusal.status, refusal.text, type: textType)
        }
        let head = String(word.prefix { $0 != ":" })
        // Even where refusals are JSON, an empty stock is a bare word.
        guard settings.refusesByStatus, head != "NO_NUMBERS" else { return .text(200, word, type: textType) }
        var members: [JSON.Member] = [
            .init("title", .string(word)), .init("details", .string(Self.details[head] ?? "The request was refused.")),
        ]
        if let info { members.append(.init("info", info)) }
        return HTTPResponse(
            Self.status(head), headers: ["Content-Type": jsonType], body: JSON.object(members).bytes)
    }

    /// What a word is said to be, and what JSON is.
    var textType: String { settings.callsAllHTML ? Self.html : "text/plain; charset=utf-8" }
    var jsonType: String { settings.callsAllHTML ? Self.html : "application/json" }
    private static let html = "text/html; charset=UTF-8"

    /// The protocol's word for a refusal of the seller's; its own are words already. nil for a script's sentence.
    private static func word(_ refusal: Refusal, hasExtras: Bool) -> String? {
        switch refusal.text {
        case Refusal.noFreePhones.text, Refusal.notEnoughQuantity.text: return "NO_NUMBERS"
        case Refusal.notEnoughBalance.text: return "NO_BALANCE"
        case Refusal.notEnoughRating.text: return "BANNED:'2031-01-01 00:00:00'"
        case Refusal.badCountry.text, Refusal.selectCountry.text, Refusal.countryIsIncorrect.text: return "BAD_COUNTRY"
        case Refusal.noProduct.text, Refusal.productIsEmpty.text, Refusal.productIsIncorrect.text: return "BAD_SERVICE"
        case Refusal.badOperator.text, Refusal.selectOperator.text: return "BAD_DATA"
        case Refusal.orderNotFound.text, Refusal.orderExpired.text: return hasExtras ? "NOT_FOUND" : "NO_ACTIVATION"
        case Refusal.orderHasSMS.text: return hasExtras ? "OTP_RECEIVED" : "BAD_STATUS"
        case Refusal.orderNoSMS.text: return "BAD_STATUS"
        case Refusal.waitTime.text: return "EARLY_CANCEL_DENIED"
        case Refusal.reuseNotPossible.text, Refusal.reuseFalse.text, Refusal.reuseExpired.text:
            return "RENEW_ACTIVATION_NOT_AVAILABLE"
        case Refusal.referenceTaken.text: return "ORDER_ALREADY_EXISTS"
        case Refusal.unauthorized.text: return "BAD_KEY"
        case Refusal.internalError.text: return "ERROR_SQL"
        case Refusal.keyLimit.text, Refusal.addressLimit.text: return "RATE_LIMIT"
        case Refusal.serverOffline.text: return "SERVER_ERROR"
        case let text:
            let head = text.prefix { $0 != ":" }
            return head.utf8.count > 2
                && head.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
                ? text : nil
        }
    }

    private static func status(_ word: String) -> Int {
        switch word {
        case "NO_KEY", "BAD_KEY": 401
        case "NO_BALANCE": 402
        case "BANNED", "CHANNELS_LIMIT": 403
        case "NOT_FOUND", "BAD_ACTION": 404
        case "OTP_RECEIVED", "EARLY_CANCEL_DENIED", "TRY_AGAIN", "ORDER_ALREADY_EXISTS", "ACTIVATION_NOT_ACTIVE": 409
        case "UNPROCESSABLE_ENTITY": 422
        case "RATE_LIMIT": 429
        case "ERROR_SQL", "SERVER_ERROR": 500
        default: 400
        }
    }

    private static let details = [
        "NO_KEY": "Unauthorized", "BAD_KEY": "Unauthorized", "NO_BALANCE": "Not enough funds",
        "NOT_FOUND": "Activation Not Found", "BAD_ACTION": "Method Not Found",
        "EARLY_CANCEL_DENIED": "The activation cannot be cancelled yet", "RATE_LIMIT": "Too Many Requests",
    ]
}
