import JSON
import Kit

/// A line of the longer price lists.
package struct SMSActivateOffer: Hashable, Sendable {
    /// A price, and how many numbers there are at it.
    package struct Tier: Hashable, Sendable {
        package var price: Money
        package var count: Int
    }

    /// The upstream's id; a slug where it has one.
    package var countryID: Int
    package var country: String?
    package var cost: Money?
    package var count: Int
    /// Cheapest first; empty where only one price is told.
    package var tiers: [Tier]
}

/// A country or a service as the upstream lists it.
package struct SMSActivateName: Hashable, Sendable {
    /// The upstream's id or code.
    package var word: String
    /// In English.
    package var title: String?
    /// Ours, where it has one.
    package var slug: String?
}

extension SMSActivate {
    package func prices(country: String) async throws(ProviderError) -> [ProviderOffer] {
        let id = try countryID(country, .prices)
        let json = try await json(.prices, [("country", String(id))], maximumBody: 12 << 20)
        return try offers(json, country: country, id: id, .prices)
    }

    /// Cheapest price and stock of a service in every country, with every price there is numbers at where the upstream
    /// says so.
    package func extendedPrices(service: String) async throws(ProviderError) -> [SMSActivateOffer] {
        let code = try serviceCode(service, .pricesExtended)
        let json = try await json(
            .pricesExtended, [("service", code), ("freePrice", "true")], maximumBody: 12 << 20)
        return try members(json, .pricesExtended).compactMap { member in
            // Country → service, or the other way round.
            guard let country = Int(member.name) else { return nil }
            return offer(country, member.value[code] ?? member.value)
        }
            + (try members(json[code] ?? .object([]), .pricesExtended)).compactMap { member in
                Int(member.name).flatMap { offer($0, member.value) }
            }
    }

    /// The countries where a service is bought most; the order says nothing about how many codes arrive.
    package func topCountries(service: String) async throws(ProviderError) -> [SMSActivateOffer] {
        let code = try serviceCode(service, .topCountries)
        let json = try await json(.topCountries, [("service", code), ("freePrice", "true")], maximumBody: 12 << 20)
        return reader.rows(json).compactMap { row in reader.integer(row["country"]).flatMap { offer($0, row) } }
    }

    /// The operators of a country.
    package func operators(country: String) async throws(ProviderError) -> [String] {
        let id = try countryID(country, .operators)
        do throws(ProviderError) {
            let json = try await json(.operators, [("country", String(id))])
            let lists = json["countryOperators"] ?? json
            return (lists[String(id)]?.arrayValue ?? lists.arrayValue ?? []).compactMap { reader.text($0) }
        } catch {
            if error.text.hasPrefix("OPERATORS_NOT_FOUND") { return [] }
            throw error
        }
    }

    /// Every country of the upstream.
    package func countries() async throws(ProviderError) -> [SMSActivateName] {
        let json = try await json(.countries, maximumBody: 8 << 20)
        return reader.rows(json).compactMap { row in
            guard let id = reader.integer(row["id"]) else { return nil }
            return SMSActivateName(
                word: String(id), title: reader.text(row["eng"]), slug: reader.countries.slug(id))
        }
    }

    /// Every service of the upstream.
    package func services() async throws(ProviderError) -> [SMSActivateName] {
        let json = try await json(.services, [("lang", "en")], maximumBody: 8 << 20)
        return (json["services"]?.arrayValue ?? json.arrayValue ?? []).compactMap { row in
            guard let code = reader.text(row["code"]) else { return nil }
            return SMSActivateName(
                word: code, title: reader.text(row["name"]), slug: SMSActivateServiceTable.codes.slug(code))
        }
    }

    // MARK: - Reading

    /// The lines of a country; what has no slug with us is left out.
    private func offers(
        _ json: JSON, country: String, id: Int, _ action: SMSActivateAction
    ) throws(ProviderError) -> [ProviderOffer] {
        let outer = try members(json, action)
        let lines: [JSON.Member]
        if dialect.listsPricesByService {
            lines = outer.compactMap { member in
                member.value[String(id)].map { JSON.Member(member.name, $0) }
            }
        } else {
            lines = outer.first { $0.name == String(id) }?.value.objectValue ?? []
        }
        return lines.compactMap { line in
            guard let product = SMSActivateServiceTable.codes.slug(line.name),
                let cost = reader.money(line.value["cost"] ?? line.value["price"], currency: line.value["currency"])
            else { return nil }
            return ProviderOffer(
                country: country, product: product, operator: "any", cost: cost,
                // A call is sold at the price of a message.
                voiceCost: cost, count: reader.integer(line.value["count"]) ?? 0)
        }
    }

    private func offer(_ country: Int, _ json: JSON) -> SMSActivateOffer? {
        guard let members = json.objectValue else { return nil }
        let map = json["freePriceMap"] ?? json["physicalPriceMap"]
        // With nothing but amounts as names, the line is itself the map of prices.
        let priced = map?.objectValue ?? (members.allSatisfy { Double($0.name) != nil } ? members : [])
        let tiers = priced.compactMap { member -> SMSActivateOffer.Tier? in
            guard let price = reader.money(.string(member.name)), let count = reader.integer(member.value) else {
                return nil
            }
            return .init(price: price, count: count)
        }.sorted { $0.price < $1.price }
        let cost = reader.money(json["cost"] ?? json["price"]) ?? tiers.first { $0.count > 0 }?.price
        let count = reader.integer(json["count"] ?? json["physicalTotalCount"])
        return SMSActivateOffer(
            countryID: country, country: reader.countries.slug(country), cost: cost,
            count: count ?? tiers.reduce(0) { $0 + $1.count }, tiers: tiers)
    }

    /// An empty list stands for an object without members.
    private func members(_ json: JSON, _ action: SMSActivateAction) throws(ProviderError) -> [JSON.Member] {
        if json.isNull || json.arrayValue?.isEmpty == true { return [] }
        guard let members = json.objectValue else {
            throw SMSActivateAnswer.unfit(action, "The answer is not an object.")
        }
        return members
    }
}
