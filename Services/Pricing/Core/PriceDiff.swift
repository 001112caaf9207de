import Contracts
import Kit

/// What became of a price list: enough to make the new one out of the old one, and no more.
package struct PriceChange: Hashable, Sendable {
    /// New lines, and those that are other than before.
    package var offers: [ProviderPrice] = []
    /// What is no longer sold.
    package var gone: [ProviderGoods] = []
    /// What each move of a price was; stock and rates are no part of it.
    package var history: [HistoryEntry] = []

    package init() {}

    /// Whether the lists are the same.
    package var isEmpty: Bool { offers.isEmpty && gone.isEmpty }

    /// The services of which anything changed, in their order.
    package var services: [String] { Set(offers.map(\.service)).union(gone.map(\.service)).sorted() }

    /// The list with the change in it.
    package func applied(to old: PriceList) -> PriceList {
        let replaced = Set(
            gone.map { Goods(service: $0.service, operator: $0.operator) }
                + offers.map { Goods(service: $0.service, operator: $0.operator) })
        return PriceList(
            old.lines.filter { !replaced.contains(Goods(service: $0.service, operator: $0.operator)) } + offers)
    }

    private struct Goods: Hashable {
        let service: String
        let `operator`: String
    }
}

/// One move of a price, for good. What appeared has no old price, what is gone no new one.
package struct HistoryEntry: Hashable, Sendable {
    package let service: String
    package let `operator`: String
    /// `sms`, or `voice` for the price of a number that takes calls.
    package let capability: Capability
    package let old: Money?
    package let new: Money?

    package init(service: String, operator: String, capability: Capability, old: Money?, new: Money?) {
        self.service = service
        self.operator = `operator`
        self.capability = capability
        self.old = old
        self.new = new
    }

    /// In per cent of the old price; nil for what appeared or is gone.
    package var changePercent: Double? { Self.changePercent(from: old, to: new) }

    /// In per cent of the old amount.
    package static func changePercent(from old: Money?, to new: Money?) -> Double? {
        guard let old, let new, old > .zero else { return nil }
        return Double(new.micro - old.micro) / Double(old.micro) * 100
    }
}

/// Compares two lists of one provider for one country. Pure, and one walk over both.
package enum PriceDiff {
    package static func between(_ old: PriceList, _ new: PriceList) -> PriceChange {
        var change = PriceChange()
        let (before, after) = (old.lines, new.lines)
        var (i, j) = (0, 0)
        while i < before.count || j < after.count {
            if j == after.count || (i < before.count && before[i].precedes(after[j])) {
                var goods = ProviderGoods()
                goods.service = before[i].service
                goods.operator = before[i].operator
                change.gone.append(goods)
                note(before[i], nil, in: &change)
                i += 1
            } else if i == before.count || after[j].precedes(before[i]) {
                change.offers.append(after[j])
                note(nil, after[j], in: &change)
                j += 1
            } else {
                if before[i] != after[j] {
                    change.offers.append(after[j])
                    note(before[i], after[j], in: &change)
                }
                i += 1
                j += 1
            }
        }
        return change
    }

    private static func note(_ old: ProviderPrice?, _ new: ProviderPrice?, in change: inout PriceChange) {
        guard let named = new ?? old else { return }
        func note(_ capability: Capability, _ old: Money?, _ new: Money?) {
            guard old != new else { return }
            change.history.append(
                HistoryEntry(
                    service: named.service, operator: named.operator, capability: capability, old: old, new: new))
        }
        note(.sms, old?.cost, new?.cost)
        note(.voice, old?.voiceCost, new?.voiceCost)
    }
}
