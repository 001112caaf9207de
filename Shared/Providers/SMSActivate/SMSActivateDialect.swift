/// How one upstream speaks the SMS-Activate protocol: where it lives, and in what it differs from the others.
///
/// A value: another upstream of the family is one of the ready dialects with some knobs turned.
package struct SMSActivateDialect: Hashable, Sendable {
    /// Where the key of the account goes.
    package enum KeyPlace: Hashable, Sendable {
        case query
        case header(name: String, prefix: String)
    }

    /// What becomes of our own name of a purchase.
    package enum Reference: Hashable, Sendable {
        case notSent
        /// Sent, without a promise that it is looked at.
        case sent
        /// A second purchase under the same name is refused.
        case kept
    }

    /// A constant word: for the database, metrics and logs.
    package var name: String
    /// The whole address of the handler.
    package var baseURL: String
    package var keyPlace = KeyPlace.query
    /// Refusals come with a status of HTTP, as a rule as JSON; else everything comes with 200.
    package var refusesByStatus = false
    package var cancelCode = 8
    /// Whether `setStatus` knows 1, that the number was given to the service.
    package var hasReady = true
    package var hasBuyV2 = true
    package var hasStatusV2 = true
    /// Whether every message of an activation can be asked for, and not only the last.
    package var hasAllMessages = false
    /// Whether open activations, and those that ended, are listed.
    package var hasActive = true
    package var hasHistory = true
    package var hasRentals = true
    /// How many open activations come at once, where the list has pages.
    package var activePage: Int?
    package var reference = Reference.notSent
    /// Price lists are service → country, not country → service.
    package var listsPricesByService = false
    /// Ids of countries that are numbered otherwise here, or that only this upstream has.
    package var countryOverrides: [String: Int] = [:]
    package var lowercasesActions = false
    /// Knows neither a wrong key nor an unknown id, and calls both a bad action.
    package var blursBadActions = false
    /// US dollars for one unit of the account's currency.
    package var dollarsPerUnit = 1.0
    /// The account's currency, by its number in ISO 4217.
    package var currency = 840
    /// How long after buying a cancellation is refused.
    package var minimumCancel = Duration.seconds(120)
    /// How far the clock it writes without a zone is ahead of UTC. Nil where that is not known for certain: then its
    /// times are not read at all, because one that is off by hours makes a fresh code look old.
    package var clockOffset: Duration?

    package init(name: String, baseURL: String) {
        self.name = name
        self.baseURL = baseURL
    }

    /// The ids of countries here.
    package var countries: NameMap<Int> {
        countryOverrides.isEmpty
            ? SMSActivateCountryTable.ids : SMSActivateCountryTable.ids.overriding(countryOverrides)
    }

    // MARK: - Ready dialects

    /// The first of the family, closed since the end of 2025; what the others are measured against.
    package static let smsActivate: SMSActivateDialect = {
        var dialect = SMSActivateDialect(
            name: "sms-activate", baseURL: "https://api.sms-activate.ae/stubs/handler_api.php")
        dialect.reference = .kept
        return dialect
    }()

    /// HeroSMS, its successor.
    package static let hero: SMSActivateDialect = {
        var dialect = SMSActivateDialect(name: "hero", baseURL: "https://hero-sms.com/stubs/handler_api.php")
        dialect.refusesByStatus = true
        dialect.hasReady = false
        dialect.hasAllMessages = true
        // It rents, if at all, by a call of another shape that nobody here has seen answered.
        dialect.hasRentals = false
        dialect.activePage = 100
        dialect.reference = .sent
        dialect.countryOverrides = ["russia": 222, "southkorea": 190]
        return dialect
    }()

    /// GrizzlySMS.
    package static let grizzly: SMSActivateDialect = {
        var dialect = SMSActivateDialect(
            name: "grizzly", baseURL: "https://api.grizzlysms.com/stubs/handler_api.php")
        dialect.cancelCode = -1
        dialect.hasHistory = false
        dialect.hasRentals = false
        return dialect
    }()

    /// SMSBower, under one of its names.
    package static let smsBower: SMSActivateDialect = {
        var dialect = SMSActivateDialect(name: "smsbower", baseURL: "https://smsbower.online/stubs/handler_api.php")
        dialect.hasHistory = false
        dialect.hasRentals = false
        return dialect
    }()

    /// VAK-SMS: text alone. Its prices are in the currency of the account, which has to be set.
    package static let vak: SMSActivateDialect = {
        var dialect = SMSActivateDialect.plain(name: "vak", baseURL: "https://vak-sms.com/stubs/handler_api.php")
        dialect.blursBadActions = true
        return dialect
    }()

    /// Any other that knows the oldest part of the protocol, which nearly all do: buying, status, balance and prices.
    package static func plain(name: String, baseURL: String) -> SMSActivateDialect {
        var dialect = SMSActivateDialect(name: name, baseURL: baseURL)
        dialect.hasBuyV2 = false
        dialect.hasStatusV2 = false
        dialect.hasActive = false
        dialect.hasHistory = false
        dialect.hasRentals = false
        return dialect
    }
}
