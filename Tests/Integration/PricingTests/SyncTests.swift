import Bus
import Contracts
import Database
import HTTPClient
import JSON
import Kit
import PricingCore
import Prices
import Runtime
import TestSupport
import Testing

/// One after the other: each has a broker's vhost, a database and a sandbox.
@Suite("Pricing", .serialized, .enabled(if: TestEnvironment.databaseURL != nil && TestEnvironment.amqpURL != nil))
struct PricingIntegration {
    private struct Entry: Row, Hashable {
        let name: String
        let old: Money?
        let new: Money?
        let change: Double?

        init(_ name: String, _ old: Money?, _ new: Money?) {
            self.name = name
            self.old = old
            self.new = new
            change = HistoryEntry.changePercent(from: old, to: new)
        }
        init(_ columns: inout Columns) throws(DatabaseError) {
            name = try columns.next()
            old = try columns.next()
            new = try columns.next()
            change = try columns.next()
        }
    }

    private static func changes(_ old: [String: Money], _ new: [String: Money]) -> Set<Entry> {
        Set(
            Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.map { Entry($0, old[$0], new[$0]) })
    }

    @Test("over 48 simulated hours the history is what the sandbox did, change for change, and so are the messages")
    func history() async throws {
        try await PricingHarness.with { harness in
            var known: [String: Money] = [:]
            repeat {
                known = try await harness.truth("england")
                try await harness.sync("england")
            } while try await harness.truth("england") != known
            var last =
                try await harness.database.value(Int64.self, "SELECT coalesce(max(number), 0) FROM price_history") ?? 0
            var moved = 0
            for hour in 1...48 {
                try await harness.control(.post, "/clock", ["advance_ms": 3_600_000])
                if hour == 7 {
                    try await harness.control(
                        .put, "/prices", ["price": 0.123, "country": "england", "product": "telegram"])
                }
                let before = try await harness.truth("england")
                try await harness.sync("england")
                let truth = try await harness.truth("england")
                // The simulated clock runs on; an hour in which it crossed a movement between the readings says nothing.
                let entries = try await harness.database.rows(
                    Entry.self,
                    """
                    SELECT service || '/' || operator, old, new, change FROM price_history
                    WHERE country = 'england' AND number > \(last) AND capability = 'sms' ORDER BY number
                    """)
                last = try await harness.database.value(Int64.self, "SELECT max(number) FROM price_history") ?? last
                guard before == truth else {
                    // What was stored is taken as read, so that the next hour is compared again.
                    for entry in entries { known[entry.name] = entry.new }
                    continue
                }
                #expect(Set(entries) == Self.changes(known, truth), "hour \(hour)")
                #expect(Set(entries).count == entries.count)
                moved += entries.count
                known = truth
            }
            #expect(moved > 1000)

            // Whoever follows the messages has the list as it stands.
            let version = try await harness.version("england")
            let hasAll = await eventually {
                ((try? harness.heard(ProviderPrices.self)) ?? []).contains { $0.version == version }
            }
            #expect(hasAll)
            var list = PriceList.empty
            var read = 0
            let messages = try harness.heard(ProviderPrices.self).filter { $0.country == "england" }
            for message in messages.sorted(by: { ($0.version, $0.after ?? "") < ($1.version, $1.after ?? "") }) {
                if let base = message.base {
                    #expect(base == read)
                    var change = PriceChange()
                    change.offers = message.offers
                    change.gone = message.gone ?? []
                    list = change.applied(to: list)
                } else {
                    #expect(message.version == read + 1 || message.version == read)
                    let kept = list.lines.filter { line in
                        !((message.after.map { line.service > $0 } ?? true)
                            && (message.through.map { line.service <= $0 } ?? true))
                    }
                    list = PriceList(kept + message.offers)
                }
                read = message.version
            }
            #expect(read == version)
            let costs = Dictionary(uniqueKeysWithValues: list.lines.map { ("\($0.service)/\($0.operator)", $0.cost) })
            #expect(costs == known)
        }
    }

