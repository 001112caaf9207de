/// A 5SIM refusal: an HTTP status and a bare sentence. One constant for each that the provider is known to give.
package struct Refusal: Error, Hashable, Sendable {
    package let status: Int
    package let text: String

    package init(_ status: Int, _ text: String) {
        self.status = status
        self.text = text
    }

    // Buying. The first one travels with status 200, and is given for a country that does not exist as well.
    package static let noFreePhones = Refusal(200, "no free phones")
    package static let notEnoughBalance = Refusal(400, "not enough user balance")
    package static let notEnoughRating = Refusal(400, "not enough rating")
    package static let notEnoughQuantity = Refusal(400, "not enough product qty")
    package static let selectCountry = Refusal(400, "select country")
    package static let selectOperator = Refusal(400, "select operator")
    package static let badCountry = Refusal(400, "bad country")
    package static let badOperator = Refusal(400, "bad operator")
    package static let noProduct = Refusal(400, "no product")
    package static let productIsEmpty = Refusal(400, "product is empty")
    package static let serverOffline = Refusal(400, "server offline")
    /// The provider's words for this are not known; it is refused all the same, since forwarding costs a call.
    package static let badForwardingNumber = Refusal(400, "bad forwarding number")

    /// Of those who take the customer's own name of a purchase: it was made before.
    package static let referenceTaken = Refusal(400, "order already exists")

    // Guests.
    package static let countryIsIncorrect = Refusal(400, "country is incorrect")
    package static let productIsIncorrect = Refusal(400, "product is incorrect")

    // Reuse.
    package static let reuseNotPossible = Refusal(400, "reuse not possible")
    package static let reuseFalse = Refusal(400, "reuse false")
    package static let reuseExpired = Refusal(400, "reuse expired")

    // Orders. Documented with 404, seen with 400; the settings decide which is sent.
    package static let orderNotFound = Refusal(400, "order not found")
    package static let orderExpired = Refusal(400, "order expired")
    package static let orderHasSMS = Refusal(400, "order has sms")
    package static let orderNoSMS = Refusal(400, "order no sms")
    package static let hostingOrder = Refusal(400, "hosting order")
    package static let waitTime = Refusal(400, "you need to wait time")

    package static let recordNotFound = Refusal(400, "record not found")
    package static let unauthorized = Refusal(401, "Unauthorized")
    package static let internalError = Refusal(500, "internal error")
    package static let keyLimit = Refusal(429, "api limit is 100 requests per second")
    package static let addressLimit = Refusal(503, "ip address limit is 100 requests per second")

    /// The same words under another status.
    package func with(status: Int) -> Refusal { Refusal(status, text) }
}
