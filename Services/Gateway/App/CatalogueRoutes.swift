import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Prices

/// What is sold: `/countries`, `/services`, `/services/available`.
struct CatalogueRoutes: Sendable {
    let database: Database
    let offers: OfferCache

    func add(to router: inout Router) {
        router.on(.get, "/countries", countries)
        router.on(.get, "/services", services)
        router.on(.get, "/services/available", available)
    }

    private static let allCountries = ListBody(
        Country.all.map { country in
            var body = CountryBody()
            body.country = country.slug
            body.iso = country.iso
            body.name = country.name
            body.prefix = country.prefix
            body.flag = country.flag
            return body
        }
    ).json

    private func countries(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        return .json(200, bytes: Self.allCountries)
    }

    private func services(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let sold = try await offers.services().map { service in
            var body = service
            body.name = ServiceNames.name(of: service.service)
            return body
        }
        return .json(200, ListBody(sold))
    }

    private func available(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try request.query(allowing: ["country", "capability"])
        guard let text = try query.string("country") else {
            throw Problem.invalid("query.country", "is required: a slug such as england or a code such as GB")
        }
        guard let country = Country.find(text) else {
            throw Problem.invalid("query.country", "is not a country we know; GET /countries lists them")
        }
        let capability = try query.oneOf(Capability.self, "capability") ?? .sms
        var body = AvailableServicesBody()
        body.country = country.slug
        body.services = try await offers.offers(in: country.slug).values.sorted { $0.service < $1.service }
            .filter { $0.count > 0 }
            .map { offer in
                var line = AvailableServiceBody()
                line.service = offer.service
                line.name = ServiceNames.name(of: offer.service)
                line.price = offer.price(capability, operator: nil)?.price ?? offer.price
                line.availableCount = offer.count
                line.capability = Open(capability)
                line.successRate = offer.successRate
                line.tier = offer.tier
                return line
            }
        return .json(200, body)
    }
}
