import Contracts
import JSON
import Kit
import PricingCore
import Prices
import Testing

@Suite("Moves, alerts and advice")
struct WatchingTests {
    private static let at = Timestamp(microseconds: 1_770_000_000_000_000)

    private func moves(_ old: [ProviderPrice], _ new: [ProviderPrice]) -> [PriceMove] {
        let (old, new) = (PriceList(old), PriceList(new))
        return PriceMoves.between(old, new, touching: PriceDiff.between(old, new).services) {
            PricePolicy(service: $0)
        }
    }

    @Test("a move is of the cheapest number that is there, with what it would be sold for")
    func cheapest() {
        let moves = moves(
            [line("telegram", "x", 300_000), line("telegram", "y", 400_000), line("ebay", "x", 10)],
            [line("telegram", "x", 300_000, count: 0), line("telegram", "y", 400_000), line("ebay", "x", 10, count: 9)])
        #expect(moves.map(\.service) == ["telegram"])
        #expect(moves[0].oldCost == Money(micro: 300_000) && moves[0].cost == Money(micro: 400_000))
        #expect(moves[0].oldPrice == Money(micro: 900_000) && moves[0].price == Money(micro: 1_200_000))
        #expect(abs((moves[0].changePercent ?? 0) - 33.333) < 0.001)
    }

    @Test("what came has no old price, what went no new one, and neither is an alarm")
    func comingAndGoing() {
        let moves = moves([line("a", "x", 5)], [line("b", "x", 7)])
        #expect(moves.map(\.service) == ["a", "b"])
        #expect(moves.map { $0.cost?.micro } == [nil, 7] && moves.map { $0.oldCost?.micro } == [5, nil])
        #expect(moves.map(\.changePercent) == [nil, nil])
        #expect(AlertRules().alerts(moves, provider: "p", country: "c", at: Self.at, id: { .new() }).isEmpty)
    }

    @Test("a rise or fall by the rule's per cent is an alert; of many, the largest")
    func alerts() {
        let moves = moves(
            [line("a", "x", 100), line("b", "x", 100), line("c", "x", 100), line("d", "x", 100)],
            [line("a", "x", 120), line("b", "x", 119), line("c", "x", 30), line("d", "x", 300)])
        let all = AlertRules(percent: 20).alerts(moves, provider: "p", country: "c", at: Self.at, id: { .new() })
        #expect(all.map(\.service) == ["d", "c", "a"])
        #expect(all.map(\.kind) == [Open(.rose), Open(.fell), Open(.rose)])
        #expect(Set(all.map(\.id)).count == 3 && all.allSatisfy { $0.provider == "p" && $0.at == Self.at })
        let one = AlertRules(percent: 20, limit: 1).alerts(
            moves, provider: "p", country: "c", at: Self.at, id: { .new() })
        #expect(one.map(\.service) == ["d"])
    }

    private func offer(_ service: String, _ shares: [(String, Int64, Int)]) -> ServiceOffer {
        PriceSummary.summary(
            service: service, policy: PricePolicy(service: service),
            offers: shares.map { PricedOffer(provider: $0.0, line: line(service, "x", $0.1, count: $0.2)) })
    }

    @Test("a price by hand that the cost holds up is told once")
    func belowFloor() {
        let offers = [offer("a", [("p", 100, 0), ("q", 300, 1)]), offer("b", [("p", 10, 1)])]
        let policy = { (service: String) in PricePolicy(tier: .standard, fixed: Money(micro: 500)) }
        func found(_ known: Set<String>) -> [PriceAlert] {
            AlertRules().belowFloor(
                offers, country: "c", at: Self.at, known: known, policy: policy, id: { .new() })
        }
        #expect(found([]).map(\.service) == ["a"] && found([])[0].kind == Open(.belowFloor))
        #expect(found([])[0].cost == Money(micro: 300) && found([])[0].provider == "q")
        #expect(found(["a"]).isEmpty)
    }

    @Test("who is cheaper than the default provider by a fifth, and has some, is recommended")
    func advice() {
        let offers = [
            offer("a", [("5sim", 100, 1), ("q", 80, 1)]), offer("b", [("5sim", 100, 1), ("q", 81, 1)]),
            offer("c", [("5sim", 100, 1), ("q", 10, 0)]), offer("d", [("q", 10, 1)]),
            offer("e", [("5sim", 1000, 1), ("q", 500, 1), ("r", 400, 1)]),
        ]
        let advice = Advice.cheaper(than: "5sim", offers)
        #expect(advice.map(\.service) == ["e", "a"] && advice.map(\.to) == ["r", "q"])
        #expect(advice.map(\.saving) == [Money(micro: 600), Money(micro: 20)])
        #expect(Advice.cheaper(than: "5sim", offers, limit: 1).map(\.service) == ["e"])
    }

    @Test("what was said of one country goes before what was said of all")
    func policies() {
        let book = PolicyBook([
            .init(service: "telegram", country: nil, tier: .premium, price: Money(micro: 5)),
            .init(service: "telegram", country: "usa", tier: nil, price: Money(micro: 7)),
            .init(service: "ebay", country: "usa", tier: .highDemand, price: nil),
        ])
        #expect(book.policy("telegram", in: "england") == PricePolicy(tier: .premium, fixed: Money(micro: 5)))
        #expect(book.policy("telegram", in: "usa") == PricePolicy(tier: .premium, fixed: Money(micro: 7)))
        #expect(book.policy("ebay", in: "usa") == PricePolicy(tier: .highDemand))
        #expect(book.policy("ebay", in: "england") == PricePolicy(service: "ebay"))
    }
}
