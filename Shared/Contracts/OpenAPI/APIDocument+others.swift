import JSON
import Kit

extension APIDocument {
    static let moneyOperations: [APIOperation] = [
        APIOperation(
            "GET", "/billing/balance", "getBalance", tag: "Money", "Your credit",
            answers: [.json(200, "What is free, and what is held for running verifications.", BalanceBody.self)]),
        APIOperation(
            "GET", "/billing/transactions", "listTransactions", tag: "Money",
            "Movements of your credit, the newest first",
            answers: [.json(200, "A page of them.", PageBody<TransactionBody>.self)]
        )
        .taking(
            .words("kind", "Only these.", TransactionBody.Kind.allCases.map(\.rawValue)),
            .query("verification_id", "Only those of this verification.", ID.schema), .from, .to, .limit, .cursor),
        APIOperation(
            "POST", "/billing/top-up", "topUp", tag: "Money", "Add credit to an account",
            answers: [
                .json(201, "It is there.", TopUpBody.self, headers: ["Idempotent-Replayed"]),
                .json(
                    202, "Taken on; the ledger has not posted it yet.", TopUpBody.self, headers: ["Idempotent-Replayed"]
                ),
            ]
        )
        .access(.role("admin")).taking(.idempotencyKey).receiving(
            CreateTopUp.self,
            for: [
                "user_id": "0192f5c0-7c3e-7a10-8a55-3f1f6c0e9b21", "amount": ["amount": "25.00", "currency": "USD"],
                "reference": "invoice 2026-114",
            ]
        )
        .refusing(.idempotencyInProgress, .idempotencyMismatch, .brokerUnavailable),
        APIOperation(
            "GET", "/api/{provider}/balance", "getProviderBalance", tag: "Administration", "How a provider stands",
            answers: [.json(200, "Our money there, and whether it is used.", ProviderBalanceBody.self)]
        )
        .access(.role("support")).taking(provider("provider")),
    ]

    private static func provider(_ name: String) -> APIOperation.Parameter {
        APIOperation.Parameter(
            place: .path, name: name, summary: "For example 5sim.",
            schema: ["type": "string", "pattern": "^[a-z0-9_-]{1,64}$"], isRequired: true)
    }

    static let providerOperations: [APIOperation] = [
        APIOperation(
            "GET", "/api/providers", "listProviders", tag: administration, "The providers, and how each stands",
            answers: [.json(200, "All of them.", ListBody<ProviderBody>.self)]
        )
        .access(.role("support")),
        APIOperation(
            "PUT", "/api/providers/{provider}", "setProvider", tag: administration, "Change how a provider is used",
            answers: [.json(202, "As it will be within a second or two.", ProviderBody.self)]
        )
        .described(
            """
            Disabled, it gets no new order; those it has go on. Pinned, it gets every order that it can serve. A weight \
            above 1 has it liked better than its figures say.
            """
        )
        .access(.role("admin")).taking(provider("provider")).receiving(ChangeProvider.self, for: ["weight": 1.5]),
        APIOperation(
            "POST", "/api/providers/{provider}/probe", "probeProvider", tag: administration,
            "Have a provider looked at now", answers: [.empty(202, "GET /api/providers shows it in a moment.")]
        )
        .access(.role("admin")).taking(provider("provider")),
        APIOperation(
            "GET", "/api/providers/failovers", "listFailovers", tag: administration,
            "When a provider was left for another or its breaker moved, the newest first",
            answers: [.json(200, "A page of them.", PageBody<FailoverBody>.self)]
        )
        .access(.role("support"))
        .taking(
            .slug("provider", "Only of this one."),
            .words("kind", "Only these.", ["breaker", "order"]), .limit, .cursor),
    ]

