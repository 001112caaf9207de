import Contracts
import JSON
import Kit
import PricingCore
import Prices
import Testing

@Suite("Prices as messages")
struct PublicationTests {
    private static let at = Timestamp(microseconds: 1_770_000_000_000_000)

    /// A reader of whole lists: what every message says of its range replaces what was known of it.
    private func read(_ messages: [ProviderPrices], into known: [ProviderPrice]) -> PriceList {
        var lines = known
        for message in messages {
            lines.removeAll { line in
                (message.after.map { line.service > $0 } ?? true)
                    && (message.through.map { line.service <= $0 } ?? true)
            }
            lines += message.offers
        }
        return PriceList(lines)
    }

    @Test("a whole list comes in ranges that leave nothing out, whatever was known before", arguments: 0..<60)
    func whole(_ seed: UInt64) {
        var dice = Dice(seed)
        let (old, list) = (dice.list(), dice.list())
        let messages = Publication.whole(
            provider: "p", country: "england", version: 4, at: Self.at, list: list,
            limit: Int.random(in: 1...3000, using: &dice))
        #expect(messages.allSatisfy { $0.base == nil && $0.version == 4 && $0.gone == nil })
        #expect(messages.first?.after == nil && messages.last?.through == nil)
        #expect(zip(messages, messages.dropFirst()).allSatisfy { $0.through == $1.after && $0.through != nil })
        #expect(read(messages, into: old.lines) == list)
        #expect(read(messages.reversed(), into: old.lines) == list)
    }

    @Test("a change follows the version before; the first list, and a change that is too large, come whole")
    func change() {
        let (old, new) = (PriceList([line("a", "x", 1)]), PriceList([line("a", "x", 2), line("b", "x", 1)]))
        let change = PriceDiff.between(old, new)
        func messages(_ version: Int, _ limit: Int) -> [ProviderPrices] {
            Publication.messages(
                provider: "p", country: "england", version: version, at: Self.at, change: change, new: new,
                limit: limit)
        }
        let one = messages(7, 10_000)
        #expect(one.count == 1 && one[0].base == 6 && one[0].version == 7 && one[0].offers == change.offers)
        #expect(messages(1, 10_000).map(\.base) == [nil] && messages(1, 10_000)[0].offers == new.lines)
        #expect(messages(7, 300).map(\.base) == [nil, nil])
    }

    @Test("no message is larger than the broker takes")
    func size() {
        let long = String(repeating: "n", count: 60)
        let lines = (0..<6000).map {
            line(
                "service\($0 / 6)", long + "\($0 % 6)", 999_999_999_999, count: 999_999, rate: 0.123456789012345,
                voice: 999_999_999_999)
        }
        let list = PriceList(lines)
        let messages = Publication.whole(provider: "provider", country: "england", version: 1, at: Self.at, list: list)
        #expect(messages.count > 1 && messages.allSatisfy { $0.json.count < 256 * 1024 })
        let offers = Dictionary(grouping: list.lines, by: \.service).sorted { $0.key < $1.key }.map {
            PriceSummary.summary(
                service: $0.key, policy: PricePolicy(service: $0.key),
                offers: $0.value.map { PricedOffer(provider: "provider", line: $0) })
        }
        let shown = Publication.offers(country: "england", at: Self.at, offers)
        #expect(shown.count > 1 && shown.allSatisfy { $0.json.count < 256 * 1024 })
        #expect(shown.flatMap(\.services) == offers)
        #expect(zip(shown, shown.dropFirst()).allSatisfy { $0.through == $1.after })
        let moves = PriceMoves.between(.empty, list, touching: offers.map(\.service)) { PricePolicy(service: $0) }
        let facts = Publication.moves(provider: "provider", country: "england", version: 1, at: Self.at, moves)
        #expect(facts.flatMap(\.changes) == moves && facts.allSatisfy { $0.json.count < 256 * 1024 })
    }

    @Test("a country in which nothing is sold is one message that says so")
    func nothing() {
        let messages = Publication.whole(provider: "p", country: "x", version: 2, at: Self.at, list: .empty)
        #expect(messages.count == 1 && messages[0].offers.isEmpty && messages[0].through == nil)
        #expect(Publication.moves(provider: "p", country: "x", version: 2, at: Self.at, []).isEmpty)
    }
}
