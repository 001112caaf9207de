import Contracts
import JSON
import Kit
import Prices

/// When a move of a price is something that somebody should look at.
package struct AlertRules: Hashable, Sendable {
    /// A rise or fall of the cheapest number's cost by at least so many per cent.
    package var percent: Double
    /// Of one list, the largest moves: a provider that changes everything at once is one piece of news.
    package var limit: Int

    package init(percent: Double = 20, limit: Int = 50) {
        self.percent = percent
        self.limit = limit
    }

    /// The alerts for one list's moves.
    package func alerts(
        _ moves: [PriceMove], provider: String, country: String, at: Timestamp, id: () -> ID
    ) -> [PriceAlert] {
        moves.filter { ($0.changePercent?.magnitude ?? 0) >= percent }
            .sorted { ($1.changePercent?.magnitude ?? 0, $0.service) < ($0.changePercent?.magnitude ?? 0, $1.service) }
            .prefix(limit)
            .map { move in
                var alert = PriceAlert()
                alert.id = id()
                alert.kind = Open(move.changePercent ?? 0 > 0 ? .rose : .fell)
                alert.provider = provider
                alert.country = country
                alert.service = move.service
                alert.oldCost = move.oldCost
                alert.cost = move.cost ?? .zero
                alert.changePercent = move.changePercent
                alert.at = at
                return alert
            }
    }

    /// The alerts for prices set by hand that the cost holds up. `known` are services of which it was said already.
    package func belowFloor(
        _ offers: [ServiceOffer], country: String, at: Timestamp, known: Set<String>, policy: (String) -> PricePolicy,
        id: () -> ID
    ) -> [PriceAlert] {
        offers.compactMap { offer in
            guard
                let cheapest = offer.providers?.filter({ $0.count > 0 || offer.count == 0 }).min(by: {
                    $0.cost < $1.cost
                }),
                policy(offer.service).isBelowFloor(cost: cheapest.cost), !known.contains(offer.service)
            else { return nil }
            var alert = PriceAlert()
            alert.id = id()
            alert.kind = Open(.belowFloor)
            alert.provider = cheapest.provider
            alert.country = country
            alert.service = offer.service
            alert.cost = cheapest.cost
            alert.at = at
            return alert
        }
    }
}
