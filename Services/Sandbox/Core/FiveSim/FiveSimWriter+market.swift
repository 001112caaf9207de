import JSON
import Kit

extension FiveSimWriter {
    /// Every country with its pools: `iso` and `prefix` are objects whose one key is the value.
    package static func countries(_ market: Market, to writer: inout JSONWriter) {
        writer.beginObject()
        for place in market.places {
            writer.key(place.country.slug)
            writer.beginObject()
            for (key, value) in [("iso", place.country.iso.lowercased()), ("prefix", place.country.prefix)] {
                writer.key(key)
                writer.beginObject()
                writer.key(value)
                writer.integer(1)
                writer.endObject()
            }
            writer.key("text_en")
            writer.string(place.country.name)
            writer.key("text_ru")
            writer.string(place.russianName)
            for pool in place.operators {
                writer.key(pool.name)
                writer.beginObject()
                writer.key("activation")
                writer.integer(1)
                if pool.sellsHosting {
                    writer.key("hosting")
                    writer.integer(1)
                }
                writer.endObject()
            }
            writer.endObject()
        }
        writer.endObject()
    }

    /// What can be bought in a country of a pool (nil: of any), the stock summed and the lowest price named.
    package static func products(
        _ market: Market, place: Place?, pool: String?, at now: Timestamp, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        for product in market.products {
            var count = 0
            var cost: Money?
            for place in place.map({ [$0] }) ?? market.places {
                for offer in market.offers(place: place.index, product: product.index, at: now)
                where pool == nil || place.operators[offer.key.pool].name == pool {
                    count += offer.count
                    cost = min(cost ?? offer.cost, offer.cost)
                }
            }
            guard let cost else { continue }
            writer.key(product.slug)
            writer.beginObject()
            writer.key("Category")
            writer.string(product.category.rawValue)
            writer.key("Qty")
            writer.integer(Int64(count))
            writer.key("Price")
            writer.raw(amount(cost))
            writer.endObject()
        }
        writer.endObject()
    }

    /// `{"beeline":{"cost":4,"count":1260,"rate":99.99},…}`; writes nothing and says so when there is no offer. What is
    /// to come before it is written by `prologue`, once.
    private static func pools(
        _ market: Market, place: Place, product: Product, at now: Timestamp, to writer: inout JSONWriter,
        prologue: (inout JSONWriter) -> Void
    ) -> Bool {
        let offers = market.offers(place: place.index, product: product.index, at: now)
        guard !offers.isEmpty else { return false }
        prologue(&writer)
        writer.beginObject()
        for offer in offers {
            writer.key(place.operators[offer.key.pool].name)
            writer.beginObject()
            writer.key("cost")
            writer.raw(amount(offer.cost))
            writer.key("count")
            writer.integer(Int64(offer.count))
            if let rate = offer.rate {
                writer.key("rate")
                writer.raw(hundredths(rate))
            }
            for (span, rate) in zip(Offer.spans, offer.recent) {
                guard let rate else { continue }
                writer.key("rate\(span)")
                writer.raw(hundredths(rate))
            }
            writer.endObject()
        }
        writer.endObject()
        return true
    }

    /// `"usa":{"telegram":{…},…}`: the member for one country, without braces around it.
    package static func pricesOfCountry(
        _ market: Market, place: Place, at now: Timestamp, to writer: inout JSONWriter
    ) {
        writer.key(place.country.slug)
        writer.beginObject()
        for product in market.products {
            _ = pools(market, place: place, product: product, at: now, to: &writer) { $0.key(product.slug) }
        }
        writer.endObject()
    }

    /// The answer for one country.
    package static func prices(_ market: Market, place: Place, at now: Timestamp, to writer: inout JSONWriter) {
        writer.beginObject()
        pricesOfCountry(market, place: place, at: now, to: &writer)
        writer.endObject()
    }

    /// The answer for one product: the product comes first, its countries within.
    package static func prices(_ market: Market, product: Product, at now: Timestamp, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key(product.slug)
        writer.beginObject()
        for place in market.places {
            _ = pools(market, place: place, product: product, at: now, to: &writer) { $0.key(place.country.slug) }
        }
        writer.endObject()
        writer.endObject()
    }

    /// The answer for a country and a product: the country comes first again; `null` when nothing is sold.
    package static func prices(
        _ market: Market, place: Place, product: Product, at now: Timestamp, to writer: inout JSONWriter
    ) {
        let isSold = pools(market, place: place, product: product, at: now, to: &writer) { writer in
            writer.beginObject()
            writer.key(place.country.slug)
            writer.beginObject()
            writer.key(product.slug)
        }
        guard isSold else { return writer.null() }
        writer.endObject()
        writer.endObject()
    }
}