    @Test("gateways are told what the numbers are sold for, with a price by hand, and again when they ask")
    func told() async throws {
        try await PricingHarness.with { harness in
            @Sendable func telegram() throws -> [ServiceOffer] {
                try harness.heard(OffersChanged.self).filter { $0.country == "england" }.flatMap(\.services)
                    .filter { $0.service == "telegram" }
            }
            #expect(await eventually { (try? telegram().isEmpty) == false })
            let usual = try #require(try telegram().last)
            let cost = try #require(usual.providers?.first { $0.provider == "5sim" }?.cost)
            #expect(usual.price == PricePolicy(service: "telegram").price(.sms, cost: cost) && usual.count > 0)

            var update = PricingUpdate()
            update.action = Open(.price)
            update.service = "telegram"
            update.price = Money(micro: 42_000_000)
            let id = ID.new()
            await harness.command(update, id: id)
            #expect(await eventually { (try? telegram().last?.price) == Money(micro: 42_000_000) })

            // What stands below the floor is raised to it, and told.
            update.price = Money(micro: 1)
            await harness.command(update)
            #expect(await eventually { (try? telegram().last?.price) == PricePolicy.floor(cost: cost) })
            #expect(
                await eventually {
                    ((try? harness.heard(PriceAlerts.self)) ?? []).flatMap(\.alerts).contains {
                        $0.kind == Open(.belowFloor) && $0.service == "telegram" && $0.country == "england"
                    }
                })
            update.price = nil
            await harness.command(update)
            #expect(await eventually { (try? telegram().last?.price) == usual.price })
            // An old message that comes again changes nothing.
            update.price = Money(micro: 42_000_000)
            await harness.command(update, id: id)
            let count = try telegram().count
            var request = OffersRequest()
            request.requestedAt = .now
            await harness.command(request)
            #expect(await eventually { ((try? telegram().count) ?? 0) > count })
            #expect(try telegram().last?.price == usual.price)
            #expect(try await harness.database.value(Int64.self, "SELECT count(*) FROM service_pricing") == 0)

            let whole = try harness.heard(ProviderPrices.self).count { $0.country == "england" && $0.base == nil }
            var prices = ProviderPricesRequest()
            prices.provider = "5sim"
            prices.country = "england"
            await harness.command(prices)
            #expect(
                await eventually {
                    ((try? harness.heard(ProviderPrices.self)) ?? []).count {
                        $0.country == "england" && $0.base == nil
                    }
                        > whole
                })
        }
    }

    @Test("a price that doubles is an alert, a move for the gateways' history, and one row")
    func alert() async throws {
        try await PricingHarness.with { harness in
            try await harness.control(.put, "/settings", ["market_moves": false])
            let goods: [JSON.Member] = [.init("country", "england"), .init("product", "telegram")]
            try await harness.control(.put, "/prices", .object([.init("price", 0.2)] + goods))
            try await harness.sync("england")
            try await harness.control(.put, "/prices", .object([.init("price", 0.4)] + goods))
            try await harness.sync("england")
            #expect(
                await eventually {
                    ((try? harness.heard(PriceAlerts.self)) ?? []).flatMap(\.alerts).contains {
                        $0.kind == Open(.rose) && $0.service == "telegram" && $0.changePercent == 100
                            && $0.oldCost == Money(micro: 200_000) && $0.cost == Money(micro: 400_000)
                    }
                })
            let move = try harness.heard(PricesChanged.self).filter { $0.country == "england" }.flatMap(\.changes)
                .last { $0.service == "telegram" }
            #expect(move?.oldCost == Money(micro: 200_000) && move?.cost == Money(micro: 400_000))
            #expect(move?.oldPrice == Money(micro: 750_000) && move?.price == Money(micro: 1_200_000))
            #expect(
                try await harness.database.value(
                    Int64.self,
                    "SELECT count(*) FROM price_alerts WHERE service = 'telegram' AND new = 400000 AND country = 'england'"
                )
                    == 1)
        }
    }
}
