import JSON
import Kit

/// What 5SIM tells everybody: no key is sent, and far fewer requests are allowed.
extension FiveSim {
    /// Every country that is sold. A purchase in any other answers as if it were out of stock.
    package func countries() async throws(ProviderError) -> [FiveSimCountry] {
        let json = try await ask(
            Question(endpoint: .countries, path: ["guest", "countries"], maximumBody: 8 << 20))
        return try members(json, .countries).filter { $0.value.objectValue != nil }.map { country($0.name, $0.value) }
    }

    /// What an operator sells in a country; both may be `any`.
    package func products(
        country: String, operator: String = "any"
    ) async throws(ProviderError) -> [FiveSimProduct] {
        let json = try await ask(
            Question(endpoint: .products, path: ["guest", "products", country, `operator`], maximumBody: 8 << 20))
        return try members(json, .products).map { member in
            FiveSimProduct(
                slug: member.name,
                kind: reader.text(member.value["Category"]).flatMap { word in
                    switch word {
                    case "activation": .activation
                    case "hosting": .rental
                    default: nil
                    }
                }, quantity: reader.integer(member.value["Qty"]), price: reader.money(member.value["Price"]))
        }
    }

    /// The price list: of a country, of a product, of both, or of everything (some nine megabytes).
    package func prices(country: String?, product: String?) async throws(ProviderError) -> [ProviderOffer] {
        let json = try await ask(
            Question(
                endpoint: .prices, path: ["guest", "prices"], query: [("country", country), ("product", product)],
                maximumBody: country == nil && product == nil ? 48 << 20 : 12 << 20))
        guard json.isNull || json.objectValue != nil else {
            throw FiveSimAnswer.unfit(.prices, "The answer is not a price list.")
        }
        return reader.offers(json, isByProduct: country == nil && product != nil)
    }

    /// The notice on 5SIM's front page; `ru`, `en` or `zh`.
    package func flash(language: String = "en") async throws(ProviderError) -> String {
        let json = try await ask(Question(endpoint: .flash, path: ["guest", "flash", language]))
        guard let text = json["text"]?.stringValue else {
            throw FiveSimAnswer.unfit(.flash, "The answer has no text.")
        }
        return text
    }

    /// `null` stands for an object without members.
    private func members(_ json: JSON, _ endpoint: FiveSimEndpoint) throws(ProviderError) -> [JSON.Member] {
        if json.isNull { return [] }
        guard let members = json.objectValue else {
            throw FiveSimAnswer.unfit(endpoint, "The answer is not an object.")
        }
        return members
    }

    /// `iso` and `prefix` are maps whose keys are what is meant; every other object in a country is an operator.
    private func country(_ slug: String, _ json: JSON) -> FiveSimCountry {
        var operators: [FiveSimCountry.Operator] = []
        for member in json.objectValue ?? [] where member.name != "iso" && member.name != "prefix" {
            guard member.value.objectValue != nil else { continue }
            operators.append(
                .init(
                    name: member.name, sellsActivations: sells(member.value["activation"]),
                    sellsRentals: sells(member.value["hosting"])))
        }
        return FiveSimCountry(
            slug: slug, isoCodes: (json["iso"]?.objectValue ?? []).map { $0.name.uppercased() },
            prefixes: (json["prefix"]?.objectValue ?? []).map(\.name), englishName: reader.text(json["text_en"]),
            russianName: reader.text(json["text_ru"]), operators: operators)
    }

    private func sells(_ json: JSON?) -> Bool { json?.boolValue ?? reader.number(json).map { $0 > 0 } ?? false }
}
