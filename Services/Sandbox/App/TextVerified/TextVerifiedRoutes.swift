import HTTPServer
import JSON
import Kit
import SandboxCore

/// The routes of the simulated TextVerified, version 2 of its interface.
enum TextVerifiedRoutes {
    /// Handlers may be told to be silent for minutes.
    static let deadline = Duration.seconds(600)
    /// The one country it sells.
    static let country = "usa"

    static func router(_ upstream: Upstream) -> Router {
        var router = Router()
        router.group(TextVerifiedVisit.path) { routes in
            account(&routes, upstream)
            catalogue(&routes, upstream)
            verifications(&routes, upstream)
            arrivals(&routes, upstream)
            TextVerifiedRentalRoutes.rentals(&routes, upstream)
            TextVerifiedRentalRoutes.sales(&routes, upstream)
            TextVerifiedRentalRoutes.cycles(&routes, upstream)
            TextVerifiedRentalRoutes.wakes(&routes, upstream)
        }
        // Where the recordings lie is not part of the interface, and nobody is asked for a token there.
        router.on(
            .get, "/textverified/recordings/{id}/{call}", deadline: deadline,
            upstream.handler("recording", .guest) { world, call, request throws(Refusal) in
                world.seller.advance(to: call.now)
                guard let number = OpaqueID.number("lr_", request.parameter("id")),
                    let message = request.parameter("call").split(separator: ".").first
                        .flatMap({ OpaqueID.number("ca_", $0) }),
                    let order = world.seller.order(number),
                    let spoken = order.messages.first(where: { $0.id == message })
                else { throw .orderNotFound }
                return .reply(recording(spoken, request.parameter("call")))
            })
        return router
    }

    /// What was said stands in a header, for those who play at listening.
    private static func recording(_ message: Message, _ name: String) -> HTTPResponse {
        var written = ""
        for byte in message.text.utf8 {
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            let hex = String(byte, radix: 16, uppercase: true)
            written += isPlain ? String(Unicode.Scalar(byte)) : hex.utf8.count == 1 ? "%0" + hex : "%" + hex
        }
        return HTTPResponse(200, headers: ["Content-Type": "audio/wav"], body: ToneRecording.wav(message.text))
            .with("Content-Disposition", "inline; filename=\"\(name)\"").with("X-Sandbox-Transcript", written)
    }

    private static func account(_ routes: inout Router, _ upstream: Upstream) {
        let email = upstream.configuration.textVerifiedEmail
        let key = upstream.configuration.textVerifiedKey
        routes.on(
            .post, "/auth", deadline: deadline,
            upstream.handler("auth", .guest) { world, call, request throws(Refusal) in
                // Accounts that tests open may have any name.
                guard let wanted = request.headers["X-API-KEY"], let name = request.headers["X-API-USERNAME"],
                    let account = world.seller.account(token: wanted), !name.isEmpty, wanted != key || name == email
                else { throw .unauthorized }
                let bearer = world.textVerified.logIn(account, at: call.now)
                let seconds = TextVerifiedBook.tokenLifetime.components.seconds
                return TextVerifiedVisit.json([
                    "token": .string(bearer.token), "expiresIn": .integer(seconds),
                    "expiresAt": TextVerifiedWriter.time(bearer.expires),
                ])
            })
        routes.on(
            .get, "/account/me", deadline: deadline,
            upstream.textVerified("profile") { world, visit throws(Refusal) in
                TextVerifiedVisit.json([
                    "username": .string(email),
                    "currentBalance": TextVerifiedWriter.money(world.seller.accounts[visit.account].balance),
                ])
            })
        routes.on(
            .get, "/webhook-events", deadline: deadline,
            upstream.textVerified("profile") { _, _ throws(Refusal) in
                TextVerifiedVisit.json(
                    .array(
                        [
                            "v2.rental.billingcycle.expired", "v2.rental.billingcycle.renewed",
                            "v2.rental.backorder.fulfilled", "v2.reservation.created", "v2.sms.received",
                        ].map { .string($0) }))
            })
    }

