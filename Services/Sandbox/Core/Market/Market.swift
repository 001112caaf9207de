import Kit

/// What can be bought where, for how much. Offers are not kept: each is computed from the dice when asked for, so that
/// a hundred thousand of them cost no memory. Only what was sold lately and what scripts say is held.
package struct Market: Sendable {
    package let places: [Place]
    package let products: [Product]
    /// Whether prices and stock move by themselves every ten minutes.
    package var moves = true
    /// Whether a sold number is missing from the stock.
    package var depletes = true
    package private(set) var scripts: [MarketScript] = []
    /// What is true of some offers whatever is published of them.
    package var hidden: [OfferKey: HiddenTruth] = [:]

    private let dice: Dice
    private let placeBySlug: [String: Int]
    private var sold: [OfferKey: Sold] = [:]
    private var stocksNamed: Int64 = 0

    /// Sales are forgotten when the stock they were taken from is a new one.
    private struct Sold: Sendable {
        var stock: Int64
        var count: Int
    }

    /// With at least so many pools in each country.
    package init(seed: UInt64, pools: Int = 0) {
        dice = Dice(seed: seed)
        places = Place.all(dice, pools: pools)
        products = Product.all
        var slugs: [String: Int] = [:]
        for place in places { slugs[place.country.slug] = place.index }
        slugs["uk"] = slugs["england"]
        placeBySlug = slugs
    }

    package func place(_ slug: String) -> Place? { placeBySlug[slug].map { places[$0] } }

    /// How long a movement of the market lasts.
    private static let step: Int64 = 600_000_000

    /// What one pool asks for a product; nil when it does not sell it.
    package func offer(_ key: OfferKey, at now: Timestamp) -> Offer? {
        let place = places[key.place]
        let product = products[key.product]
        let pool = place.operators[key.pool]
        let word = key.word
        let presence = dice.unit(.presence, word)
        switch product.category {
        case .hosting: guard pool.sellsHosting else { return nil }
        // Whatever is wanted most is sold nearly everywhere; of the long tail each pool has a part.
        case .activation: guard presence < (product.index < 60 ? 0.9 : 0.12) else { return nil }
        }
        let epoch = moves ? UInt64(bitPattern: now.microseconds / Self.step) : 0
        let cost = cost(word, place, product, epoch)
        let truth = truth(word)
        var offer = Offer(
            key: key, cost: cost, fill: cost, count: stock(word, product, epoch),
            rate: truth < 20_00 && presence > 0.02 || dice.unit(.rate, word, 1) < 0.06 ? nil : truth,
            recent: recent(word, truth), truth: truth, hidden: hidden[key])
        var stockName = Int64(bitPattern: epoch)
        for script in scripts where matches(script, key, pool.name) {
            if let cost = script.cost { (offer.cost, offer.fill) = (cost, cost) }
            if let fill = script.fill { offer.fill = fill }
            if let count = script.count {
                offer.count = count
                stockName = script.stockName
            }
            if let rate = script.rate { (offer.rate, offer.truth) = (rate, rate) }
        }
        if depletes, let sold = sold[key], sold.stock == stockName { offer.count = max(0, offer.count - sold.count) }
        return offer
    }

    private func matches(_ script: MarketScript, _ key: OfferKey, _ pool: String) -> Bool {
        (script.place ?? key.place) == key.place && (script.product ?? key.product) == key.product
            && (script.pool ?? pool) == pool
    }

    /// Every pool's offer for a product of a country, in the order of the pools.
    package func offers(place: Int, product: Int, at now: Timestamp) -> [Offer] {
        places[place].operators.indices.compactMap {
            offer(OfferKey(place: place, product: product, pool: $0), at: now)
        }
    }

    /// Takes one number out of the stock.
    package mutating func take(_ offer: Offer, at now: Timestamp) {
        guard depletes else { return }
        let pool = places[offer.key.place].operators[offer.key.pool].name
        var stockName = moves ? now.microseconds / Self.step : 0
        for script in scripts where script.count != nil && matches(script, offer.key, pool) {
            stockName = script.stockName
        }
        var entry = sold[offer.key] ?? Sold(stock: stockName, count: 0)
        if entry.stock != stockName { entry = Sold(stock: stockName, count: 0) }
        entry.count += 1
        sold[offer.key] = entry
    }

    /// Puts a script in force; it joins an earlier one of the same scope, and later ones win over earlier ones.
    package mutating func script(_ script: MarketScript) {
        var joined = script
        if let index = scripts.firstIndex(where: { $0.hasSameScope(as: script) }) { joined = scripts.remove(at: index) }
        if script.count != nil {
            stocksNamed += 1
            joined.stockName = -stocksNamed
        }
        joined.cost = script.cost ?? joined.cost
        joined.fill = script.fill ?? (script.cost == nil ? joined.fill : nil)
        joined.count = script.count ?? joined.count
        joined.rate = script.rate ?? joined.rate
        scripts.append(joined)
    }

    /// Takes every script back.
    package mutating func clearScripts() { scripts = [] }

    // MARK: What the dice say

    private func cost(_ word: UInt64, _ place: Place, _ product: Product, _ epoch: UInt64) -> Money {
        let wanted: Double
        switch product.category {
        // A product's own level, from 2 to 30 cents, dearer for what is wanted most.
        case .activation:
            let level = dice.unit(.price, UInt64(product.index), 1)
            wanted = (0.02 + 0.28 * level * level) * (product.index < 20 ? 1.6 : 1)
        case .hosting:
            wanted = 0.35 * Double((product.lifetime ?? .zero).components.seconds) / 86_400 + 0.4
        }
        let country = 0.4 + 1.8 * dice.unit(.price, UInt64(place.index), 2)
        let pool = 0.7 + 0.8 * dice.unit(.price, word, 3)
        var price = wanted * country * pool
        // In every step one offer in six stands some per cent off its usual price.
        let drift = dice.unit(.priceDrift, word, epoch)
        if moves, drift < 1 / 6 { price *= 1 + (drift * 6 - 0.5) * 0.16 }
        return Money(micro: max(1, Int64(price * 10_000)) * 100)
    }

    private func stock(_ word: UInt64, _ product: Product, _ epoch: UInt64) -> Int {
        let share = dice.unit(.stock, word)
        let usual = product.index < 60 ? 150 + Int(share * share * 9_000) : Int(share * share * 2_500)
        let moved = dice.unit(.stockDrift, word, epoch)
        // One offer in twenty is sold out for a while.
        return moves && moved < 0.05 ? 0 : Int(Double(usual) * (0.75 + 0.5 * moved))
    }

    private func truth(_ word: UInt64) -> Int {
        let draw = dice.unit(.rate, word)
        let within = dice.unit(.rate, word, 2)
        if draw < 0.08 { return Int(within * 35_00) }
        return 62_00 + Int(within.squareRoot() * 37_99)
    }

    private func recent(_ word: UInt64, _ truth: Int) -> [Int?] {
        Offer.spans.indices.map { span in
            let draw = dice.unit(.recentRate, word, UInt64(span))
            // The shorter the span, the more often nothing was ordered in it.
            guard draw < 0.25 + 0.1 * Double(span) else { return nil }
            let offset = Int((draw * 1_000).rounded()) % 9 * 60 - 240
            return min(99_99, max(0, truth + (span == Offer.spans.count - 1 ? 0 : offset)))
        }
    }
}
