import Contracts
import HTTPClient
import HTTPServer
import JSON
import Kit
import PricingApp
import PricingCore
import Providers
import Runtime
import TestSupport

/// How long it takes to read and compare every price list of 5SIM, country by country, as Pricing does. The sandbox
/// makes up each line when it is asked; so its lists are taken beforehand and served again as they are.
enum PriceFeed {
    static func measure(_ sandbox: String) async throws -> JSON {
        let client = HTTPClient()
        defer { client.shutdown() }
        var lists: [String: [UInt8]] = [:]
        for country in Country.all {
            let answer = try await client.send(
                ClientRequest(
                    .get, "\(sandbox)/5sim/v1/guest/prices?country=\(country.slug)", deadline: .seconds(30),
                    maximumBody: 12 << 20))
            guard answer.status == 200 else { throw BenchError(message: "the sandbox has no list of \(country.slug)") }
            lists[country.slug] = answer.body
        }
        let served = lists
        var router = Router()
        router.on(.get, "/v1/guest/prices") { request in
            let country = try request.query(allowing: ["country"]).string("country") ?? ""
            return .json(200, bytes: served[country] ?? Array("{}".utf8))
        }
        let server = try HTTPServer(port: 0, router: router, log: .silent)
        let address = "http://127.0.0.1:\(server.port)/v1"
        let bytes = lists.values.reduce(0) { $0 + $1.count }
        return try await running([server]) {
            let provider = FiveSim(
                FiveSim.Configuration(apiKey: "", baseURL: address), client: client, purchases: client,
                metrics: Metrics(), guestBudget: RequestBudget(rate: 100_000, burst: 1000))
            // The second time every list is compared with one of which a third of the prices is other.
            var (lines, changes) = (0, 0)
            var took = Duration.zero
            for country in Country.all {
                let begun = ContinuousClock.now
                let list = PriceList(try await provider.prices(country: country.slug).map(ProviderPrice.init(_:)))
                let read = begun.duration(to: .now)
                var before = list.lines
                for index in before.indices where index % 3 == 0 { before[index].cost = before[index].cost * 2 }
                let old = PriceList(before)
                let compared = ContinuousClock.now
                changes += PriceDiff.between(old, list).history.count
                took += read + compared.duration(to: .now)
                lines += list.lines.count
            }
            return [
                "bytes": .integer(Int64(bytes)), "lines": .integer(Int64(lines)), "changes": .integer(Int64(changes)),
                "countries": .integer(Int64(Country.all.count)), "seconds": .number(took.inSeconds),
            ]
        }
    }
}
