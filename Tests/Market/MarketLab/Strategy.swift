import Choosing
import Kit

/// Who chooses.
package enum Strategy: Hashable, Sendable {
    /// The product's own chooser.
    case ours(RoutingPolicy)
    /// The lowest price, whoever asks it.
    case cheapest
    /// The lowest price of the first provider.
    case defaultProvider
    /// Knows the true rates.
    case oracle

    package var name: String {
        switch self {
        case .ours: "Namaskah"
        case .cheapest: "cheapest price"
        case .defaultProvider: "default provider"
        case .oracle: "oracle"
        }
    }
}

/// The part of the service that chooses and learns, with everything it keeps: windows, and which offer leads.
struct Chooser {
    private let strategy: Strategy
    private(set) var routed: [RoutedOffer] = []
    private var indices: [OfferName: Int] = [:]
    private(set) var leader: OfferName?

    init(_ strategy: Strategy, _ world: MarketWorld) {
        self.strategy = strategy
        for (index, offer) in world.list.enumerated() {
            var standing = ProviderStanding()
            standing.lostShare = world.setting.lostShares[world.pools[index].provider]
            routed.append(RoutedOffer(offer, provider: standing))
            indices[OfferName(offer)] = index
        }
    }

    /// The offer for an attempt, and the whole decision where there is one.
    mutating func choose(
        _ id: ID, attempt: Int, tried: Set<Int>, _ world: MarketWorld
    ) -> (index: Int, decision: RoutingDecision?)? {
        func least(_ cost: (Int) -> Double?) -> (Int, RoutingDecision?)? {
            var best: (index: Int, cost: Double)?
            for index in world.list.indices where world.list[index].count > 0 && !tried.contains(index) {
                guard let cost = cost(index), cost < best?.cost ?? .infinity else { continue }
                best = (index, cost)
            }
            return best.map { ($0.index, nil) }
        }
        switch strategy {
        case .oracle: return least { world.trueCosts[$0] }
        case .cheapest: return least { Double(world.list[$0].cost.micro) }
        case .defaultProvider:
            return least { world.pools[$0].provider == 0 ? Double(world.list[$0].cost.micro) : nil }
        case .ours(let policy):
            for index in routed.indices { routed[index].offer = world.list[index] }
            var wish = Routing.Wish(orderID: id, attempt: attempt, ceiling: Money(micro: 1_000_000))
            for index in tried { wish.tried.insert(OfferName(world.list[index])) }
            let decision = Routing.decide(wish, among: routed, last: leader, policy: policy, now: world.now)
            if attempt == 1 { leader = decision.leader(after: leader) }
            guard let chosen = decision.chosen, let index = indices[OfferName(chosen.offer)] else { return nil }
            return (index, decision)
        }
    }

    /// What came of an attempt, as the service notes it: for the offer, and for all of its provider's.
    mutating func learn(_ index: Int, _ outcome: HealthWindow.Outcome, at time: Timestamp, _ world: MarketWorld) {
        guard case .ours = strategy else { return }
        routed[index].window = routed[index].window ?? HealthWindow(at: time)
        routed[index].window?.note(outcome, at: time)
        let provider = world.pools[index].provider
        var family = routed[index].family ?? HealthWindow(at: time)
        family.note(outcome, at: time)
        for sister in routed.indices where world.pools[sister].provider == provider { routed[sister].family = family }
    }
}
