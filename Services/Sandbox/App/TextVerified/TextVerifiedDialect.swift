import HTTPServer
import JSON
import Kit
import SandboxCore

/// TextVerified: a token that is had for a key, so that endpoints look at it themselves; refusals as a status with an
/// empty body, and in JSON where something is bought.
struct TextVerifiedDialect: Dialect {
    func account(of request: HTTPRequest, in seller: Seller) throws(Refusal) -> Int { throw .unauthorized }

    func orderID(_ text: String) -> Int64? { OpaqueID.number("lr_", text) ?? Int64(text) }

    func reference(of order: Order) -> String { TextVerifiedWriter.id(order) }

    var notices: NoticePolicy { .textVerified }

    func settle(_ world: inout Upstream.World, at now: Timestamp) {
        world.textVerified.settle(&world.seller, &world.notices, at: now)
    }

    func response(to refusal: Refusal) -> HTTPResponse {
        switch refusal {
        case .noFreePhones, .notEnoughQuantity, .serverOffline:
            error("OutOfStock", "There are no numbers available for this service at the moment.")
        case .notEnoughBalance: error("InsufficientBalance", "You do not have enough credits for this purchase.")
        case .notEnoughRating: error("TooManyUnfinishedVerifications", "Too many of your verifications are open.")
        case .noProduct, .productIsEmpty, .productIsIncorrect:
            error("InvalidService", "This service does not exist, or not for this kind of number.")
        case .badOperator, .selectOperator: error("InvalidCarrier", "The carrier is not known.")
        case .overPrice: error("MaxPriceExceeded", "The price is higher than the maximum price of the request.")
        case .reuseNotPossible, .reuseFalse, .reuseExpired:
            error("NotReusable", "This verification can no longer be used again.")
        case .invalidRequest: error("InvalidRequest", "The request is not well-formed.")
        case .unauthorized: HTTPResponse(401)
        case .keyLimit, .addressLimit: HTTPResponse(429)
        case .internalError: HTTPResponse(500)
        case _ where refusal.status == 429: HTTPResponse(429)
        // What is known of an order is not worth a word.
        case _ where Self.silent.contains(refusal.text): HTTPResponse(refusal.text == "order not found" ? 404 : 400)
        default: .text(refusal.status, refusal.text)
        }
    }

    private static let silent = Set(
        [Refusal.orderNotFound, .orderExpired, .orderHasSMS, .orderNoSMS, .hostingOrder, .waitTime].map(\.text))

    private func error(_ code: String, _ description: String) -> HTTPResponse {
        .json(400, ["errorCode": .string(code), "errorDescription": .string(description)] as JSON)
    }
}

extension Refusal {
    static let overPrice = Refusal(400, "price above maximum")
    static let invalidRequest = Refusal(400, "invalid request")
}