    static let liveOperations: [APIOperation] = [
        APIOperation(
            "GET", "/events", "streamEvents", tag: "Live", "What happens to your account, as Server-Sent Events",
            answers: [
                .text("Events for as long as the connection stands; a comment every 15 seconds.", "text/event-stream")
            ]
        )
        .described("`data` of each is an `Event`. After a break send the last `id` you have to get what you missed.")
        .taking(.header("Last-Event-ID", "The last event you have.", ID.schema)),
        APIOperation(
            "GET", "/ws", "openWebSocket", tag: "Live", "The same over a WebSocket",
            answers: [.empty(101, "Each message is an `Event`.")]
        )
        .described(
            """
            RFC 6455. Offer the subprotocols `namaskah` and your token or key, or send \
            `{"token":"…","last_event_id":"…"}` as the first message within ten seconds; without a valid token the \
            socket is closed with 4401.
            """
        )
        .access(.open).refusing(.unauthenticated),
    ]

    static let accountOperations: [APIOperation] = [
        APIOperation(
            "POST", "/auth/register", "register", tag: "Accounts", "Make an account",
            answers: [.json(201, "The account. Log in next.", AccountBody.self)]
        )
        .access(.open).receiving(
            RegisterAccount.self,
            for: ["email": "ann@example.com", "password": "seven green bottles", "name": "Ann Example"]
        )
        .refusing(.emailTaken),
        APIOperation(
            "POST", "/auth/login", "logIn", tag: "Accounts", "Log in",
            answers: [.json(200, "An access token for 15 minutes and a refresh token for 30 days.", SessionBody.self)]
        )
        .access(.open).receiving(LogIn.self, for: ["email": "ann@example.com", "password": "seven green bottles"])
        .refusing(.unauthenticated),
        APIOperation(
            "POST", "/auth/refresh", "refresh", tag: "Accounts", "New tokens for a refresh token",
            answers: [.json(200, "A new pair; the old refresh token is used up.", SessionBody.self)]
        )
        .described("A refresh token that comes a second time ends its session: somebody else has it.")
        .access(.open).receiving(RefreshSession.self, for: ["refresh_token": "the refresh_token of the last answer"])
        .refusing(.unauthenticated),
        APIOperation(
            "POST", "/auth/logout", "logOut", tag: "Accounts", "End this session",
            answers: [.empty(204, "Its tokens are of no use any more.")]
        )
        .refusing(.conflict),
        APIOperation(
            "GET", "/me", "getMe", tag: "Accounts", "Your account",
            answers: [.json(200, "It.", AccountBody.self)]
        ).refusing(.notFound),
        APIOperation(
            "PATCH", "/me", "changeMe", tag: "Accounts", "Change your name",
            answers: [.json(200, "The account as it is now.", AccountBody.self)]
        )
        .receiving(ChangeAccount.self, for: ["name": "Ann Example"]).refusing(.notFound),
        APIOperation(
            "GET", "/me/api-keys", "listAPIKeys", tag: "Accounts", "Your API keys, the newest first",
            answers: [.json(200, "A page of them.", PageBody<APIKeyBody>.self)]
        )
        .taking(.limit, .cursor),
        APIOperation(
            "POST", "/me/api-keys", "createAPIKey", tag: "Accounts", "Make an API key",
            answers: [.json(201, "The key, shown this once.", CreatedAPIKeyBody.self)]
        )
        .receiving(CreateAPIKey.self, for: ["name": "build server"]).refusing(.notFound, .conflict)
        .leading(to: "revokeAPIKey", by: "id"),
        APIOperation(
            "DELETE", "/me/api-keys/{id}", "revokeAPIKey", tag: "Accounts", "Revoke an API key",
            answers: [.empty(204, "It is refused everywhere within five seconds.")]
        )
        .taking(.id("Of the key.")),
    ]

