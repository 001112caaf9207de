import JSON
import Kit

/// The words of roles, kinds and states; services keep their rules, this is what the wire says.
package enum AccountWords {
    package static let roles = ["user", "support", "admin"]
    package static let kinds = ["person", "publisher"]
    package static let states = ["active", "closed"]
    /// Characters of a password; the service that hashes it also refuses more than 1024 bytes.
    package static let passwordLength = 10...1024
}

/// `POST /auth/register`
package struct RegisterAccount: JSONRecord, Hashable {
    package var email = ""
    package var password = ""
    package var name = ""

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("email", &email, .email)
        fields.required(
            "password", &password, .length(AccountWords.passwordLength),
            .note("At least 10 characters; none of the common ones, and not your e-mail address."))
        fields.required("name", &name, .length(1...120))
    }
}

/// `POST /auth/login`
package struct LogIn: JSONRecord, Hashable {
    package var email = ""
    package var password = ""

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("email", &email, .email)
        fields.required("password", &password, .length(1...1024))
    }
}

/// `POST /auth/refresh`
package struct RefreshSession: JSONRecord, Hashable {
    package var refreshToken = ""

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("refresh_token", &refreshToken, .length(1...256))
    }
}

/// The answer to a log-in and to a refresh.
package struct SessionBody: JSONRecord, Hashable {
    package var accessToken = ""
    package var refreshToken = ""
    package var tokenType = "Bearer"
    /// Seconds until the access token ends.
    package var expiresIn = 0

    package init() {}
    package init(accessToken: String, refreshToken: String, expiresIn: Int) {
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.expiresIn = expiresIn
    }

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("access_token", &accessToken)
        fields.required("refresh_token", &refreshToken, .note("Good once, for 30 days."))
        fields.required("token_type", &tokenType, .oneOf(["Bearer"]))
        fields.required("expires_in", &expiresIn, .note("Seconds until the access token ends."))
    }
}

/// An account as itself and administrators see it.
package struct AccountBody: JSONRecord, Hashable {
    package var id = ID.zero
    package var email: String?
    package var name = ""
    package var role = ""
    package var kind = ""
    package var status = ""
    /// Requests a minute: null for the usual number, 0 for no limit.
    package var rateLimitPerMinute: Int?
    package var createdAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.nullable("email", &email)
        fields.required("name", &name)
        fields.required("role", &role, .oneOf(AccountWords.roles))
        fields.required("kind", &kind, .oneOf(AccountWords.kinds))
        fields.required("status", &status, .oneOf(AccountWords.states))
        fields.nullable(
            "rate_limit_per_minute", &rateLimitPerMinute,
            .note("Requests a minute; null for the usual number, 0 for no limit."))
        fields.required("created_at", &createdAt)
    }
}

/// `PATCH /me`
package struct ChangeAccount: JSONRecord, Hashable {
    package var name = ""

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("name", &name, .length(1...120))
    }
}

/// `POST /me/api-keys`, `POST /admin/users/{id}/api-keys`
package struct CreateAPIKey: JSONRecord, Hashable {
    package var name = ""

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("name", &name, .length(1...120), .note("What you will know the key by."))
    }
}

/// One key of `GET /me/api-keys`: never the key itself.
package struct APIKeyBody: JSONRecord, Hashable {
    package var id = ID.zero
    package var name = ""
    package var prefix = ""
    package var createdAt = Timestamp(microseconds: 0)
    package var lastUsedAt: Timestamp?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("name", &name)
        fields.required("prefix", &prefix, .note("The first characters of the key."))
        fields.required("created_at", &createdAt)
        fields.nullable("last_used_at", &lastUsedAt, .note("To the minute."))
    }
}

/// A key just made: the only time that it is shown.
package struct CreatedAPIKeyBody: JSONRecord, Hashable {
    package var id = ID.zero
    package var name = ""
    package var prefix = ""
    package var key = ""
    package var createdAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("name", &name)
        fields.required("prefix", &prefix)
        fields.required("key", &key, .note("The key. It is shown this once."))
        fields.required("created_at", &createdAt)
    }
}

/// `POST /admin/users`
package struct CreateUser: JSONRecord, Hashable {
    package var email: String?
    package var name = ""
    package var role = ""
    package var kind: String?
    package var password: String?
    package var rateLimitPerMinute: Int?
    package var apiKey: Bool?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("email", &email, .email)
        fields.required("name", &name, .length(1...120))
        fields.required("role", &role, .oneOf(AccountWords.roles))
        fields.optional("kind", &kind, .oneOf(AccountWords.kinds), .note("person, unless told otherwise."))
        fields.optional(
            "password", &password, .length(AccountWords.passwordLength), .note("Needs an e-mail address beside it."))
        fields.optional(
            "rate_limit_per_minute", &rateLimitPerMinute, .range(0...1_000_000),
            .note("Requests a minute; absent for the usual number, 0 for no limit."))
        fields.optional("api_key", &apiKey, .note("Whether to make a key as well."))
    }
}

/// The answer to `POST /admin/users`: the account and, if one was asked for, its key, shown this once.
package struct CreatedUserBody: JSONRecord, Hashable {
    package struct Key: JSONRecord, Hashable {
        package var id = ID.zero
        package var key = ""

        package init() {}
        package init(id: ID, key: String) {
            self.id = id
            self.key = key
        }

        package mutating func map(_ fields: inout some JSONMapper) {
            fields.required("id", &id)
            fields.required("key", &key)
        }
    }

    package var account = AccountBody()
    package var apiKey: Key?

    package init() {}
    package init(account: AccountBody, apiKey: Key?) {
        self.account = account
        self.apiKey = apiKey
    }

    package mutating func map(_ fields: inout some JSONMapper) {
        account.map(&fields)
        fields.nullable("api_key", &apiKey)
    }
}

/// `PUT /admin/users/{id}/roles`
package struct SetRole: JSONRecord, Hashable {
    package var role = ""

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("role", &role, .oneOf(AccountWords.roles))
    }
}

/// One entry of `GET /admin/audit-log`.
package struct AuditBody: JSONRecord, Hashable {
    package var id = ID.zero
    package var at = Timestamp(microseconds: 0)
    package var action = ""
    package var actorID = ID.zero
    package var userID = ID.zero
    package var details = JSON.object([])
    package var traceID: String?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("at", &at)
        fields.required("action", &action)
        fields.required("actor_id", &actorID, .note("Who did it."))
        fields.required("user_id", &userID, .note("Whose account it was done to."))
        fields.required("details", &details)
        fields.nullable("trace_id", &traceID)
    }
}
