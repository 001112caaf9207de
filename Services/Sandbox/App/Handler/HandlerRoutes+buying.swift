import HTTPServer
import JSON
import Kit
import Providers
import SandboxCore

extension HandlerRoutes {
    static func buying(_ actions: inout Actions, _ upstream: Upstream, _ dialect: HandlerDialect) {
        actions["getnumber"] = upstream.handler("buy", .customer) { world, call, request throws(Refusal) in
            let order = try buy(&world, call, request, dialect, takesReference: false)
            return say("ACCESS_NUMBER:\(shown(order, world, call)):\(order.phone)", dialect)
        }
        actions["getnumberv2"] = upstream.handler("buy", .customer) { world, call, request throws(Refusal) in
            guard dialect.settings.hasV2 else { throw Refusal(404, "BAD_ACTION") }
            let order = try buy(&world, call, request, dialect, takesReference: true)
            return say(HandlerWriter(dialect).sale(order, id: shown(order, world, call), world.seller), dialect)
        }
        actions["checkextraactivation"] = upstream.handler("reuse", .customer) {
            world, call, request throws(Refusal) in
            let order = try extra(&world, call, request)
            guard let offer = world.seller.market.offer(order.offer, at: call.now) else {
                throw Refusal(400, "SIM_OFFLINE")
            }
            let writer = HandlerWriter(dialect)
            return say(
                [
                    "status": "success", "cost": writer.money(offer.fill),
                    "service": .string(writer.service(order, world.seller)),
                    "phone": .integer(Int64(order.phone) ?? 0),
                    "country": .integer(Int64(writer.country(order, world.seller))),
                ], dialect)
        }
        actions["getextraactivation"] = upstream.handler("reuse", .customer) { world, call, request throws(Refusal) in
            let before = try extra(&world, call, request)
            let order = try world.seller.reuse(
                product: world.seller.product(of: before).slug, number: before.phone, account: call.account,
                at: call.now)
            return say("ACCESS_NUMBER:\(order.id):\(order.phone)", dialect)
        }
        guard upstream.vendor == .hero else { return }
        // The same by the heir's own names, told as every sale.
        actions["reactivationprice"] = upstream.handler("reuse", .customer) { world, call, request throws(Refusal) in
            let order = try extra(&world, call, request)
            guard let offer = world.seller.market.offer(order.offer, at: call.now) else {
                throw Refusal(400, "SIM_OFFLINE")
            }
            return say(["data": ["price": HandlerWriter(dialect).money(offer.fill)]], dialect)
        }
        actions["reactivate"] = upstream.handler("reuse", .customer) { world, call, request throws(Refusal) in
            let before = try extra(&world, call, request)
            let order = try world.seller.reuse(
                product: world.seller.product(of: before).slug, number: before.phone, account: call.account,
                at: call.now)
            return say(HandlerWriter(dialect).sale(order, id: order.id, world.seller), dialect)
        }
    }

    private static func extra(
        _ world: inout Upstream.World, _ call: Call, _ request: HTTPRequest
    ) throws(Refusal) -> Order {
        let id = try request.order("activationId", "id")
        let order: Order
        do throws(Refusal) {
            order = try world.seller.look(at: id, .activation, account: call.account, at: call.now)
        } catch {
            throw Refusal(400, "WRONG_ACTIVATION_ID")
        }
        guard !order.status.isOpen else { throw Refusal(400, "NEW_ACTIVATION_IMPOSSIBLE") }
        return order
    }

    /// The id that is told: a fault may have it be another.
    private static func shown(_ order: Order, _ world: Upstream.World, _ call: Call) -> Int64 {
        switch call.fault?.kind {
        case .wrongID: order.id + 1_000_000_000
        case .duplicateID: world.seller.accounts[call.account].activations.last { $0 < order.id } ?? order.id
        default: order.id
        }
    }

    private static func buy(
        _ world: inout Upstream.World, _ call: Call, _ request: HTTPRequest, _ dialect: HandlerDialect,
        takesReference: Bool
    ) throws(Refusal) -> Order {
        guard let code = request.value("service"), let slug = SMSActivateServiceTable.codes.slug(code) else {
            throw Refusal(400, "BAD_SERVICE")
        }
        let country = try request.countrySlug(dialect)
        // An operator that is not known is put aside in silence, and another serves.
        let wanted = request.value("operator")?.split(separator: ",").map(String.init) ?? []
        let place = country.flatMap { world.seller.market.place($0) }
        let pool = wanted.first { name in place?.operators.contains { $0.name == name } == true }
        var purchase = Purchase(country: country ?? "any", pool: pool ?? "any", product: slug)
        purchase.reuse = true
        switch request.integer("activationType") ?? 0 {
        case 0: break
        case 1: purchase.callerCode = true
        case 2: purchase.voice = true
        default: throw Refusal(400, "BAD_DATA")
        }
        purchase.referral = request.value("ref")
        purchase.maxPrice = request.value("maxPrice").flatMap { Double($0) }.flatMap { Money(rounding: $0) }
        if takesReference { purchase.reference = request.value("orderId") }
        if let exceptions = request.value("phoneException") {
            guard
                exceptions.split(separator: ",").allSatisfy({ (3...9).contains($0.count) && $0.allSatisfy(\.isNumber) })
            else { throw Refusal(400, "WRONG_EXCEPTION_PHONE") }
        }
        // With a name that was used nothing else is looked at.
        if let reference = purchase.reference,
            world.seller.order(reference: reference, account: call.account) != nil
        {
            throw .referenceTaken
        }
        if let limit = purchase.maxPrice, let least = least(world, place, slug, pool, call.now), least > limit {
            throw Refusal(400, "WRONG_MAX_PRICE:\(HandlerWriter.amount(least))")
        }
        return try world.seller.buy(purchase, account: call.account, at: call.now)
    }

    /// The lowest price there is a number at.
    private static func least(
        _ world: Upstream.World, _ place: Place?, _ slug: String, _ pool: String?, _ now: Timestamp
    ) -> Money? {
        guard let place, let product = Product.slug(slug) else { return nil }
        return world.seller.market.offers(place: place.index, product: product.index, at: now)
            .filter { offer in offer.count > 0 && (pool.map { place.operators[offer.key.pool].name == $0 } ?? true) }
            .map(\.cost).min()
    }
}