    static let administrationOperations: [APIOperation] = [
        APIOperation(
            "POST", "/admin/users", "createUser", tag: administration, "Make an account",
            answers: [.json(201, "The account, and its key if one was asked for.", CreatedUserBody.self)]
        )
        .receiving(CreateUser.self, for: ["name": "Shop", "role": "user", "kind": "publisher", "api_key": true])
        .refusing(.emailTaken)
        .leading(to: "getUser", "setRole", "createAPIKeyForUser", by: "id"),
        APIOperation(
            "GET", "/admin/users", "listUsers", tag: administration, "Accounts, the newest first",
            answers: [.json(200, "A page of them.", PageBody<AccountBody>.self)]
        )
        .taking(
            .query("email", "Only the one with this address.", ["type": "string", "minLength": 1, "maxLength": 254]),
            .words("role", "Only those with this role.", AccountWords.roles), .limit, .cursor),
        APIOperation(
            "GET", "/admin/users/{id}", "getUser", tag: administration, "An account",
            answers: [.json(200, "It.", AccountBody.self)]
        )
        .taking(userID),
        APIOperation(
            "PUT", "/admin/users/{id}/roles", "setRole", tag: administration, "Change an account's role",
            answers: [.json(200, "The account as it is now.", AccountBody.self)]
        )
        .taking(userID).receiving(SetRole.self, for: ["role": "support"]).refusing(.conflict),
        APIOperation(
            "POST", "/admin/users/{id}/api-keys", "createAPIKeyForUser", tag: administration,
            "Make an API key for an account",
            answers: [.json(201, "The key, shown this once.", CreatedAPIKeyBody.self)]
        )
        .taking(userID).receiving(CreateAPIKey.self, for: ["name": "build server"]).refusing(.conflict),
        APIOperation(
            "GET", "/admin/audit-log", "listAuditLog", tag: administration, "Changes of accounts, the newest first",
            answers: [.json(200, "A page of them.", PageBody<AuditBody>.self)]
        )
        .taking(.query("user_id", "Only those of this account.", ID.schema), .limit, .cursor),
    ].map { $0.access(.role("admin")) }

    private static let administration = "Administration"
    private static let userID = APIOperation.Parameter.id("Of the account.")

    static let systemOperations: [APIOperation] = [
        APIOperation(
            "GET", "/system/health", "getHealth", tag: "System", "What the service stands on, and the providers",
            answers: [
                .json(200, "All is well.", schema: systemHealth),
                .json(503, "Something is missing.", schema: systemHealth),
            ]
        ).access(.free),
        APIOperation(
            "GET", "/system/info", "getInfo", tag: "System", "Name and version",
            answers: [.json(200, "They.", schema: systemInfo)]
        ).access(.free),
        APIOperation(
            "GET", "/system/metrics", "getMetrics", tag: "System", "Metrics in the text form of Prometheus",
            answers: [.text("The metrics.", "text/plain")]
        ).access(.role("admin")),
        APIOperation(
            "GET", "/healthz", "isAlive", tag: "System", "Whether the process answers",
            answers: [
                .json(
                    200, "It does.",
                    schema: [
                        "type": "object", "properties": ["status": ["type": "string", "enum": ["ok"]]],
                        "required": ["status"],
                    ])
            ]
        ).access(.free),
        APIOperation(
            "GET", "/readyz", "isReady", tag: "System", "Whether requests should be sent here",
            answers: [.json(200, "Yes.", schema: readiness), .json(503, "No.", schema: readiness)]
        ).access(.free),
        APIOperation(
            "GET", "/openapi.json", "getDocument", tag: "System", "This document",
            answers: [.json(200, "OpenAPI 3.1.", schema: ["type": "object"])]
        ).access(.free),
        APIOperation(
            "GET", "/asyncapi.json", "getMessages", tag: "System", "The messages of the broker",
            answers: [.json(200, "AsyncAPI 3.0.", schema: ["type": "object"])]
        ).access(.free),
        APIOperation(
            "GET", "/docs", "readDocument", tag: "System", "This document, to read",
            answers: [.text("A page.", "text/html")]
        ).access(.free),
    ]
}
