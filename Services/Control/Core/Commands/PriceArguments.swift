import Kit

/// `prices show`
package struct ShowPrices: CommandArguments, Equatable {
    package var country = ""
    package var service: String?
    package var provider: String?

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.required("country", "<slug>", &country, "By slug or ISO 3166 code: england, GB.")
        arguments.optional("service", "<slug>", &service, "Only this one.")
        arguments.optional("provider", "<name>", &provider, "Only what this one sells.")
    }
}

/// `prices sync`
package struct SyncPrices: CommandArguments, Equatable {
    package var provider: String?
    package var country: String?

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.optional("provider", "<name>", &provider, "Only this one; all when left out.")
        arguments.optional("country", "<slug>", &country, "Only this one; all when left out.")
    }
}

/// `prices set`
package struct SetPrice: CommandArguments, Equatable {
    package var service = ""
    package var country: String?
    package var price: Money?
    package var clears = false

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.required("service", "<slug>", &service, "The service.")
        arguments.optional("country", "<slug>", &country, "Only there; everywhere when left out.")
        arguments.optional("price", "<usd>", &price, "What an SMS verification costs, in US dollars: 0.99.")
        arguments.flag("clear", &clears, "Instead of a price: what the tier and the cost make of it again.")
    }

    package var contradiction: String? {
        (price == nil) == !clears ? "give either --price or --clear" : nil
    }
}
