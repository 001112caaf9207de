import Contracts
import Kit
import Prices

/// How the cheapest numbers of a provider moved, service by service: what customers and administrators look at, where
/// the history of every operator is too much.
package enum PriceMoves {
    /// Of the services that a change touches, those whose cheapest number is other than before.
    package static func between(
        _ old: PriceList, _ new: PriceList, touching services: [String], policy: (String) -> PricePolicy
    ) -> [PriceMove] {
        var (before, after) = (Groups(old), Groups(new))
        return services.compactMap { service in
            let oldCost = PriceSummary.cheapest(before.take(service))
            let cost = PriceSummary.cheapest(after.take(service))
            guard oldCost != cost else { return nil }
            let policy = policy(service)
            var move = PriceMove()
            move.service = service
            move.oldCost = oldCost
            move.cost = cost
            move.oldPrice = oldCost.map { policy.price(.sms, cost: $0) }
            move.price = cost.map { policy.price(.sms, cost: $0) }
            move.changePercent = HistoryEntry.changePercent(from: oldCost, to: cost)
            return move
        }
    }

    /// Walks a list forward, service by service.
    private struct Groups {
        private let lines: [ProviderPrice]
        private var place = 0

        init(_ list: PriceList) { lines = list.lines }

        /// The lines of a service; later calls ask for later services.
        mutating func take(_ service: String) -> [ProviderPrice] {
            while place < lines.count, lines[place].service < service { place += 1 }
            let start = place
            while place < lines.count, lines[place].service == service { place += 1 }
            return Array(lines[start..<place])
        }
    }
}
