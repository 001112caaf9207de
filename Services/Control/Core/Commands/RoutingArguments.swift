import Kit

/// `routing what-if`
package struct WhatIfArguments: CommandArguments, Equatable {
    package var policy = ""
    package var from: Timestamp?
    package var to: Timestamp?
    package var service: String?
    package var country: String?

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.required(
            "policy", "<name=value,…>", &policy,
            "What is to be otherwise: waiting-per-minute (US dollars), silence and usual-wait (seconds), exploration "
                + "and margin (0 to 1).")
        arguments.optional("from", "<when>", &from, "No order before this day, or time, in UTC; else of a week.")
        arguments.optional("to", "<when>", &to, "No order from this day, or time, on.")
        arguments.optional("service", "<slug>", &service, "Only of this one.")
        arguments.optional("country", "<slug>", &country, "Only there.")
    }

    package var contradiction: String? {
        if let from, let to, from >= to { return "--from must lie before --to" }
        return nil
    }
}

/// `routing demand`
package struct DemandArguments: CommandArguments, Equatable {
    package var hours: Int?
    package var limit: Int?
    package var service: String?
    package var country: String?

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.optional("hours", "<number>", &hours, "How many hours, this one the first; else 6, at most 24.")
        arguments.optional("limit", "<number>", &limit, "Of so many services, those ordered most; else of 20.")
        arguments.optional("service", "<slug>", &service, "Only of this one.")
        arguments.optional("country", "<slug>", &country, "Only there.")
    }

    package var contradiction: String? {
        if let hours, !(1...24).contains(hours) { return "--hours must be from 1 to 24" }
        if let limit, !(1...1000).contains(limit) { return "--limit must be from 1 to 1000" }
        return nil
    }
}
