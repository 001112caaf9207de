import JSON
import Kit

extension APIDocument {
    private static let pricing = "Pricing"
    private static let costs = "Costs"

    static let pricingOperations: [APIOperation] = [
        APIOperation(
            "POST", "/quotes", "createQuote", tag: pricing, "Have a price held for five minutes",
            answers: [.json(201, "The quote.", QuoteBody.self, headers: ["Idempotent-Replayed"])]
        )
        .described(
            """
            `quote_id` in `POST /verify/create` makes the order cost what the quote says, even when the price has moved \
            since. A quote is yours alone, for the service, country, capability and operator it was made for, and for \
            one order.
            """
        )
        .taking(.idempotencyKey)
        .receiving(CreateQuote.self, for: ["service": "telegram", "country": "england", "capability": "sms"])
        .refusing(.noOffer, .idempotencyInProgress, .idempotencyMismatch),
        APIOperation(
            "GET", "/api/pricing/current", "listPrices", tag: pricing, "What is sold now, and for how much",
            answers: [.json(200, "A page of services.", PageBody<CurrentPriceBody>.self)]
        )
        .described(
            """
            By country and service. Without a country the countries follow each other, and a page may have few lines, or \
            none, and still be followed by another. `cost` is shown to those who run the platform.
            """
        )
        .taking(provider, inCountry, service, .limit, longCursor),
        APIOperation(
            "GET", "/api/pricing/history", "listPriceChanges", tag: pricing, "How prices have moved, the newest first",
            answers: [.json(200, "A page of moves.", PageBody<PriceHistoryBody>.self)]
        )
        .described("Of each provider's cheapest number, at the price that it alone would be sold for.")
        .taking(provider, inCountry, service, .from, .to, .limit, .cursor),
        APIOperation(
            "POST", "/api/pricing/update", "updatePricing", tag: pricing,
            "Ask the providers now, or set a price or a tier by hand",
            answers: [
                .json(
                    202, "Taken on; it happens within seconds.", PricingUpdateBody.self,
                    headers: ["Idempotent-Replayed"])
            ]
        )
        .access(.role("admin")).taking(.idempotencyKey)
        .receiving(
            UpdatePricing.self,
            for: [
                "action": "price", "service": "telegram", "country": "england",
                "price": ["amount": "0.9900", "currency": "USD"],
            ]
        )
        .refusing(.idempotencyInProgress, .idempotencyMismatch),
        APIOperation(
            "GET", "/api/pricing/alerts", "listPriceAlerts", tag: pricing, "Prices to look at, the newest first",
            answers: [.json(200, "A page of alerts.", PageBody<PriceAlertBody>.self)]
        )
        .access(.role("support"))
        .taking(
            .query("unread", "Only those that nobody has read, or only the others.", ["type": "boolean"]), provider,
            inCountry, service, .limit, .cursor),
        APIOperation(
            "POST", "/api/pricing/alerts/{id}/read", "readPriceAlert", tag: pricing, "Say that an alert was read",
            answers: [.json(200, "It, read.", PriceAlertBody.self)]
        )
        .access(.role("support")).taking(.id("Of the alert.")),
        APIOperation(
            "GET", "/api/cost/analysis", "analyseCosts", tag: costs, "What your verifications have cost",
            answers: [.json(200, "By service, country, provider and hour.", CostAnalysisBody.self)]
        )
        .taking(.from, .to, scope).refusing(.forbidden),
        APIOperation(
            "GET", "/api/cost/recommendations", "listRecommendations", tag: costs,
            "How they could have cost less, the largest saving first",
            answers: [.json(200, "What to do.", ListBody<RecommendationBody>.self)]
        )
        .described("Out of the last thirty days. Savings are of those, and promise nothing about the next."),
        APIOperation(
            "GET", "/api/cost/savings", "getSavings", tag: costs, "What was saved against the default provider",
            answers: [.json(200, "The sums, and what is compared.", SavingsBody.self)]
        )
        .taking(.from, .to, scope).refusing(.forbidden),
    ]

    private static let provider = APIOperation.Parameter.slug("provider", "Only of this provider.")
    private static let service = APIOperation.Parameter.slug("service", "Only for this service.")
    private static let inCountry = APIOperation.Parameter.query(
        "country", "Only in this country, by slug or ISO 3166 code.", country)
    private static let scope = APIOperation.Parameter.words(
        "scope", "own, or for those who run the platform all; own unless told otherwise.", ["own", "all"])
    /// It names a country and a service.
    private static let longCursor = APIOperation.Parameter.query(
        "cursor", "Where to go on: `next_cursor` of the page before, as it was given.",
        ["type": "string", "minLength": 1, "maxLength": 160])
}
