import HTTPClient
import JSON
import Kit

/// What a number is of.
package enum TextVerifiedNumberType: String, TextVerifiedWord {
    case mobile, voip, landline
}

/// What a number is bought as.
package enum TextVerifiedReservation: String, TextVerifiedWord {
    case verification, renewable, nonrenewable
}

/// A service under TextVerified's own name, once for each thing it can be had for.
package struct TextVerifiedService: Hashable, Sendable {
    package var name: String
    package var capability: TextVerifiedCapability
}

package struct TextVerifiedAreaCode: Hashable, Sendable {
    package var code: String
    package var state: String
}

/// What is sold, and for how much.
extension TextVerified {
    package func services(
        _ reservation: TextVerifiedReservation = .verification, _ type: TextVerifiedNumberType = .mobile
    ) async throws(ProviderError) -> [TextVerifiedService] {
        let query = [("numberType", type.rawValue), ("reservationType", reservation.rawValue)] as [(String, String?)]
        let json = try await ask(Question(.services, try url(.services, ["services"], query))).json
        guard let rows = json.arrayValue else {
            throw TextVerifiedAnswer.unfit(.services, "The answer is not a list of services.")
        }
        return rows.compactMap { row in
            guard let name = TextVerifiedReader.text(row["serviceName"]),
                let capability = TextVerifiedCapability(row["capability"])
            else { return nil }
            return TextVerifiedService(name: name, capability: capability)
        }
    }

    package func areaCodes() async throws(ProviderError) -> [TextVerifiedAreaCode] {
        let json = try await ask(Question(.areaCodes, try url(.areaCodes, ["area-codes"]))).json
        guard let rows = json.arrayValue else {
            throw TextVerifiedAnswer.unfit(.areaCodes, "The answer is not a list of area codes.")
        }
        return rows.compactMap { row in
            guard let code = TextVerifiedReader.text(row["areaCode"]) else { return nil }
            return TextVerifiedAreaCode(code: code, state: TextVerifiedReader.text(row["state"]) ?? "")
        }
    }

    /// What a number for one code costs. Choosing its area or its carrier costs more.
    package func price(
        service: String, capability: TextVerifiedCapability = .sms, choosesArea: Bool = false,
        choosesCarrier: Bool = false, type: TextVerifiedNumberType = .mobile
    ) async throws(ProviderError) -> Money {
        try await price(
            .price, "verifications",
            [
                "serviceName": .string(service), "areaCode": .bool(choosesArea), "carrier": .bool(choosesCarrier),
                "numberType": .string(type.rawValue), "capability": .string(capability.rawValue),
            ])
    }

    func price(
        _ endpoint: TextVerifiedEndpoint, _ kind: String, _ body: JSON
    ) async throws(ProviderError) -> Money {
        let json = try await ask(Question(endpoint, try url(endpoint, ["pricing", kind]), .post, body: body)).json
        guard let price = TextVerifiedReader.money(json["price"]) else {
            throw TextVerifiedAnswer.unfit(endpoint, "The answer has no price.")
        }
        return price
    }

    /// How many numbers there are for a service. Not in the documents; TextVerified's own client asks for it.
    package func stock(
        service: String, capability: TextVerifiedCapability = .sms, type: TextVerifiedNumberType = .mobile
    ) async throws(ProviderError) -> Int {
        let json = try await ask(
            Question(
                .stock, try url(.stock, ["inventory", "verifications"]), .post,
                body: [
                    "serviceName": .string(service), "numberType": .string(type.rawValue),
                    "capability": .string(capability.rawValue),
                ])
        ).json
        guard let count = json["availableQuantity"]?.integerValue.flatMap({ Int(exactly: $0) }), count >= 0 else {
            throw TextVerifiedAnswer.unfit(.stock, "The answer has no quantity.")
        }
        return count
    }

    /// The price and the stock of every service that we have a name for, a question each, spread out: a list takes
    /// minutes. The price of calls is asked for where the list says that they are taken. Where the stock is not told, one stands for "it is sold".
    package func prices(country: String) async throws(ProviderError) -> [ProviderOffer] {
        guard country == Self.country else { return [] }
        var offers: [ProviderOffer] = []
        let sold = try await services()
        let calling = Set(sold.filter { $0.capability == .voice }.map(\.name))
        for name in Set(sold.filter { $0.capability != .voice }.map(\.name)).sorted() {
            guard let slug = TextVerifiedServices.knownSlug(of: name) else { continue }
            let cost = try await patient { () async throws(ProviderError) in try await price(service: name) }
            guard let cost else { continue }
            var voiceCost: Money?
            if calling.contains(name) {
                voiceCost = try await patient { () async throws(ProviderError) in
                    try await price(service: name, capability: .voice)
                }
            }
            var count: Int?
            if configuration.countsStock {
                count = try await patient { () async throws(ProviderError) in try await stock(service: name) }
            }
            offers.append(
                ProviderOffer(
                    country: country, product: slug, operator: "any", cost: cost, voiceCost: voiceCost,
                    count: count ?? 1))
        }
        return offers
    }

    /// nil for what turns out not to be there. A list is given time: it pauses, and told to wait, it waits.
    private func patient<Value>(
        _ ask: () async throws(ProviderError) -> Value
    ) async throws(ProviderError) -> Value? {
        if configuration.pricePause > .zero { try await pause(configuration.pricePause, .price) }
        for _ in 0..<20 {
            do throws(ProviderError) {
                return try await ask()
            } catch {
                switch error.kind {
                case .ourMistake, .orderFinished: return nil
                case .retryLater(let after): try await pause(min(after, .seconds(60)), .price)
                default: throw error
                }
            }
        }
        throw ProviderError(
            .retryLater(after: .seconds(60)), endpoint: TextVerifiedEndpoint.price.rawValue,
            text: "The price list takes too long.")
    }
}
