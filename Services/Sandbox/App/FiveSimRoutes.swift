import HTTPServer
import JSON
import Kit
import SandboxCore

/// The routes of the simulated 5SIM, version 1 of its interface. Everything but the ceilings and the withdrawal is a
/// GET, also what buys: that is how the provider has it.
enum FiveSimRoutes {
    /// Handlers may be told to be silent for minutes.
    static let deadline = Duration.seconds(600)

    static func router(_ upstream: Upstream) -> Router {
        var router = Router()
        router.group("/5sim/v1") { routes in
            user(&routes, upstream)
            orders(&routes, upstream)
            guest(&routes, upstream)
            vendor(&routes, upstream)
            routes.on(.get, "/{rest...}") { _ in .text(404, "404 page not found") }
        }
        return router
    }

    private static func user(_ routes: inout Router, _ upstream: Upstream) {
        let profile = upstream.handler("profile", .customer) { world, call, _ throws(Refusal) in
            world.seller.advance(to: call.now)
            return .json {
                FiveSimWriter.profile(world.seller.accounts[call.account], in: world.seller, to: &$0)
            }
        }
        routes.on(.get, "/user/profile", deadline: deadline, profile)
        routes.on(
            .get, "/user/orders", deadline: deadline,
            upstream.handler("orders", .customer) { world, call, request throws(Refusal) in
                let page = world.seller.history(
                    try FiveSimQuery.history(request), account: call.account, at: call.now)
                return .json { FiveSimWriter.history(page, in: world.seller, to: &$0) }
            })
        routes.on(
            .get, "/user/payments", deadline: deadline,
            upstream.handler("payments", .customer) { world, call, request throws(Refusal) in
                let all = world.seller.accounts[call.account].payments
                let page = FiveSimQuery.page(request, of: all)
                return .json { FiveSimWriter.payments(page, total: all.count, to: &$0) }
            })
        routes.on(
            .get, "/user/max-prices", deadline: deadline,
            upstream.handler("max_prices", .customer) { world, call, _ throws(Refusal) in
                .json { FiveSimWriter.maxPrices(world.seller.accounts[call.account].maxPrices, to: &$0) }
            })
        routes.on(
            .post, "/user/max-prices", deadline: deadline,
            upstream.handler("max_prices", .customer) { world, call, request throws(Refusal) in
                let body = try FiveSimQuery.body(request)
                guard let product = body["product_name"]?.stringValue else { throw .productIsIncorrect }
                guard let price = body["price"]?.doubleValue.flatMap({ Money(rounding: $0) }), price > .zero else {
                    throw Refusal(400, "price is incorrect")
                }
                try world.seller.setMaxPrice(price, product: product, account: call.account, at: call.now)
                return .json { $0.string("success") }
            })
        routes.on(
            .delete, "/user/max-prices", deadline: deadline,
            upstream.handler("max_prices", .customer) { world, call, request throws(Refusal) in
                let product = try FiveSimQuery.body(request)["product_name"]?.stringValue
                try world.seller.removeMaxPrice(product: product ?? "", account: call.account)
                return .json { $0.string("success") }
            })
    }

    private static func orders(_ routes: inout Router, _ upstream: Upstream) {
        for category in [Product.Category.activation, .hosting] {
            routes.on(
                .get, "/user/buy/\(category.rawValue)/{path...}", deadline: deadline,
                upstream.handler("buy", .customer) { world, call, request throws(Refusal) in
                    let purchase = FiveSimQuery.purchase(request, category)
                    let order = try world.seller.buy(purchase, account: call.account, at: call.now)
                    return answer(order, world, call)
                })
        }
        routes.on(
            .get, "/user/reuse/{product}/{number}", deadline: deadline,
            upstream.handler("reuse", .customer) { world, call, request throws(Refusal) in
                let order = try world.seller.reuse(
                    product: request.parameter("product"), number: request.parameter("number"),
                    account: call.account, at: call.now)
                return answer(order, world, call)
            })
        action("check", &routes, upstream) { seller, id, account, now throws(Refusal) in
            try seller.check(id, account: account, at: now)
        }
        action("finish", &routes, upstream) { seller, id, account, now throws(Refusal) in
            try seller.finish(id, account: account, at: now)
        }
        action("cancel", &routes, upstream) { seller, id, account, now throws(Refusal) in
            try seller.cancel(id, account: account, at: now)
        }
        action("ban", &routes, upstream) { seller, id, account, now throws(Refusal) in
            try seller.ban(id, account: account, at: now)
        }
        routes.on(
            .get, "/user/sms/inbox/{id}", deadline: deadline,
            upstream.handler("inbox", .customer) { world, call, request throws(Refusal) in
                let order = try world.seller.check(
                    Int64(request.parameter("id")) ?? 0, account: call.account, at: call.now)
                return .json { FiveSimWriter.inbox(order, to: &$0) }
            })
    }

