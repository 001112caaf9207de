import Kit

/// `user add`
package struct AddUser: CommandArguments, Equatable {
    package enum Role: String, CaseIterable, ArgumentValue, Sendable {
        case user, support, admin
    }

    package var email: String?
    package var name = ""
    package var role: Role?
    package var password: String?
    package var rateLimit: Int?
    package var hasNoRateLimit = false
    package var wantsAPIKey = false

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.required("name", "<name>", &name, "What the account is called.")
        arguments.optional("email", "<address>", &email, "The e-mail address to log in with.")
        arguments.optional("role", "<role>", &role, "user (as when left out), support or admin.")
        arguments.optional("password", "<password>", &password, "Needs --email; at least 10 characters.")
        arguments.optional("rate-limit", "<n>", &rateLimit, "Requests a minute, instead of the usual number.")
        arguments.flag("no-rate-limit", &hasNoRateLimit, "As many requests as it likes; for load tests.")
        arguments.flag("api-key", &wantsAPIKey, "Make an API key too, and print it this once.")
    }

    package var contradiction: String? {
        if rateLimit != nil, hasNoRateLimit { return "--rate-limit and --no-rate-limit exclude each other" }
        if rateLimit == 0 { return "--rate-limit must be at least 1; --no-rate-limit is for no limit" }
        if password != nil, email == nil { return "--password needs --email beside it" }
        return nil
    }

    /// As the gateway takes it: nothing for the usual number, zero for no limit.
    package var rateLimitPerMinute: Int? { hasNoRateLimit ? 0 : rateLimit }
}

/// `top-up`
package struct AddCredit: CommandArguments, Equatable {
    package var user = ID.zero
    package var amount = Money.zero
    package var reference: String?

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.required("user", "<id>", &user, "The account to credit.")
        arguments.required("amount", "<usd>", &amount, "How much, in US dollars: 100 or 0.75.")
        arguments.optional(
            "reference", "<text>", &reference,
            "Your own note, such as a payment's number. Within a day, the same one credits the account once.")
    }

    package var contradiction: String? {
        (idempotencyKey?.utf8.count ?? 0) > 255 ? "--reference is too long" : nil
    }

    /// The same for the same account and reference, so that a top-up tried again is not made twice.
    package var idempotencyKey: String? {
        reference.map { "top-up:\(user):\(PublisherAccess.segment($0))" }
    }
}

/// `publisher add`
package struct AddPublisher: CommandArguments, Equatable {
    package var name: String?
    package var account: ID?
    package var connections: Int?
    package var channels: Int?

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.optional("name", "<name>", &name, "What the new account is called.")
        arguments.optional(
            "account", "<id>", &account,
            "Instead of a new account: give this one its access, or a new password in place of the old.")
        arguments.optional("max-connections", "<n>", &connections, "Connections open at once; 10 when left out.")
        arguments.optional("max-channels", "<n>", &channels, "Channels open at once; 50 when left out.")
    }

    package var contradiction: String? {
        if (name == nil) == (account == nil) { return "give either --name for a new account, or --account" }
        if connections == 0 || channels == 0 { return "without a connection or a channel nothing can be published" }
        return nil
    }
}

/// `publisher remove`
package struct RemovePublisher: CommandArguments, Equatable {
    package var account = ID.zero
    package var keepsQueue = false

    package init() {}

    package mutating func map(_ arguments: inout some ArgumentMapper) {
        arguments.required("account", "<id>", &account, "The publisher's account.")
        arguments.flag("keep-queue", &keepsQueue, "Leave the results that nobody has read yet.")
    }
}
