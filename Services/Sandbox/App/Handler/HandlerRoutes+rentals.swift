import HTTPServer
import JSON
import Kit
import Providers
import SandboxCore

/// Numbers for a while. Refusals are JSON, whatever the dialect, and "no message yet" is one of them.
extension HandlerRoutes {
    private typealias Rental =
        @Sendable (inout Upstream.World, Call, HTTPRequest, HandlerWriter) throws(Refusal) -> JSON

    static func rentals(_ actions: inout Actions, _ upstream: Upstream, _ dialect: HandlerDialect) {
        func add(_ name: String, _ endpoint: String, _ body: @escaping Rental) {
            actions[name] = upstream.handler(endpoint, .customer) { world, call, request throws(Refusal) in
                do throws(Refusal) {
                    return say(try body(&world, call, request, HandlerWriter(dialect)), dialect)
                } catch {
                    return say(refused(error), dialect)
                }
            }
        }
        renting(add, dialect)
        extending(add)
        rented(add)
    }

    private static func refused(_ refusal: Refusal) -> JSON {
        let word: String
        switch refusal.text {
        case Refusal.noFreePhones.text: word = "NO_NUMBERS"
        case Refusal.notEnoughBalance.text: word = "NO_BALANCE"
        case Refusal.badCountry.text, Refusal.noProduct.text: word = "BAD_SERVICE"
        case Refusal.orderNotFound.text: word = "NO_ID_RENT"
        case Refusal.orderExpired.text: word = "ALREADY_FINISH"
        case Refusal.hostingOrder.text: word = "CANT_CANCEL"
        case Refusal.reuseNotPossible.text: word = "RENT_DIE"
        default: word = refusal.text
        }
        guard word == "MAX_HOURS_EXCEED" else { return ["status": "error", "message": .string(word)] }
        return ["status": "error", "message": .string(word), "info": ["max": .integer(longest)]]
    }

    private static let longest: Int64 = 1_344

    /// How many hours are asked for.
    private static func hours(_ request: HTTPRequest, _ name: String) throws(Refusal) -> Int {
        guard let hours = request.integer(name) ?? (request.value(name) == nil ? 2 : nil), hours >= 2 else {
            throw Refusal(400, "INVALID_TIME")
        }
        guard hours <= longest else { throw Refusal(400, "MAX_HOURS_EXCEED") }
        return hours
    }

    private static func renting(_ add: (String, String, @escaping Rental) -> Void, _ dialect: HandlerDialect) {
        add("getrentservicesandcountries", "products") { world, call, request, writer throws(Refusal) in
            world.seller.advance(to: call.now)
            let span = Duration.seconds(try hours(request, "rent_time") * 3_600)
            let slug = try request.countrySlug(dialect) ?? "kazakhstan"
            guard let place = world.seller.market.place(slug),
                let quote = world.seller.rentQuote(place: place.index, for: span)
            else { throw Refusal(400, "OUT_OF_STOCK") }
            let ids = world.seller.market.places.compactMap { dialect.countries.word($0.country.slug) }.sorted()
            return [
                "countries": .object(ids.enumerated().map { .init(String($0.offset), .integer(Int64($0.element))) }),
                "operators": .object(
                    (["any"] + place.operators.map(\.name)).enumerated()
                        .map { .init(String($0.offset), .string($0.element)) }),
                "services": [
                    "full": ["cost": writer.money(quote.price), "quant": .integer(Int64(quote.count))]
                ], "currency": 840,
            ]
        }
        add("servicecountrent", "products") { world, call, request, writer throws(Refusal) in
            guard writer.settings.hasExtras else { throw Refusal(404, "BAD_ACTION") }
            world.seller.advance(to: call.now)
            let slug = try request.countrySlug(dialect) ?? "kazakhstan"
            let quote = world.seller.market.place(slug)
                .flatMap { world.seller.rentQuote(place: $0.index, for: .seconds(7_200)) }
            return ["count": .integer(Int64(quote?.count ?? 0)), "cost": writer.money(quote?.price ?? .zero)]
        }
        add("getrentnumber", "buy") { world, call, request, writer throws(Refusal) in
            let service = request.value("service") ?? ""
            let isHeirs = request.value("duration") != nil && writer.settings.hasExtras
            // The heir rents numbers for one sender, and tells of them as of activations; so its own client has it.
            guard service == "full" || isHeirs && SMSActivateServiceTable.codes.slug(service) != nil else {
                throw Refusal(400, "BAD_SERVICE")
            }
            let hours = try hours(request, isHeirs ? "duration" : "rent_time")
            let country = try request.countrySlug(dialect) ?? "kazakhstan"
            let wanted = request.value("operator")
            let place = world.seller.market.place(country)
            let pool = wanted.flatMap { name in place?.operators.first { $0.name == name }?.name }
            var purchase = Purchase(.hosting, country: country, pool: pool ?? "any", product: Seller.day)
            purchase.lifetime = .seconds(hours * 3_600)
            let order = try world.seller.buy(purchase, account: call.account, at: call.now)
            return isHeirs ? writer.sale(order, id: order.id, world.seller) : writer.rented(order)
        }
    }

