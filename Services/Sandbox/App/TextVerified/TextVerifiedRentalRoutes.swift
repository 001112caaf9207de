import HTTPServer
import JSON
import Kit
import SandboxCore

/// The routes of the simulated TextVerified that are about rentals.
enum TextVerifiedRentalRoutes {
    private static let deadline = TextVerifiedRoutes.deadline

    static func rentals(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(
            .post, "/pricing/rentals", deadline: deadline,
            upstream.textVerified("prices") { world, visit throws(Refusal) in
                let body = try visit.body()
                let wish = try RentalWish(body)
                guard body["areaCode"]?.boolValue != nil else { throw .invalidRequest }
                return TextVerifiedVisit.json([
                    "serviceName": .string(wish.service), "price": TextVerifiedWriter.money(wish.price),
                ])
            })
        routes.on(
            .post, "/reservations/rental", deadline: deadline,
            upstream.textVerified("buy") { world, visit throws(Refusal) in
                let sale = try RentalDesk.sell(try visit.body(), visit, &world)
                return visit.made(visit.base + "/sales/" + RentalWriter.sale(sale, world))
            })
        for isRenewable in [true, false] {
            let kind = isRenewable ? "renewable" : "nonrenewable"
            let path = "/reservations/rental/\(kind)"
            routes.on(
                .get, path, deadline: deadline,
                upstream.textVerified("orders") { world, visit throws(Refusal) in
                    let cycle = visit.request.value("billingCycleId")
                    let orders = world.seller.accounts[visit.account].rentals.reversed()
                        .compactMap { world.seller.order($0) }
                        .filter { world.textVerified.details[$0.id]?.isRenewable == isRenewable }
                    let rows = orders.map { RentalWriter.rental($0, world, visit.base, isWhole: false) }
                    return visit.page(
                        rows.filter { cycle == nil || $0["billingCycleId"]?.stringValue == cycle }, world)
                })
            routes.on(
                .get, path + "/{id}", deadline: deadline,
                upstream.textVerified("check") { world, visit throws(Refusal) in
                    let order = try world.rental(visit, isRenewable)
                    return TextVerifiedVisit.json(RentalWriter.rental(order, world, visit.base, isWhole: true))
                })
            routes.on(
                .post, path + "/{id}", deadline: deadline,
                upstream.textVerified("finish") { world, visit throws(Refusal) in
                    let order = try world.rental(visit, isRenewable)
                    let body = try visit.body()
                    if let notes = body["userNotes"]?.stringValue {
                        world.textVerified.details[order.id]?.notes = notes
                    }
                    if let isIncluded = body["includeForRenewal"]?.boolValue, isRenewable {
                        world.textVerified.details[order.id]?.isIncluded = isIncluded
                    }
                    return TextVerifiedVisit.done
                })
            routes.on(
                .post, path + "/{id}/refund", deadline: deadline,
                upstream.textVerified("cancel") { world, visit throws(Refusal) in
                    let order = try world.rental(visit, isRenewable)
                    guard visit.now < RentalWriter.refundableUntil(order), order.status.isOpen else {
                        throw .orderExpired
                    }
                    _ = try world.seller.refundRental(order.id, account: visit.account, at: visit.now)
                    world.textVerified.details[order.id]?.isRefunded = true
                    return TextVerifiedVisit.done
                })
        }
        routes.on(
            .post, "/reservations/rental/renewable/{id}/renew", deadline: deadline,
            upstream.textVerified("buy") { world, visit throws(Refusal) in
                let order = try world.rental(visit, true)
                guard let details = world.textVerified.details[order.id], details.isOverdue else { throw .orderExpired }
                _ = try world.seller.extendRental(
                    order.id, by: .seconds(details.days * 86_400), price: order.price, account: visit.account,
                    at: visit.now)
                world.textVerified.details[order.id]?.isOverdue = false
                return TextVerifiedVisit.done
            })
        routes.on(
            .post, "/reservations/rentals/extensions", deadline: deadline,
            upstream.textVerified("buy") { world, visit throws(Refusal) in
                let body = try visit.body()
                let order = try world.order(body["rentalId"]?.stringValue ?? "", visit)
                let days = try TextVerifiedVisit.word(body["extensionDuration"], TextVerifiedNames.days)
                guard let details = world.textVerified.details[order.id], !details.isRenewable, details.days > 0,
                    order.status.isOpen
                else { throw .invalidRequest }
                _ = try world.seller.extendRental(
                    order.id, by: .seconds(days * 86_400), price: RentalWish.price(days, details.isAlwaysOn),
                    account: visit.account, at: visit.now)
                return TextVerifiedVisit.done
            })
        routes.on(
            .get, "/reservations/{id}", deadline: deadline,
            upstream.textVerified("check") { world, visit throws(Refusal) in
                let order = try world.order(visit.request.parameter("id"), visit)
                return TextVerifiedVisit.json(TextVerifiedWriter.link(RentalWriter.place(order, world, visit.base)))
            })
        routes.on(
            .get, "/reservations/{id}/health", deadline: deadline,
            upstream.textVerified("check") { world, visit throws(Refusal) in
                let order = try world.order(visit.request.parameter("id"), visit)
                return TextVerifiedVisit.json([
                    "lineNumber": TextVerifiedWriter.number(order), "checkedAt": TextVerifiedWriter.time(visit.now),
                ])
            })
        routes.on(
            .get, "/legacy/reservation-id-lookup", deadline: deadline,
            upstream.textVerified("check") { world, visit throws(Refusal) in
                // The earlier interface gave out plain numbers.
                guard let old = visit.request.value("oldReservationId").flatMap({ Int64($0) }),
                    let order = world.seller.order(old), order.account == visit.account
                else { throw .orderNotFound }
                return TextVerifiedVisit.json(["reservationId": .string(TextVerifiedWriter.id(order))])
            })
    }

