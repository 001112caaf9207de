import Contracts
import Kit

/// `verify`
package struct Verify: CommandArguments, Equatable {
    package var service = ""
    package var country = ""
    package var capability: Capability?
    package var `operator`: String?
    package var maxPrice: Money?
    package var cancelAfter: Int?

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.required("service", "<slug>", &service, "Whose code is to come: telegram.")
        arguments.required("country", "<slug>", &country, "Where the number is from: england, or GB.")
        arguments.optional("capability", "<how>", &capability, "sms (as when left out), voice or sms_and_voice.")
        arguments.optional("operator", "<slug>", &`operator`, "The number's operator; any when left out.")
        arguments.optional("max-price", "<usd>", &maxPrice, "Refuse to pay more than this.")
        arguments.optional(
            "cancel-after", "<seconds>", &cancelAfter,
            "Cancel, with the money back, when no code has come by then. The provider may take it only later.")
    }
}