    private static func action(
        _ name: String, _ routes: inout Router, _ upstream: Upstream,
        _ act: @escaping @Sendable (inout Seller, Int64, Int, Timestamp) throws(Refusal) -> Order
    ) {
        routes.on(
            .get, "/user/\(name)/{id}", deadline: deadline,
            upstream.handler(name, .customer) { world, call, request throws(Refusal) in
                let order = try act(&world.seller, Int64(request.parameter("id")) ?? 0, call.account, call.now)
                return answer(order, world, call)
            })
    }

    /// An order as JSON, under another's id if a fault wants that.
    private static func answer(_ order: Order, _ world: Upstream.World, _ call: Call) -> Answer {
        let id: Int64? =
            switch call.fault?.kind {
            case .wrongID: order.id + 1_000_000_000
            case .duplicateID: world.seller.accounts[call.account].activations.last { $0 < order.id }
            default: nil
            }
        return .json { FiveSimWriter.order(order, in: world.seller, id: id, to: &$0) }
    }

    private static func guest(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(
            .get, "/guest/countries", deadline: deadline,
            upstream.handler("countries", .guest) { world, _, _ throws(Refusal) in
                let market = world.seller.market
                return .list { FiveSimWriter.countries(market, to: &$0) }
            })
        routes.on(
            .get, "/guest/products/{country}/{operator}", deadline: deadline,
            upstream.handler("products", .guest) { world, call, request throws(Refusal) in
                let market = world.seller.market
                let place = try FiveSimQuery.place(request.parameter("country"), market)
                let pool = request.parameter("operator")
                return .list {
                    FiveSimWriter.products(
                        market, place: place, pool: pool == "any" ? nil : pool, at: call.now, to: &$0)
                }
            })
        routes.on(
            .get, "/guest/prices", deadline: deadline,
            upstream.handler("prices", .guest) { world, call, request throws(Refusal) in
                let market = world.seller.market
                let place = try request.value("country").map { slug throws(Refusal) in
                    try FiveSimQuery.place(slug, market)
                }
                let product = try request.value("product").map { slug throws(Refusal) in
                    guard let known = Product.slug(slug) else { throw Refusal.productIsIncorrect }
                    return known
                }
                switch (place ?? nil, product) {
                case (let place?, let product?):
                    return .list {
                        FiveSimWriter.prices(market, place: place, product: product, at: call.now, to: &$0)
                    }
                case (let place?, nil):
                    return .list { FiveSimWriter.prices(market, place: place, at: call.now, to: &$0) }
                case (nil, let product?):
                    return .list { FiveSimWriter.prices(market, product: product, at: call.now, to: &$0) }
                case (nil, nil):
                    return .feed(market, call.now)
                }
            })
        routes.on(
            .get, "/guest/flash/{lang}", deadline: deadline,
            upstream.handler("flash", .guest) { _, _, request throws(Refusal) in
                let text: String =
                    switch request.parameter("lang") {
                    case "ru": "Это песочница: номера не настоящие."
                    case "zh": "这是沙盒：号码不是真实的。"
                    default: "This is a sandbox: no number here is real."
                    }
                return .json((["text": .string(text)] as JSON).bytes)
            })
    }

    private static func vendor(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(
            .get, "/user/vendor", deadline: deadline,
            upstream.handler("vendor", .customer) { world, call, _ throws(Refusal) in
                world.seller.advance(to: call.now)
                return .json {
                    FiveSimWriter.profile(world.seller.accounts[call.account], in: world.seller, to: &$0)
                }
            })
        routes.on(
            .get, "/vendor/wallets", deadline: deadline,
            upstream.handler("vendor", .customer) { _, _, _ throws(Refusal) in .json(FiveSimVendor.wallets.bytes) })
        routes.on(
            .get, "/vendor/orders", deadline: deadline,
            upstream.handler("vendor", .customer) { _, _, request throws(Refusal) in
                _ = try FiveSimQuery.history(request)
                return .json(FiveSimVendor.orders.bytes)
            })
        routes.on(
            .get, "/vendor/payments", deadline: deadline,
            upstream.handler("vendor", .customer) { _, _, _ throws(Refusal) in .json(FiveSimVendor.payments.bytes) })
        routes.on(
            .post, "/vendor/withdraw", deadline: deadline,
            upstream.handler("vendor", .customer) { _, _, request throws(Refusal) in
                try FiveSimVendor.withdraw(try FiveSimQuery.body(request))
                return .json { $0.string("success") }
            })
    }
}