    private static func catalogue(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(
            .get, "/area-codes", deadline: deadline,
            upstream.textVerified("products") { _, _ throws(Refusal) in
                TextVerifiedVisit.json(
                    .array(
                        TextVerifiedNames.states.sorted { $0.key < $1.key }
                            .map { ["areaCode": .string($0.key), "state": .string($0.value)] }))
            })
        routes.on(
            .get, "/services", deadline: deadline,
            upstream.textVerified("products") { world, visit throws(Refusal) in
                guard let type = visit.request.value("numberType")?.lowercased(),
                    let reservation = visit.request.value("reservationType")?.lowercased(),
                    ["mobile", "voip", "landline"].contains(type),
                    ["verification", "renewable", "nonrenewable"].contains(reservation)
                else { throw .invalidRequest }
                return TextVerifiedVisit.json(.array(services(world, isRental: reservation != "verification")))
            })
        routes.on(
            .post, "/inventory/verifications", deadline: deadline,
            upstream.textVerified("products") { world, visit throws(Refusal) in
                let body = try visit.body()
                guard let product = TextVerifiedNames.product(of: body["serviceName"]?.stringValue ?? "") else {
                    throw .noProduct
                }
                _ = try TextVerifiedVisit.word(body["capability"], TextVerifiedNames.capabilities)
                let count = TextVerifiedShop.stock(product, world)
                return TextVerifiedVisit.json(["availableQuantity": .integer(Int64(count))])
            })
        routes.on(
            .post, "/pricing/verifications", deadline: deadline,
            upstream.textVerified("prices") { world, visit throws(Refusal) in
                let body = try visit.body()
                guard let name = body["serviceName"]?.stringValue, let area = body["areaCode"]?.boolValue,
                    let carrier = body["carrier"]?.boolValue, body["numberType"]?.stringValue != nil
                else { throw .invalidRequest }
                let capability = try TextVerifiedVisit.word(body["capability"], TextVerifiedNames.capabilities)
                guard let product = TextVerifiedNames.product(of: name) else { throw .noProduct }
                let offer = try TextVerifiedShop.offer(product, carrier: nil, ceiling: nil, world)
                let price = offer.fill + TextVerifiedShop.surcharge(area: area, carrier: carrier, capability)
                return TextVerifiedVisit.json(["serviceName": .string(name), "price": TextVerifiedWriter.money(price)])
            })
    }

    /// Every service that somebody sells, for messages and, of those wanted most, for calls.
    private static func services(_ world: Upstream.World, isRental: Bool) -> [JSON] {
        let sms = world.textVerified.behaviour.isCapitalised ? "Sms" : "sms"
        func row(_ name: String, _ capability: String) -> JSON {
            ["serviceName": .string(name), "capability": .string(capability)]
        }
        var rows: [JSON] = isRental ? [row(TextVerifiedNames.anybody, sms)] : []
        for product in world.seller.market.products where product.category == .activation {
            guard TextVerifiedShop.isSold(product, world) else { continue }
            let name = TextVerifiedNames.name(of: product)
            rows.append(row(name, sms))
            if product.index < 20 { rows.append(row(name, "voice")) }
            if product.slug == "other" { rows.append(row(TextVerifiedNames.notListedVoice, "voice")) }
        }
        return rows
    }

