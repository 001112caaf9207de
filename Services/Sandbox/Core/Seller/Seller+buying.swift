import Kit

extension Seller {
    /// Buys a number. Money is frozen for a service and gone at once for a rental.
    package mutating func buy(_ purchase: Purchase, account: Int, at time: Timestamp) throws(Refusal) -> Order {
        advance(to: time)
        guard !settings.enforcesRating || accounts[account].rating.allowsPurchase(at: now) else {
            throw .notEnoughRating
        }
        guard !purchase.product.isEmpty else { throw .productIsEmpty }
        guard !purchase.country.isEmpty else { throw .selectCountry }
        guard !purchase.pool.isEmpty else { throw .selectOperator }
        guard Self.isSlug(purchase.country) else { throw .badCountry }
        guard let product = Product.slug(purchase.product), product.category == purchase.category else {
            throw .noProduct
        }
        if let reference = purchase.reference, orderByReference[account]?[reference] != nil { throw .referenceTaken }
        let forwardingNumber = try forwardingNumber(of: purchase)
        let offer = try choose(purchase, product, account)
        let price =
            (purchase.price ?? purchase.lifetime.map { Self.rent(offer, for: $0) } ?? offer.fill) + purchase.surcharge
        guard price <= accounts[account].balance else { throw .notEnoughBalance }
        let place = market.places[offer.key.place]
        guard let phone = nextNumber(of: place, preferring: purchase.beginning) else { throw .noFreePhones }
        market.take(offer, at: now)
        return open(
            offer, phone: phone, account: account,
            terms: Terms(
                isReusable: purchase.reuse, isVoice: purchase.voice, forwardingNumber: forwardingNumber,
                referral: purchase.referral, reference: purchase.reference, isCallerCode: purchase.callerCode,
                lifetime: purchase.lifetime, price: price))
    }

    /// Has a number again that was bought with that right.
    package mutating func reuse(
        product slug: String, number: String, account: Int, at time: Timestamp
    ) throws(Refusal) -> Order {
        advance(to: time)
        guard !settings.enforcesRating || accounts[account].rating.allowsPurchase(at: now) else {
            throw .notEnoughRating
        }
        guard let product = Product.slug(slug) else { throw .noProduct }
        let digits = number.utf8.first == UInt8(ascii: "+") ? String(number.dropFirst()) : number
        guard let last = orderByPhone[digits].flatMap({ order($0) }), last.account == account else {
            throw .reuseNotPossible
        }
        guard self.product(of: last).category == .activation else {
            throw Refusal.hostingOrder.with(status: settings.orderErrorStatus)
        }
        guard last.offer.product == product.index, !last.status.isOpen else { throw .reuseNotPossible }
        guard last.isReusable else { throw .reuseFalse }
        guard now <= last.createdAt + settings.reuseWithin else { throw .reuseExpired }
        // The number is out of the stock already; only today's price is asked for.
        guard let offer = market.offer(last.offer, at: now) else { throw .noFreePhones }
        guard offer.fill <= accounts[account].balance else { throw .notEnoughBalance }
        return open(
            offer, phone: digits, account: account,
            terms: Terms(isReusable: true, isVoice: last.isVoice, forwardingNumber: nil, referral: last.referral))
    }

    struct Terms {
        var isReusable = false
        var isVoice = false
        var forwardingNumber: String?
        var referral: String?
        var reference: String?
        var isCallerCode = false
        var lifetime: Duration?
        /// What it costs, where that is not what the offer says.
        var price: Money?
    }

    mutating func open(_ offer: Offer, phone: String, account: Int, terms: Terms) -> Order {
        let product = market.products[offer.key.product]
        let id = firstOrder + Int64(orders.count)
        let price = terms.price ?? offer.fill
        let order = Order(
            id: id, account: account, offer: offer.key, phone: phone, price: price, createdAt: now,
            expiresAt: now + (terms.lifetime ?? product.lifetime ?? settings.lifetime),
            status: settings.preparation > .zero ? .pending : .received, isReusable: terms.isReusable,
            isVoice: terms.isVoice, forwardingNumber: terms.forwardingNumber, referral: terms.referral,
            reference: terms.reference, isCallerCode: terms.isCallerCode)
        orders.append(order)
        orderByPhone[phone] = id
        if let reference = terms.reference { orderByReference[account, default: [:]][reference] = id }
        let rented = product.category == .hosting
        books.post(
            rented ? .rent : .purchase, price, order: id, account: account, to: &accounts[account], at: now)
        if rented { accounts[account].rentals.append(id) } else { accounts[account].activations.append(id) }
        accounts[account].openIDs.append(id)
        accounts[account].openCount += 1
        if !accounts[account].products.contains(product.index) { accounts[account].products.append(product.index) }
        timers.add(.expiry(id), at: order.expiresAt)
        if settings.preparation > .zero { timers.add(.ready(id), at: now + settings.preparation) }
        schedule(order, chance: offer.chance, median: offer.hidden?.median)
        return order
    }

    private func forwardingNumber(of purchase: Purchase) throws(Refusal) -> String? {
        guard purchase.forwarding, purchase.category == .activation else { return nil }
        let number = purchase.forwardingNumber ?? Self.defaultForwardingNumber
        // Only Russian numbers: eleven digits, the first a seven.
        guard number.utf8.count == 11, number.utf8.first == UInt8(ascii: "7"),
            number.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw .badForwardingNumber }
        return number
    }

    /// Where calls go when the customer names no number.
    package static let defaultForwardingNumber = "78000000000"

    /// The offer that serves: the one pool asked for, or the cheapest that delivers and stays below the ceiling.
    private func choose(_ purchase: Purchase, _ product: Product, _ account: Int) throws(Refusal) -> Offer {
        var candidates: [Offer] = []
        let anyPool = purchase.pool == "any"
        if purchase.country == "any" {
            for place in market.places {
                candidates += market.offers(place: place.index, product: product.index, at: now)
                    .filter { anyPool || place.operators[$0.key.pool].name == purchase.pool }
            }
        } else {
            guard let place = market.place(purchase.country) else { throw .noFreePhones }
            if anyPool {
                candidates = market.offers(place: place.index, product: product.index, at: now)
            } else {
                guard let pool = place.operators.firstIndex(where: { $0.name == purchase.pool }) else {
                    throw .badOperator
                }
                let key = OfferKey(place: place.index, product: product.index, pool: pool)
                candidates = market.offer(key, at: now).map { [$0] } ?? []
            }
        }
        let ceiling =
            anyPool
            ? purchase.maxPrice ?? accounts[account].maxPrices.first { $0.product == product.slug }?.price : nil
        let best =
            candidates
            .filter { offer in offer.count > 0 && (ceiling.map { offer.cost <= $0 } ?? true) }
            .min { (($0.chance < 1 ? 1 : 0), $0.cost) < (($1.chance < 1 ? 1 : 0), $1.cost) }
        guard let best else { throw .noFreePhones }
        return best
    }

    private static func isSlug(_ text: String) -> Bool { text.utf8.allSatisfy { (0x61...0x7A).contains($0) } }
}
