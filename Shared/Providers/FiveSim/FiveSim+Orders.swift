import JSON
import Kit

/// Purchases and what is done with an order.
extension FiveSim {
    /// Buys a number for one code. `maxPrice` is honoured only when any operator will do.
    package func buyActivation(_ request: BuyRequest) async throws(ProviderError) -> ProviderOrder {
        let any = request.operator == nil || request.operator == "any"
        return try await purchase(
            Question(
                endpoint: .buy,
                path: ["user", "buy", "activation", request.country, request.operator ?? "any", request.product],
                query: [
                    ("forwarding", request.forwarding.map { _ in "1" }),
                    ("number", request.forwarding.map { String($0.text.dropFirst()) }),
                    ("reuse", request.isReusable ? "1" : nil), ("voice", request.voice ? "1" : nil),
                    ("ref", configuration.referral),
                    ("maxPrice", any ? request.ceiling.map { reader.amount($0).shortest } : nil),
                ], deadline: request.deadline), ceiling: request.ceiling)
    }

    /// Buys a number for a while; the product is the duration: `3hours`, `1day`, `10days`, `1month`.
    package func buyHosting(_ request: BuyRequest) async throws(ProviderError) -> ProviderOrder {
        try await purchase(
            Question(
                endpoint: .buyHosting,
                path: ["user", "buy", "hosting", request.country, request.operator ?? "any", request.product],
                deadline: request.deadline), ceiling: request.ceiling)
    }

    /// Buys a number once more.
    package func reuse(
        product: String, phone: PhoneNumber, ceiling: Money? = nil, deadline: Duration? = nil
    ) async throws(ProviderError) -> ProviderOrder {
        try await purchase(
            Question(
                endpoint: .reuse, path: ["user", "reuse", product, String(phone.text.dropFirst())], deadline: deadline),
            ceiling: ceiling)
    }

    package func check(_ ref: String) async throws(ProviderError) -> ProviderOrder {
        let json = try await ask(about(ref, .check))
        guard let order = reader.order(json), order.ref == ref else {
            throw FiveSimAnswer.unfit(.check, "The answer is not the order that was asked for.")
        }
        return order
    }

    package func finish(_ ref: String) async throws(ProviderError) -> ProviderOrder { try await change(ref, .finish) }
    package func cancel(_ ref: String) async throws(ProviderError) -> ProviderOrder { try await change(ref, .cancel) }
    package func ban(_ ref: String) async throws(ProviderError) -> ProviderOrder { try await change(ref, .ban) }

    /// Every message of a rental.
    package func inbox(_ ref: String) async throws(ProviderError) -> [ProviderMessage] {
        var question = try about(ref, .inbox)
        question.path = ["user", "sms", "inbox", ref]
        let json = try await ask(question)
        guard let page = reader.page(json) else {
            throw FiveSimAnswer.unfit(.inbox, "The answer is not a list of messages.")
        }
        return reader.messages(.array(page.rows))
    }

    /// A sale is an id and a number; anything else may be a sale that we cannot read.
    private func purchase(_ question: Question, ceiling: Money?) async throws(ProviderError) -> ProviderOrder {
        let json = try await ask(question)
        guard var order = reader.order(json), order.phone != nil else {
            throw FiveSimAnswer.unfit(question.endpoint, "The answer has no id or no phone number.")
        }
        if let ceiling, let price = order.price { order.isOverCeiling = price > ceiling }
        return order
    }

    private func change(_ ref: String, _ endpoint: FiveSimEndpoint) async throws(ProviderError) -> ProviderOrder {
        let json = try await ask(about(ref, endpoint))
        if let order = reader.order(json) {
            guard order.ref == ref else {
                throw FiveSimAnswer.unfit(endpoint, "The answer is about another order.")
            }
            return order
        }
        // A bare word of success: the order itself tells what became of it.
        return try await check(ref)
    }

    private func about(_ ref: String, _ endpoint: FiveSimEndpoint) throws(ProviderError) -> Question {
        guard reader.identifier(.string(ref)) == ref else { throw mistake(endpoint, "An order's ref is a number.") }
        return Question(endpoint: endpoint, path: ["user", endpoint.rawValue, ref])
    }
}

extension Money {
    /// Without zeros at the end: `0.75`, `12`.
    var shortest: String {
        var text = description
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }
}
