import Kit

/// Which product of which pool of which country, in one word.
package struct OfferKey: Hashable, Sendable {
    package let place: Int
    package let product: Int
    package let pool: Int

    package init(place: Int, product: Int, pool: Int) {
        self.place = place
        self.product = product
        self.pool = pool
    }

    var word: UInt64 { UInt64(place) << 32 | UInt64(product) << 8 | UInt64(pool) }
}

/// What a pool asks for a product at some moment, and how many numbers it has.
package struct Offer: Hashable, Sendable {
    package var key: OfferKey
    /// What the price list says.
    package var cost: Money
    /// What a purchase really takes; differs from `cost` when a script has the price move in between.
    package var fill: Money
    package var count: Int
    /// The share of orders that get their message, in hundredths of a per cent; nil where none is published.
    package var rate: Int?
    /// The same over the last hours, for the spans of `Offer.spans`; nil where there were no orders.
    package var recent: [Int?]
    /// What share really gets its message, published or not, in hundredths of a per cent.
    package var truth: Int
    /// What is true of it whatever the dice and the scripts say.
    package var hidden: HiddenTruth?

    /// The spans, in hours, that rates are published for.
    package static let spans = [1, 3, 24, 72, 168, 720]

    /// The chance of a message. A pool of 60 % or more always delivers, so that the poor ones stand out.
    package var chance: Double { hidden?.chance ?? (truth >= 60_00 ? 1 : Double(truth) / 100_00) }
}

/// How an offer really is, apart from anything that is published: for those who study how it is found out.
package struct HiddenTruth: Hashable, Sendable {
    /// The share of orders that get a message.
    package var chance: Double
    /// How long half of the messages take at most.
    package var median: Duration

    package init(chance: Double, median: Duration) {
        self.chance = chance
        self.median = median
    }
}

/// A script's hand on the market: what is set here holds instead of what the dice say. Nil parts match everything.
package struct MarketScript: Hashable, Sendable {
    package var place: Int?
    package var product: Int?
    package var pool: String?
    package var cost: Money?
    package var fill: Money?
    package var count: Int?
    package var rate: Int?
    /// Tells one setting of `count` from the next, so that sales are counted against the right one.
    var stockName: Int64 = 0

    package init(place: Int? = nil, product: Int? = nil, pool: String? = nil) {
        self.place = place
        self.product = product
        self.pool = pool
    }

    /// Whether both speak of the same offers.
    func hasSameScope(as other: MarketScript) -> Bool {
        place == other.place && product == other.product && pool == other.pool
    }
}
