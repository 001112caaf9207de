import Contracts
import Kit

/// What one provider takes in one country, in the order of services and operators, each of these once.
package struct PriceList: Hashable, Sendable {
    package let lines: [ProviderPrice]

    /// Of two lines for the same goods the cheaper counts; a price of nothing is none.
    package init(_ unordered: [ProviderPrice]) {
        let sorted = unordered.filter { $0.cost > .zero }.sorted {
            if $0.service != $1.service { return $0.service < $1.service }
            if $0.operator != $1.operator { return $0.operator < $1.operator }
            return $0.cost < $1.cost
        }
        var lines: [ProviderPrice] = []
        lines.reserveCapacity(sorted.count)
        for line in sorted where lines.last?.isSameGoods(as: line) != true { lines.append(line) }
        self.lines = lines
    }

    /// Lines that are in order already.
    init(sorted lines: [ProviderPrice]) { self.lines = lines }

    package static let empty = PriceList(sorted: [])
}

extension ProviderPrice {
    func isSameGoods(as other: ProviderPrice) -> Bool { service == other.service && `operator` == other.operator }

    /// By the names of the goods.
    func precedes(_ other: ProviderPrice) -> Bool {
        service != other.service ? service < other.service : `operator` < other.operator
    }
}