    static func sales(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(
            .get, "/sales", deadline: deadline,
            upstream.textVerified("orders") { world, visit throws(Refusal) in
                let mine = world.textVerified.sales.indices.reversed()
                    .filter { world.textVerified.sales[$0].account == visit.account }
                return visit.page(mine.map { RentalWriter.sale($0, world, visit, isWhole: false) }, world)
            })
        routes.on(
            .get, "/sales/{id}", deadline: deadline,
            upstream.textVerified("check") { world, visit throws(Refusal) in
                let id = visit.request.parameter("id")
                if let number = OpaqueID.number("vs_", id), let order = world.seller.order(number),
                    order.account == visit.account
                {
                    return TextVerifiedVisit.json(RentalWriter.saleOfVerification(order, id, world, visit))
                }
                guard let index = OpaqueID.number("sa_", id).flatMap({ Int(exactly: $0) }),
                    world.textVerified.sales.indices.contains(index),
                    world.textVerified.sales[index].account == visit.account
                else { throw .orderNotFound }
                return TextVerifiedVisit.json(RentalWriter.sale(index, world, visit, isWhole: true))
            })
        routes.on(
            .get, "/backorders/{id}", deadline: deadline,
            upstream.textVerified("check") { world, visit throws(Refusal) in
                guard let index = OpaqueID.number("bo_", visit.request.parameter("id")).flatMap({ Int(exactly: $0) }),
                    world.textVerified.backOrders.indices.contains(index),
                    world.textVerified.backOrders[index].account == visit.account
                else { throw .orderNotFound }
                return TextVerifiedVisit.json(RentalWriter.backOrder(index, world, visit))
            })
    }