    private static func extending(_ add: (String, String, @escaping Rental) -> Void) {
        add("continuerentnumber", "reuse") { world, call, request, writer throws(Refusal) in
            let span = Duration.seconds(try hours(request, "rent_time") * 3_600)
            return writer.rented(
                try world.seller.extendRental(try id(request), by: span, account: call.account, at: call.now))
        }
        for name in ["continuerentinfo", "getcontinuerentpricenumber"] {
            add(name, "reuse") { world, call, request, writer throws(Refusal) in
                world.seller.advance(to: call.now)
                let hours = try hours(request, name == "continuerentinfo" ? "hours" : "rent_time")
                let price = try world.seller.extensionQuote(
                    try id(request), by: .seconds(hours * 3_600), account: call.account)
                return [
                    "status": "success", "price": writer.money(price), "currency": 840, "hours": .integer(Int64(hours)),
                ]
            }
        }
    }

    private static func rented(_ add: (String, String, @escaping Rental) -> Void) {
        add("getrentstatus", "check") { world, call, request, writer throws(Refusal) in
            let order = try rental(&world, call, request)
            switch order.status {
            case .finished, .timeout: throw Refusal(400, "STATUS_FINISH")
            case .canceled: throw Refusal(400, "STATUS_CANCEL")
            case .banned: throw Refusal(400, "STATUS_REVOKE")
            case .pending, .received: break
            }
            guard !order.messages.isEmpty else { throw Refusal(400, "STATUS_WAIT_CODE") }
            return writer.rentalMessages(
                order, page: request.integer("page") ?? 1, size: min(100, max(1, request.integer("size") ?? 10)))
        }
        add("setrentstatus", "finish") { world, call, request, _ throws(Refusal) in
            let order = try rental(&world, call, request)
            guard order.status.isOpen else {
                throw Refusal(400, order.status == .canceled ? "ALREADY_CANCEL" : "ALREADY_FINISH")
            }
            switch request.integer("status") {
            case 1: _ = try world.seller.finish(order.id, account: call.account, at: call.now)
            case 2: _ = try world.seller.cancelRental(order.id, account: call.account, at: call.now)
            default: throw Refusal(400, "INCORECT_STATUS")
            }
            return ["status": "success"]
        }
        add("getrentlist", "orders") { world, call, request, writer throws(Refusal) in
            let open = world.seller.openOrders(.hosting, account: call.account, at: call.now)
            guard !open.isEmpty else { throw Refusal(400, "NO_NUMBERS") }
            let size = min(100, max(1, request.integer("length") ?? 10))
            let page = open.reversed().dropFirst(max(0, (request.integer("page") ?? 1) - 1) * size).prefix(size)
            return [
                "status": "success",
                "values": writer.values(page.map { ["id": .string(String($0.id)), "phone": .string($0.phone)] }),
            ]
        }
    }

    private static func id(_ request: HTTPRequest) throws(Refusal) -> Int64 {
        guard let id = request.value("id").flatMap({ Int64($0) }) else { throw .orderNotFound }
        return id
    }

    private static func rental(
        _ world: inout Upstream.World, _ call: Call, _ request: HTTPRequest
    ) throws(Refusal) -> Order {
        try world.seller.look(at: try id(request), .hosting, account: call.account, at: call.now)
    }
}
