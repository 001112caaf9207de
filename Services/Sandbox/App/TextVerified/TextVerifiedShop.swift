import HTTPServer
import JSON
import Kit
import SandboxCore

/// Buying verifications: what TextVerified decides before the seller does.
enum TextVerifiedShop {
    static func isSold(_ product: Product, _ world: Upstream.World) -> Bool {
        guard let place = world.seller.market.place(TextVerifiedRoutes.country) else { return false }
        return !world.seller.market.offers(place: place.index, product: product.index, at: world.now).isEmpty
    }

    /// How many numbers there are for a service.
    static func stock(_ product: Product, _ world: Upstream.World) -> Int {
        guard let place = world.seller.market.place(TextVerifiedRoutes.country) else { return 0 }
        return world.seller.market.offers(place: place.index, product: product.index, at: world.now)
            .reduce(0) { $0 + $1.count }
    }

    /// The cheapest number that delivers; refused with the price where only that is in the way.
    static func offer(
        _ product: Product, carrier: String?, ceiling: Money?, _ world: Upstream.World
    ) throws(Refusal) -> Offer {
        let market = world.seller.market
        guard let place = market.place(TextVerifiedRoutes.country) else { throw .noProduct }
        let offers = market.offers(place: place.index, product: product.index, at: world.now)
            .filter { offer in
                offer.count > 0 && (carrier == nil || carrier == place.operators[offer.key.pool].name)
            }
        guard !offers.isEmpty else { throw .noFreePhones }
        let affordable = offers.filter { offer in ceiling.map { offer.fill <= $0 } ?? true }
        let best = affordable.min { left, right in
            let (isPoor, isOtherPoor) = (left.chance < 1, right.chance < 1)
            return isPoor == isOtherPoor ? left.fill < right.fill : isOtherPoor
        }
        guard let best else { throw .overPrice }
        return best
    }

    /// What choosing costs, and a line that takes calls.
    static func surcharge(area: Bool, carrier: Bool, _ capability: String) -> Money {
        Money(micro: (area ? 100_000 : 0) + (carrier ? 250_000 : 0) + (capability == "sms" ? 0 : 50_000))
    }

    static func buy(_ body: JSON, _ visit: TextVerifiedVisit, _ world: inout Upstream.World) throws(Refusal) -> Order {
        guard let name = body["serviceName"]?.stringValue else { throw .invalidRequest }
        let capability = try TextVerifiedVisit.word(body["capability"], TextVerifiedNames.capabilities)
        guard let product = TextVerifiedNames.product(of: name) else { throw .noProduct }
        if product.slug == "other", body["serviceNotListedName"]?.stringValue == nil { throw .invalidRequest }
        let area = body["areaCodeSelectOption"]?[0]?.stringValue
        var carrier: String?
        if let wanted = body["carrierSelectOption"]?[0] {
            carrier = try TextVerifiedVisit.word(wanted, TextVerifiedNames.carriers)
        }
        let extra = surcharge(area: area != nil, carrier: carrier != nil, capability)
        let maximum = body["maxPrice"]?.doubleValue.flatMap { Money(rounding: $0) }
        let offer = try offer(product, carrier: carrier, ceiling: maximum.map { $0 - extra }, world)
        var purchase = Purchase(
            country: TextVerifiedRoutes.country,
            pool: world.seller.market.places[offer.key.place].operators[offer.key.pool].name, product: product.slug)
        purchase.reuse = true
        purchase.voice = capability == "voice"
        purchase.surcharge = extra
        purchase.beginning = area ?? ""
        let order = try world.seller.buy(purchase, account: visit.account, at: visit.now)
        world.textVerified.details[order.id] = TextVerifiedBook.Details(service: name, capability: capability)
        note(order, "verification", &world)
        return order
    }

    /// The id of an order, or another's if a fault wants that.
    static func shown(_ order: Order, _ visit: TextVerifiedVisit, _ world: Upstream.World) -> String {
        switch visit.fault {
        case .wrongID: OpaqueID.text("lr_", order.id + 1_000_000_000, order.createdAt)
        case .duplicateID:
            world.seller.accounts[visit.account].activations.last { $0 < order.id }
                .flatMap { world.seller.order($0) }.map { TextVerifiedWriter.id($0) } ?? TextVerifiedWriter.id(order)
        default: TextVerifiedWriter.id(order)
        }
    }

    /// The number of a verification once more, as another one.
    static func again(
        _ order: Order, _ state: String, _ visit: TextVerifiedVisit, _ world: inout Upstream.World
    ) throws(Refusal) -> Order {
        if order.status.isOpen { _ = try world.seller.finish(order.id, account: visit.account, at: visit.now) }
        let product = world.seller.product(of: order)
        let next = try world.seller.reuse(
            product: product.slug, number: order.phone, account: visit.account, at: visit.now)
        let known = world.textVerified.details[order.id]
        world.textVerified.details[next.id] = TextVerifiedBook.Details(
            service: known?.service ?? TextVerifiedNames.name(of: product), capability: known?.capability ?? "sms")
        world.textVerified.details[order.id]?.followed = state
        note(next, "verification", &world)
        return next
    }

    static func note(_ order: Order, _ type: String, _ world: inout Upstream.World) {
        world.notices.note(
            "v2.reservation.created", ["id": .string(TextVerifiedWriter.id(order)), "type": .string(type)],
            at: world.now)
    }
}
