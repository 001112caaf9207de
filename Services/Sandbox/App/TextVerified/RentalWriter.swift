import JSON
import Kit
import SandboxCore

/// TextVerified's JSON about rentals.
enum RentalWriter {
    /// The id of the sale at that place of the book.
    static func sale(_ index: Int, _ world: Upstream.World) -> String {
        OpaqueID.text("sa_", Int64(index), world.textVerified.sales[index].createdAt)
    }

    static func cycleID(_ index: Int, _ world: Upstream.World) -> String {
        OpaqueID.text("bc_", Int64(index), world.textVerified.cycles[index].createdAt)
    }

    private static func kind(_ order: Order, _ world: Upstream.World) -> String {
        guard world.seller.product(of: order).category == .hosting else { return "verification" }
        return world.textVerified.details[order.id]?.isRenewable == true ? "renewable" : "nonrenewable"
    }

    /// Where an order is, whatever it is.
    static func place(_ order: Order, _ world: Upstream.World, _ base: String) -> String {
        let kind = kind(order, world)
        return base + (kind == "verification" ? "/verifications/" : "/reservations/rental/\(kind)/")
            + TextVerifiedWriter.id(order)
    }

    /// A rental may be given back within the first half hour, while nothing came.
    static func refundableUntil(_ order: Order) -> Timestamp {
        order.messages.isEmpty ? order.createdAt + .seconds(1_800) : order.createdAt
    }

    private static func state(_ order: Order, _ world: Upstream.World) -> String {
        let details = world.textVerified.details[order.id]
        if details?.isRefunded == true { return "Refunded" }
        let isOver = details?.cycle.map { world.textVerified.cycles[$0].isExpired } ?? false
        if isOver || !order.status.isOpen { return "Expired" }
        return details?.isOverdue == true ? "Overdue" : "Active"
    }

    static func rental(_ order: Order, _ world: Upstream.World, _ base: String, isWhole: Bool) -> JSON {
        let details = world.textVerified.details[order.id]
        let isRenewable = details?.isRenewable ?? false
        let kind = isRenewable ? "renewable" : "nonrenewable"
        let id = TextVerifiedWriter.id(order)
        let query = "?reservationId=\(id)&reservationType=\(kind)"
        let sale = details?.sale.map { self.sale($0, world) }
        let until = refundableUntil(order)
        let canRefund = order.status.isOpen && world.now < until
        var members: [JSON.Member] = [
            .init("createdAt", TextVerifiedWriter.time(order.createdAt)), .init("id", .string(id)),
            .init("serviceName", .string(details?.service ?? "")), .init("state", .string(kind + state(order, world))),
            .init("number", TextVerifiedWriter.number(order)), .init("alwaysOn", .bool(details?.isAlwaysOn ?? true)),
            .init("sale", sale.map { TextVerifiedWriter.link(base + "/sales/" + $0) } ?? .null),
            .init("saleId", sale.map { .string($0) } ?? .null),
            .init("sms", TextVerifiedWriter.link(base + "/sms" + query)),
            .init("calls", TextVerifiedWriter.link(base + "/calls" + query)),
        ]
        if isRenewable {
            let cycle = details?.cycle.map { cycleID($0, world) }
            members += [
                .init("billingCycle", cycle.map { TextVerifiedWriter.link(base + "/billing-cycles/" + $0) } ?? .null),
                .init("billingCycleId", cycle.map { .string($0) } ?? .null),
                .init("isIncludedForNextRenewal", .bool(details?.isIncluded ?? false)),
            ]
        }
        guard isWhole else {
            return .object(members + [.init("link", TextVerifiedWriter.link(place(order, world, base)))])
        }
        if !isRenewable { members.append(.init("endsAt", TextVerifiedWriter.time(order.expiresAt))) }
        members.append(
            .init(
                "refund",
                [
                    "canRefund": .bool(canRefund),
                    "link": TextVerifiedWriter.link(place(order, world, base) + "/refund", "POST"),
                    "refundableUntil": canRefund ? TextVerifiedWriter.time(until) : .null,
                ]))
        return .object(members)
    }

    // MARK: sales

    static func sale(_ index: Int, _ world: Upstream.World, _ visit: TextVerifiedVisit, isWhole: Bool) -> JSON {
        let sale = world.textVerified.sales[index]
        let isDecided = sale.decidedAt <= visit.now
        let half = sale.createdAt + (sale.decidedAt - sale.createdAt) / 2
        let state = isDecided ? sale.isFailed ? "failed" : "succeeded" : visit.now < half ? "created" : "processing"
        let id = self.sale(index, world)
        var members: [JSON.Member] = [
            .init("createdAt", TextVerifiedWriter.time(sale.createdAt)), .init("id", .string(id)),
            .init("state", .string(state)),
            .init("updatedAt", TextVerifiedWriter.time(isDecided ? sale.decidedAt : sale.createdAt)),
        ]
        // The price has one name in a list and another here.
        guard isWhole else {
            members += [
                .init("totalCost", TextVerifiedWriter.money(sale.total)),
                .init("link", TextVerifiedWriter.link(visit.base + "/sales/" + id)),
            ]
            return .object(members)
        }
        let order = isDecided ? sale.order.flatMap { world.seller.order($0) } : nil
        members += [
            .init("total", TextVerifiedWriter.money(sale.total)),
            .init("reservations", .array(order.map { [item($0, world, visit)] } ?? [])),
            .init(
                "backOrderReservations",
                .array(isDecided ? sale.backOrder.map { [backOrder($0, world, visit)] } ?? [] : [])),
        ]
        return .object(members)
    }