    static func cycles(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(
            .get, "/billing-cycles", deadline: deadline,
            upstream.textVerified("orders") { world, visit throws(Refusal) in
                let mine = world.textVerified.cycles.indices
                    .filter { world.textVerified.cycles[$0].account == visit.account }
                return visit.page(mine.map { RentalWriter.cycle($0, world, visit) }, world)
            })
        routes.on(
            .get, "/billing-cycles/{id}", deadline: deadline,
            upstream.textVerified("check") { world, visit throws(Refusal) in
                TextVerifiedVisit.json(RentalWriter.cycle(try world.cycle(visit), world, visit))
            })
        routes.on(
            .post, "/billing-cycles/{id}", deadline: deadline,
            upstream.textVerified("finish") { world, visit throws(Refusal) in
                let index = try world.cycle(visit)
                let body = try visit.body()
                if let reminds = body["remindersEnabled"]?.boolValue {
                    world.textVerified.cycles[index].reminds = reminds
                }
                if let nickname = body["nickname"]?.stringValue {
                    world.textVerified.cycles[index].nickname = nickname
                }
                return TextVerifiedVisit.done
            })
        routes.on(
            .get, "/billing-cycles/{id}/invoices", deadline: deadline,
            upstream.textVerified("orders") { world, visit throws(Refusal) in
                let index = try world.cycle(visit)
                let invoices = world.textVerified.cycles[index].invoices
                return visit.page(invoices.indices.map { RentalWriter.invoice(index, $0, world) }, world)
            })
        routes.on(
            .post, "/billing-cycles/{id}/next-invoice", deadline: deadline,
            upstream.textVerified("prices") { world, visit throws(Refusal) in
                TextVerifiedVisit.json(RentalWriter.preview(try world.cycle(visit), world, at: visit.now))
            })
        routes.on(
            .post, "/billing-cycles/{id}/renew", deadline: deadline,
            upstream.textVerified("buy") { world, visit throws(Refusal) in
                let index = try world.cycle(visit)
                guard !world.textVerified.cycles[index].isExpired else { throw .orderExpired }
                world.textVerified.renew(index, &world.seller, &world.notices, at: visit.now)
                return TextVerifiedVisit.done
            })
    }

    static func wakes(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(
            .post, "/wake-requests", deadline: deadline,
            upstream.textVerified("finish") { world, visit throws(Refusal) in
                let order = try world.order(try visit.body()["reservationId"]?.stringValue ?? "", visit)
                let isAwake = world.textVerified.details[order.id]?.isAlwaysOn ?? true
                world.textVerified.wakes.append(
                    TextVerifiedBook.Wake(
                        account: visit.account, order: order.id, createdAt: visit.now,
                        start: visit.now + (isAwake ? .zero : .seconds(60)), end: visit.now + .seconds(1_800)))
                let id = OpaqueID.text("wr_", Int64(world.textVerified.wakes.count - 1), visit.now)
                return visit.made(visit.base + "/wake-requests/" + id)
            })
        routes.on(
            .post, "/wake-requests/estimate", deadline: deadline,
            upstream.textVerified("check") { world, visit throws(Refusal) in
                let order = try world.order(try visit.body()["reservationId"]?.stringValue ?? "", visit)
                return TextVerifiedVisit.json([
                    "reservationId": .string(TextVerifiedWriter.id(order)),
                    "estimatedWindowStart": TextVerifiedWriter.time(visit.now + .seconds(60)),
                    "estimatedWindowEnd": TextVerifiedWriter.time(visit.now + .seconds(1_800)),
                ])
            })
        routes.on(
            .get, "/wake-requests/{id}", deadline: deadline,
            upstream.textVerified("check") { world, visit throws(Refusal) in
                let id = visit.request.parameter("id")
                guard let index = OpaqueID.number("wr_", id).flatMap({ Int(exactly: $0) }),
                    world.textVerified.wakes.indices.contains(index),
                    case let wake = world.textVerified.wakes[index], wake.account == visit.account,
                    let order = world.seller.order(wake.order)
                else { throw .orderNotFound }
                return TextVerifiedVisit.json([
                    "id": .string(id), "usageWindowStart": TextVerifiedWriter.time(wake.start),
                    "usageWindowEnd": TextVerifiedWriter.time(wake.end), "isScheduled": .bool(visit.now < wake.end),
                    "reservationId": .string(TextVerifiedWriter.id(order)),
                ])
            })
    }
}

extension Upstream.World {
    func rental(_ visit: TextVerifiedVisit, _ isRenewable: Bool) throws(Refusal) -> Order {
        let order = try order(visit.request.parameter("id"), visit)
        guard seller.product(of: order).category == .hosting,
            textVerified.details[order.id]?.isRenewable == isRenewable
        else { throw .orderNotFound }
        return order
    }

    /// The place of a billing cycle in the book.
    func cycle(_ visit: TextVerifiedVisit) throws(Refusal) -> Int {
        guard let index = OpaqueID.number("bc_", visit.request.parameter("id")).flatMap({ Int(exactly: $0) }),
            textVerified.cycles.indices.contains(index), textVerified.cycles[index].account == visit.account
        else { throw .orderNotFound }
        return index
    }
}
