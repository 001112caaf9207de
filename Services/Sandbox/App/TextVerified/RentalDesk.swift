import JSON
import Kit
import SandboxCore

/// A wish to rent, taken apart.
struct RentalWish: Sendable {
    let service: String
    let capability: String
    let days: Int64
    let isRenewable: Bool
    let isAlwaysOn: Bool

    init(_ body: JSON) throws(Refusal) {
        guard let service = body["serviceName"]?.stringValue, let isRenewable = body["isRenewable"]?.boolValue,
            body["numberType"]?.stringValue != nil
        else { throw .invalidRequest }
        guard service == TextVerifiedNames.anybody || TextVerifiedNames.product(of: service) != nil else {
            throw .noProduct
        }
        self.service = service
        self.isRenewable = isRenewable
        isAlwaysOn = body["alwaysOn"]?.boolValue ?? true
        capability = try TextVerifiedVisit.word(body["capability"], TextVerifiedNames.capabilities)
        days = try TextVerifiedVisit.word(body["duration"], TextVerifiedNames.days)
        // What goes on is paid by the month or longer, what ends may be shorter.
        if isRenewable, days < 30 { throw .invalidRequest }
    }

    var price: Money { Self.price(days, isAlwaysOn) + Money(micro: service == TextVerifiedNames.anybody ? 500_000 : 0) }

    /// Cheaper by the day the longer it lasts, and where the line may sleep.
    static func price(_ days: Int64, _ isAlwaysOn: Bool) -> Money {
        Money(micro: 1_000_000 + days * (days > 14 ? 300_000 : 500_000) + (isAlwaysOn ? 250_000 : 0))
    }
}

/// Sells rentals.
enum RentalDesk {
    /// How many days an unpaid rental is kept.
    private static let grace: Int64 = 3

    /// The place of the new sale in the book.
    static func sell(_ body: JSON, _ visit: TextVerifiedVisit, _ world: inout Upstream.World) throws(Refusal) -> Int {
        let wish = try RentalWish(body)
        let mayWait = body["allowBackOrderReservations"]?.boolValue ?? false
        var purchase = Purchase(.hosting, country: TextVerifiedRoutes.country, pool: "any", product: "1day")
        // What goes on is kept for a while when it is not paid for in time.
        purchase.lifetime = .seconds((wish.days + (wish.isRenewable ? Self.grace : 0)) * 86_400)
        purchase.price = wish.price
        purchase.beginning = body["areaCodeSelectOption"]?[0]?.stringValue ?? ""
        guard wish.price <= world.seller.accounts[visit.account].balance else { throw .notEnoughBalance }
        let behaviour = world.textVerified.behaviour
        let index = world.textVerified.sales.count
        var sale = TextVerifiedBook.Sale(
            account: visit.account, createdAt: visit.now, decidedAt: visit.now + behaviour.sale,
            total: wish.price)
        var details = TextVerifiedBook.Details(service: wish.service, capability: wish.capability)
        details.isRenewable = wish.isRenewable
        details.isAlwaysOn = wish.isAlwaysOn
        details.days = wish.days
        details.sale = index
        if wish.isRenewable { details.cycle = try cycle(body["billingCycleIdToAssignTo"], wish, visit, &world) }
        var fate = behaviour.rentals
        if fate == .served {
            do throws(Refusal) {
                let order = try world.seller.buy(purchase, account: visit.account, at: visit.now)
                world.textVerified.details[order.id] = details
                sale.order = order.id
                TextVerifiedShop.note(order, "rental", &world)
            } catch {
                guard error == .noFreePhones else { throw error }
                fate = .backorder
            }
        }
        switch fate {
        case .served: break
        case .failed: sale.isFailed = true
        case .backorder:
            guard mayWait else { throw .noFreePhones }
            sale.backOrder = world.textVerified.backOrders.count
            world.textVerified.backOrders.append(
                TextVerifiedBook.BackOrder(
                    account: visit.account, sale: index, wish: purchase, details: details, createdAt: visit.now,
                    dueAt: visit.now + behaviour.backOrder))
        }
        world.textVerified.sales.append(sale)
        return index
    }

    /// The billing cycle that was named, or a new one.
    private static func cycle(
        _ id: JSON?, _ wish: RentalWish, _ visit: TextVerifiedVisit, _ world: inout Upstream.World
    ) throws(Refusal) -> Int {
        if let id = id?.stringValue {
            guard let index = OpaqueID.number("bc_", id).flatMap({ Int(exactly: $0) }),
                world.textVerified.cycles.indices.contains(index),
                world.textVerified.cycles[index].account == visit.account
            else { throw .invalidRequest }
            return index
        }
        world.textVerified.cycles.append(
            TextVerifiedBook.Cycle(
                account: visit.account, createdAt: visit.now, days: wish.days,
                endsAt: visit.now + .seconds(wish.days * 86_400)))
        return world.textVerified.cycles.count - 1
    }
}
