import Contracts
import Kit
import PricingCore
import Prices
import Testing

@Suite("What became of a price list")
struct PriceDiffTests {
    @Test("a list is in order, has each of its goods once at the lower price, and nothing that costs nothing")
    func order() {
        let list = PriceList([
            line("b", "x", 2), line("a", "y", 3), line("b", "x", 1), line("a", "x", 0), line("a", "b", 9),
        ])
        #expect(list.lines == [line("a", "b", 9), line("a", "y", 3), line("b", "x", 1)])
    }

    @Test("the old list with the change in it is the new list, and a list against itself has none", arguments: 0..<300)
    func applies(_ seed: UInt64) {
        var dice = Dice(seed)
        let (old, new) = (dice.list(), dice.list())
        let change = PriceDiff.between(old, new)
        #expect(change.applied(to: old) == new)
        #expect(PriceDiff.between(new, new).isEmpty)
        #expect(change.isEmpty == (old == new))
        // Nothing is in the change that was there before.
        #expect(Set(change.offers).isDisjoint(with: old.lines))
        #expect(change.offers.count + change.gone.count <= old.lines.count + new.lines.count)
    }

    @Test("the history of a price, summed up, leads from the first list to the last", arguments: 0..<100)
    func historyLeads(_ seed: UInt64) {
        var dice = Dice(seed &+ 10_000)
        let lists = [PriceList.empty] + (0..<6).map { _ in dice.list() }
        var prices: [String: Money] = [:]
        for (old, new) in zip(lists, lists.dropFirst()) {
            for entry in PriceDiff.between(old, new).history {
                let name = "\(entry.service)/\(entry.operator)/\(entry.capability)"
                #expect(entry.old == prices[name] && entry.old != entry.new, "\(name)")
                prices[name] = entry.new
            }
            var stated: [String: Money] = [:]
            for line in new.lines {
                stated["\(line.service)/\(line.operator)/sms"] = line.cost
                if let cost = line.voiceCost { stated["\(line.service)/\(line.operator)/voice"] = cost }
            }
            #expect(prices == stated)
        }
    }

    @Test("stock and rates are changes of the list, but no part of the history")
    func stock() {
        let change = PriceDiff.between(
            PriceList([line("a", "x", 5, count: 3)]), PriceList([line("a", "x", 5, count: 2, rate: 0.5)]))
        #expect(change.offers == [line("a", "x", 5, count: 2, rate: 0.5)] && change.gone.isEmpty)
        #expect(change.history.isEmpty && change.services == ["a"])
    }

    @Test("what rose, fell, came and went is told with its per cent, of voice too")
    func history() {
        let change = PriceDiff.between(
            PriceList([line("a", "x", 100), line("b", "x", 200, voice: 10), line("d", "x", 7)]),
            PriceList([line("a", "x", 150), line("b", "x", 100, voice: 20), line("c", "x", 1)]))
        #expect(change.history.map(\.service) == ["a", "b", "b", "c", "d"])
        #expect(change.history.map(\.changePercent) == [50, -50, 100, nil, nil])
        #expect(change.history.map(\.capability) == [.sms, .sms, .voice, .sms, .sms])
        #expect(change.history.map { $0.old?.micro } == [100, 200, 10, nil, 7])
        #expect(change.gone.map(\.service) == ["d"])
    }

    @Test("a full feed of a hundred thousand lines is compared within a second", .timeLimit(.minutes(1)))
    func large() {
        let old = (0..<100_000).map { line("service\($0 % 800)", "operator\($0 / 800)", 1 + Int64($0 % 977)) }
        let new = old.enumerated().map { index, line in
            var line = line
            if index % 3 == 0 { line.cost = line.cost * 2 }
            return line
        }
        let begun = ContinuousClock.now
        let change = PriceDiff.between(PriceList(old), PriceList(new))
        let took = begun.duration(to: .now)
        #expect(change.history.count == 33_334)
        // Of a build for debugging on a busy machine, so that only another order of magnitude fails.
        #expect(took < .seconds(30), "\(took)")
    }
}