    private static func verifications(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(
            .post, "/verifications", deadline: deadline,
            upstream.textVerified("buy") { world, visit throws(Refusal) in
                let order = try TextVerifiedShop.buy(try visit.body(), visit, &world)
                let shown = TextVerifiedShop.shown(order, visit, world)
                return visit.made(visit.base + "/verifications/" + shown)
            })
        routes.on(
            .get, "/verifications", deadline: deadline,
            upstream.textVerified("orders") { world, visit throws(Refusal) in
                let orders = world.seller.accounts[visit.account].activations.reversed()
                return visit.page(Array(orders), world) { id in
                    world.seller.order(id).map { TextVerifiedWriter.compact($0, world, visit.base) } ?? .null
                }
            })
        routes.on(
            .get, "/verifications/{id}", deadline: deadline,
            upstream.textVerified("check") { world, visit throws(Refusal) in
                TextVerifiedVisit.json(
                    TextVerifiedWriter.verification(try world.verification(visit), world, visit.base))
            })
        routes.on(
            .post, "/verifications/{id}/cancel", deadline: deadline,
            upstream.textVerified("cancel") { world, visit throws(Refusal) in
                let order = try world.verification(visit)
                guard order.status.isOpen else { throw .orderExpired }
                _ = try world.seller.cancel(order.id, account: visit.account, at: visit.now)
                return TextVerifiedVisit.done
            })
        routes.on(
            .post, "/verifications/{id}/report", deadline: deadline,
            upstream.textVerified("ban") { world, visit throws(Refusal) in
                let order = try world.verification(visit)
                guard order.status.isOpen else { throw .orderExpired }
                _ = try world.seller.ban(order.id, account: visit.account, at: visit.now)
                return TextVerifiedVisit.done
            })
        for (word, state) in [("reuse", "verificationReused"), ("reactivate", "verificationReactivated")] {
            routes.on(
                .post, "/verifications/{id}/\(word)", deadline: deadline,
                upstream.textVerified("reuse") { world, visit throws(Refusal) in
                    let order = try world.verification(visit)
                    let isOpen =
                        word == "reuse"
                        ? TextVerifiedWriter.reusableUntil(order, world).map { visit.now < $0 } ?? false
                        : TextVerifiedWriter.canReactivate(order, world)
                    guard isOpen else { throw .reuseExpired }
                    let next = try TextVerifiedShop.again(order, state, visit, &world)
                    return visit.made(visit.base + "/verifications/" + TextVerifiedWriter.id(next))
                })
        }
    }

    private static func arrivals(_ routes: inout Router, _ upstream: Upstream) {
        for (path, endpoint, isCalls) in [("/sms", "inbox", false), ("/calls", "calls", true)] {
            routes.on(
                .get, path, deadline: deadline,
                upstream.textVerified(endpoint) { world, visit throws(Refusal) in
                    visit.page(try arrivals(isCalls, visit, world), world)
                })
        }
        routes.on(
            .post, "/calls/access-token", deadline: deadline,
            upstream.textVerified("calls") { world, visit throws(Refusal) in
                guard let id = try visit.body()["reservationId"]?.stringValue else { throw .invalidRequest }
                _ = try world.order(id, visit)
                return TextVerifiedVisit.json([
                    "reservationId": .string(id), "twilioContext": ["token": .string("eyJ0eXAiOiJKV1QifQ." + id)],
                ])
            })
    }

    /// What arrived on an order, or on any, in order of time.
    private static func arrivals(
        _ isCalls: Bool, _ visit: TextVerifiedVisit, _ world: Upstream.World
    ) throws(Refusal) -> [JSON] {
        let holder = world.seller.accounts[visit.account]
        var orders: [Order]
        if let id = visit.request.value("reservationId") {
            orders = [try world.order(id, visit)]
        } else {
            orders = (holder.activations + holder.rentals).compactMap { world.seller.order($0) }
        }
        if let type = visit.request.value("reservationType")?.lowercased() {
            orders = orders.filter { order in
                let isRental = world.seller.product(of: order).category == .hosting
                let isRenewable = world.textVerified.details[order.id]?.isRenewable ?? false
                return type == (isRental ? isRenewable ? "renewable" : "nonrenewable" : "verification")
            }
        }
        if let to = visit.request.value("to") { orders = orders.filter { $0.phone.hasSuffix(to) } }
        var found: [(message: Message, order: Order)] = []
        for order in orders {
            for message in order.messages where TextVerifiedWriter.isCall(message, order) == isCalls {
                found.append((message, order))
            }
        }
        found.sort { ($0.message.createdAt, $0.message.id) < ($1.message.createdAt, $1.message.id) }
        return found.map { entry in
            isCalls
                ? TextVerifiedWriter.call(entry.message, entry.order, world, visit.host)
                : TextVerifiedWriter.message(entry.message, entry.order)
        }
    }
}
