import JSON
import Kit

/// What only this protocol can be told about a purchase.
package struct SMSActivateWish: Hashable, Sendable {
    /// How the code is to come.
    package enum Channel: Int, Hashable, Sendable {
        case message = 0
        /// In the last digits of a caller's number.
        case caller = 1
        /// Spoken.
        case voice = 2
    }

    package var channel = Channel.message
    /// Of a spoken code.
    package var language: String?
    /// First digits behind the calling code that numbers must not have.
    package var excludedPrefixes: [String] = []
    /// Suppliers to buy from, or not to; GrizzlySMS and SMSBower know them by number.
    package var suppliers: [String] = []
    package var excludedSuppliers: [String] = []

    package init() {}
}

extension SMSActivate {
    /// Buys a number for one code.
    package func buyActivation(
        _ request: BuyRequest, _ wish: SMSActivateWish = SMSActivateWish()
    ) async throws(ProviderError) -> ProviderOrder {
        let action: SMSActivateAction = dialect.hasBuyV2 ? .buyV2 : .buy
        // Messages can be forwarded only to where the account says, not to a number of ours.
        guard request.forwarding == nil else {
            throw ProviderError(.unsupported, endpoint: action.rawValue, text: "Numbers are not forwarded.")
        }
        let country = try countryID(request.country, action)
        let service = try serviceCode(request.product, action)
        let channel = request.voice && wish.channel == .message ? .voice : wish.channel
        func list(_ values: [String]) -> String? { values.isEmpty ? nil : values.joined(separator: ",") }
        let told = try await ask(
            action,
            [
                ("service", service), ("country", String(country)), ("operator", named(request.operator)),
                ("maxPrice", request.ceiling.map { reader.amount($0).shortest }), ("ref", configuration.referral),
                ("activationType", channel == .message ? nil : String(channel.rawValue)),
                ("language", channel == .voice ? wish.language : nil),
                ("phoneException", list(wish.excludedPrefixes)), ("providerIds", list(wish.suppliers)),
                ("exceptProviderIds", list(wish.excludedSuppliers)),
                ("orderId", action == .buyV2 && dialect.reference != .notSent ? request.reference : nil),
            ], deadline: request.deadline)
        if case .word("ORDER_ALREADY_EXISTS", _) = told.content {
            var order = try await existing(request.reference, action)
            if let ceiling = request.ceiling, let price = order.price { order.isOverCeiling = price > ceiling }
            return order
        }
        guard var order = sale(told) else {
            throw SMSActivateAnswer.unfit(action, "The answer has no id or no phone number.")
        }
        order.product = request.product
        order.country = request.country
        order.reference = action == .buyV2 && dialect.reference == .kept ? request.reference : nil
        if let ceiling = request.ceiling, let price = order.price { order.isOverCeiling = price > ceiling }
        return order
    }

    /// Another code: first on the activation while it is open, which is free; else on its number, as a new activation.
    package func another(_ request: AnotherRequest) async throws(ProviderError) -> ProviderOrder {
        let id = try activation(request.ref, .another)
        do throws(ProviderError) {
            let told = try await setStatus(id, 3, .another)
            guard told.content == .nothing || told.isWord("ACCESS_RETRY_GET") else {
                throw SMSActivateAnswer.unfit(.another, "The answer does not say that another code may come.")
            }
            return ProviderOrder(ref: id, phone: request.phone, product: request.product, status: .received)
        } catch {
            guard case .orderFinished = error.kind else { throw error }
        }
        if let ceiling = request.ceiling {
            let quote = try await json(.extraQuote, [("activationId", id)])
            guard let price = reader.money(quote["cost"], currency: quote["currency"]) else {
                throw SMSActivateAnswer.unfit(.extraQuote, "The answer has no price.")
            }
            if price > ceiling {
                throw ProviderError(.overPrice, endpoint: SMSActivateAction.extraQuote.rawValue, status: 200)
            }
        }
        let told = try await ask(.extra, [("activationId", id)], deadline: request.deadline)
        guard var order = sale(told) else {
            throw SMSActivateAnswer.unfit(.extra, "The answer has no id or no phone number.")
        }
        order.product = request.product
        return order
    }

    private func sale(_ told: Told) -> ProviderOrder? {
        switch told.content {
        case .json(let json): reader.sale(json)
        case .word("ACCESS_NUMBER", let rest): reader.sale(rest)
        default: nil
        }
    }

    /// The purchase that was made under that name before. It is ours only if the list says the name itself: any other
    /// activation of the same service may be another order's.
    private func existing(
        _ reference: String?, _ action: SMSActivateAction
    ) async throws(ProviderError) -> ProviderOrder {
        var found: ProviderOrder?
        do throws(ProviderError) {
            if let reference, dialect.hasActive {
                found = try await active().orders.first { $0.reference == reference }
            }
        } catch {
            // Whatever keeps the list from us, the purchase exists.
            throw ProviderError(.ambiguous, endpoint: action.rawValue, status: error.status, text: error.text)
        }
        guard let found, found.phone != nil else {
            throw ProviderError(
                .ambiguous, endpoint: action.rawValue, status: 200,
                text: "It was bought before, and the list of open activations does not tell which it is.")
        }
        return found
    }

    // MARK: - Names

    func countryID(_ slug: String, _ action: SMSActivateAction) throws(ProviderError) -> Int {
        guard let id = reader.countries.word(slug == "uk" ? "england" : slug) else {
            throw mistake(action, "The country has no id here.")
        }
        return id
    }

    func serviceCode(_ slug: String, _ action: SMSActivateAction) throws(ProviderError) -> String {
        guard let code = SMSActivateServiceTable.codes.word(slug) else {
            throw mistake(action, "The service has no code here.")
        }
        return code
    }

    /// An operator that was asked for by name.
    func named(_ operator: String?) -> String? { `operator` == "any" ? nil : `operator` }
}