    private static func item(_ order: Order, _ world: Upstream.World, _ visit: TextVerifiedVisit) -> JSON {
        let id = TextVerifiedWriter.id(order)
        return [
            "id": .string(id), "link": TextVerifiedWriter.link(visit.base + "/reservations/" + id),
            "reservationType": .string(kind(order, world)),
            "serviceName": .string(TextVerifiedWriter.service(order, world)),
        ]
    }

    static func saleOfVerification(
        _ order: Order, _ id: String, _ world: Upstream.World, _ visit: TextVerifiedVisit
    ) -> JSON {
        [
            "createdAt": TextVerifiedWriter.time(order.createdAt), "id": .string(id), "state": "succeeded",
            "total": TextVerifiedWriter.money(order.price), "updatedAt": TextVerifiedWriter.time(order.createdAt),
            "reservations": [item(order, world, visit)], "backOrderReservations": [],
        ]
    }

    static func backOrder(_ index: Int, _ world: Upstream.World, _ visit: TextVerifiedVisit) -> JSON {
        let wish = world.textVerified.backOrders[index]
        let order = wish.order.flatMap { world.seller.order($0) }
        let sale = self.sale(wish.sale, world)
        let id = OpaqueID.text("bo_", Int64(index), wish.createdAt)
        return [
            "id": .string(id), "link": TextVerifiedWriter.link(visit.base + "/backorders/" + id),
            "serviceName": .string(wish.details.service), "saleId": .string(sale),
            "sale": TextVerifiedWriter.link(visit.base + "/sales/" + sale),
            "reservation": order.map {
                TextVerifiedWriter.link(visit.base + "/reservations/" + TextVerifiedWriter.id($0))
            } ?? .null, "reservationId": order.map { .string(TextVerifiedWriter.id($0)) } ?? .null,
            "status": .string(wish.order != nil ? "fulfilled" : wish.isCanceled ? "canceled" : "created"),
        ]
    }

    // MARK: billing cycles

    static func cycle(_ index: Int, _ world: Upstream.World, _ visit: TextVerifiedVisit) -> JSON {
        let cycle = world.textVerified.cycles[index]
        let here = visit.base + "/billing-cycles/" + cycleID(index, world)
        return [
            "id": .string(cycleID(index, world)), "link": TextVerifiedWriter.link(here),
            "renewedThrough": TextVerifiedWriter.time(cycle.endsAt),
            "billingCycleEndsAt": TextVerifiedWriter.time(cycle.endsAt),
            "nextAutoRenewAttempt": cycle.isExpired ? .null : TextVerifiedWriter.time(cycle.endsAt),
            "emailNotificationsEnabled": .bool(cycle.reminds), "state": .string(cycle.isExpired ? "expired" : "active"),
            "nickname": .string(cycle.nickname),
            "rentals": TextVerifiedWriter.link(
                visit.base + "/reservations/rental/renewable?billingCycleId=" + cycleID(index, world)),
            "invoices": TextVerifiedWriter.link(here + "/invoices"),
        ]
    }

    static func invoice(_ cycle: Int, _ index: Int, _ world: Upstream.World) -> JSON {
        let invoice = world.textVerified.cycles[cycle].invoices[index]
        return self.invoice(
            OpaqueID.text("in_", Int64(cycle) << 20 | Int64(index), invoice.createdAt), invoice.createdAt,
            rentals(cycle, world, isIncluded: true), rentals(cycle, world, isIncluded: false), isPaid: invoice.isPaid,
            invoice.total)
    }

    /// What the next renewal would cost.
    static func preview(_ cycle: Int, _ world: Upstream.World, at now: Timestamp) -> JSON {
        let included = rentals(cycle, world, isIncluded: true)
        let total = included.reduce(Money.zero) { $0 + $1.price }
        return [
            "billingCycleId": .string(cycleID(cycle, world)),
            "renewalEstimate": invoice(
                OpaqueID.text("in_", Int64(cycle), now), now, included, rentals(cycle, world, isIncluded: false),
                isPaid: false, total),
        ]
    }

    private static func rentals(_ cycle: Int, _ world: Upstream.World, isIncluded: Bool) -> [Order] {
        world.textVerified.details
            .filter { $0.value.cycle == cycle && $0.value.isIncluded == isIncluded && !$0.value.isRefunded }
            .keys.sorted().compactMap { world.seller.order($0) }
    }

    private static func invoice(
        _ id: String, _ at: Timestamp, _ included: [Order], _ excluded: [Order], isPaid: Bool, _ total: Money
    ) -> JSON {
        func rows(_ orders: [Order]) -> JSON {
            .array(
                orders.map { order in
                    [
                        "number": TextVerifiedWriter.number(order),
                        "renewalCost": TextVerifiedWriter.money(order.price), "serviceName": "allservices",
                        "alreadyRenewed": .bool(isPaid), "includedAddOns": [], "excludedAddOns": [],
                    ]
                })
        }
        return [
            "createdAt": TextVerifiedWriter.time(at), "id": .string(id), "excludedRentals": rows(excluded),
            "includedRentals": rows(included), "isPaidFor": .bool(isPaid), "totalCost": TextVerifiedWriter.money(total),
        ]
    }
}
