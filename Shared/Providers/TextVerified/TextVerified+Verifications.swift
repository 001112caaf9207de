import HTTPClient
import JSON
import Kit

/// What a number takes.
package enum TextVerifiedCapability: String, TextVerifiedWord {
    case sms
    case voice
    case both = "smsAndVoiceCombo"
}

/// Numbers for one code.
extension TextVerified {
    /// The names that carriers have here and in `operator`.
    static let carriers = ["vz": "vz", "verizon": "vz", "tmo": "tmo", "tmobile": "tmo", "att": "att"]

    /// Buys a number for one code: for a call where the request says so, else for messages. The area code and the
    /// operator are wishes that cost more and need not come true.
    func buyVerification(_ request: BuyRequest) async throws(ProviderError) -> ProviderOrder {
        guard let service = TextVerifiedServices.name(of: request.product, voice: request.voice) else {
            throw mistake(.buy, "No such service is known.")
        }
        let capability: TextVerifiedCapability = request.voice ? .voice : .sms
        var body: [JSON.Member] = [
            .init("serviceName", .string(service)), .init("capability", .string(capability.rawValue)),
        ]
        if let area = request.areaCode, !area.isEmpty { body.append(.init("areaCodeSelectOption", [.string(area)])) }
        if let wanted = request.operator, wanted != "any" {
            guard let carrier = Self.carriers[wanted] else { throw mistake(.buy, "No such carrier is known.") }
            body.append(.init("carrierSelectOption", [.string(carrier)]))
        }
        if TextVerifiedServices.isNotListed(service) {
            body.append(.init("serviceNotListedName", .string(request.product)))
        }
        if let ceiling = request.ceiling { body.append(.init("maxPrice", ceiling.decimal)) }
        let question = Question(
            .buy, try url(.buy, ["verifications"]), .post, body: .object(body), deadline: request.deadline)
        return try await purchase(question, ceiling: request.ceiling)
    }

    /// Buys what is answered with a link, and reads what the link leads to. Once the purchase is answered, whatever goes
    /// wrong leaves it unclear: it was made, and we do not know its number.
    private func purchase(_ question: Question, ceiling: Money?) async throws(ProviderError) -> ProviderOrder {
        let until = ContinuousClock.now + (question.deadline ?? configuration.purchaseDeadline)
        let link = try await sold(question)
        do throws(ProviderError) {
            let left = max(.seconds(1), ContinuousClock.now.duration(to: until))
            let json = try await follow(link, .verification, deadline: left, isUrgent: true).json
            guard var order = TextVerifiedReader.order(json), order.phone != nil else {
                throw TextVerifiedAnswer.unfit(question.endpoint, "The sale has no id or no phone number.")
            }
            if let ceiling, let price = order.price { order.isOverCeiling = price > ceiling }
            return order
        } catch {
            throw ProviderError(
                .ambiguous, endpoint: question.endpoint.rawValue, status: error.status,
                text: "Sold, and not to be seen: \(error.text)", transport: error.transport)
        }
    }

    /// Where the answer to a purchase says that the sale is.
    func sold(_ question: Question) async throws(ProviderError) -> TextVerifiedLink {
        let told = try await ask(question)
        guard let link = TextVerifiedLink(told.json) ?? told.location.map({ TextVerifiedLink($0) }) else {
            throw TextVerifiedAnswer.unfit(question.endpoint, "The answer does not say where the sale is.")
        }
        return link
    }

    /// How an order stands. A verification is asked for its messages, and, as long as there is none, for calls, for it
    /// does not say which of both it was bought for. What is no verification is looked for among rentals.
    package func check(_ ref: String) async throws(ProviderError) -> ProviderOrder {
        do throws(ProviderError) {
            return try await verification(ref).order
        } catch {
            guard error.kind == .orderFinished(.notFound), error.endpoint == TextVerifiedEndpoint.verification.rawValue
            else { throw error }
            return try await rental(ref)
        }
    }

    /// A verification as it is told, and as an order with what has come.
    func verification(_ ref: String) async throws(ProviderError) -> (json: JSON, order: ProviderOrder) {
        let json = try await ask(Question(.verification, try url(.verification, ["verifications", ref]))).json
        guard var order = TextVerifiedReader.order(json), order.ref == ref else {
            throw TextVerifiedAnswer.unfit(.verification, "The answer is not the order that was asked for.")
        }
        order.messages = try await messages(ref, "verification")
        if order.messages.isEmpty, TextVerifiedLink(json["calls"]) != nil {
            order.calls = try await calls(ref, "verification")
        }
        return (json, order)
    }

    package func cancel(_ ref: String) async throws(ProviderError) -> ProviderOrder {
        try await change(ref, .cancel, may: { TextVerifiedReader.flag($0["cancel"]?["canCancel"]) })
    }

    /// Claims the price of a number back that was used before, or did not work.
    package func ban(_ ref: String) async throws(ProviderError) -> ProviderOrder {
        try await change(ref, .report, may: { TextVerifiedReader.flag($0["report"]?["canReport"]) })
    }

    private func change(
        _ ref: String, _ endpoint: TextVerifiedEndpoint, may: (JSON) -> Bool
    ) async throws(ProviderError) -> ProviderOrder {
        do throws(ProviderError) {
            _ = try await ask(Question(endpoint, try url(endpoint, ["verifications", ref, endpoint.rawValue]), .post))
        } catch {
            guard error.status == 400 else { throw error }
            // The refusal says nothing; the order does.
            let (json, order) = try await verification(ref)
            let isReported = json["state"]?.stringValue?.lowercased() == "verificationreported"
            if order.status.isRefunded, order.status != .timeout { return order }
            if endpoint == .report, isReported { return order }
            let kind: ProviderError.Kind =
                if order.status == .timeout {
                    .orderFinished(.expired)
                } else if order.status.isTerminal || !order.messages.isEmpty || !order.calls.isEmpty {
                    .orderFinished(.hasSMS)
                } else {
                    // Open and empty: it will be possible, or became so while we looked.
                    .tooEarly(retryAfter: may(json) ? .seconds(1) : Self.changePause)
                }
            throw ProviderError(kind, endpoint: endpoint.rawValue, status: error.status, text: error.text)
        }
        return try await verification(ref).order
    }

    /// How long to wait where an open order cannot be given back yet, and nothing says from when on it can.
    static let changePause = Duration.seconds(30)

    /// Another code on the number of an earlier verification: as a reuse while that is open, else by reactivating it.
    /// Either is a new verification.
    package func another(_ request: AnotherRequest) async throws(ProviderError) -> ProviderOrder {
        let told = try await ask(Question(.verification, try url(.verification, ["verifications", request.ref])))
        let json = told.json
        let now = told.servedAt ?? .now
        let endpoint: TextVerifiedEndpoint
        if let until = TextVerifiedReader.time(json["reuse"]?["reusableUntil"]), now < until {
            endpoint = .reuse
        } else if TextVerifiedReader.flag(json["reactivate"]?["canReactivate"]) {
            endpoint = .reactivate
        } else {
            throw ProviderError(
                .orderFinished(.notReusable), endpoint: TextVerifiedEndpoint.reuse.rawValue,
                text: "It says that it cannot be had again.")
        }
        let address = try url(endpoint, ["verifications", request.ref, endpoint.rawValue])
        return try await purchase(
            Question(endpoint, address, .post, deadline: request.deadline), ceiling: request.ceiling)
    }
}
