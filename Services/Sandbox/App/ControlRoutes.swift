import HTTPServer
import JSON
import Kit
import SandboxCore

/// The strings by which tests and demonstrations move the simulation. Not part of any upstream; open to whoever
/// reaches the port.
enum ControlRoutes {
    /// Each upstream has its own under its name; without a name it is 5SIM, the first there was.
    static func router(_ upstreams: [Upstream]) -> Router {
        var router = Router()
        for upstream in upstreams {
            router.group("/_control/\(upstream.vendor.rawValue)") { routes in
                controls(&routes, upstream)
                upstream.vendor.addControls(&routes, upstream)
            }
            if upstream.vendor == .fiveSim { router.group("/_control") { controls(&$0, upstream) } }
        }
        return router
    }

    private static func controls(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(.get, "") { _ in .json(200, index) }
        orders(&routes, upstream)
        behaviour(&routes, upstream)
        market(&routes, upstream)
        faults(&routes, upstream)
        truth(&routes, upstream)
        NoticeControls.add(&routes, upstream)
    }

    private static func order(_ request: HTTPRequest, _ upstream: Upstream) throws(Problem) -> Int64 {
        guard let id = upstream.dialect.orderID(request.parameter("id")) else {
            throw Problem(.notFound, "There is no such order.")
        }
        return id
    }

    /// What there is, for people who look.
    private static let index: JSON = .object(
        (common.objectValue ?? []) + [NoticeControls.index, HandlerControls.index] + TextVerifiedControls.index)

    private static let common: JSON = [
        "/_control/{upstream}/…":
            "the same for one upstream: \(Vendor.allCases.map(\.rawValue).joined(separator: ", ")); without a name 5sim",
        "POST /_control/orders/{id}/sms":
            "{text?, code?, sender?, delay_ms?, encrypted?}: a message arrives; no text: the service's own next one; code null: not parsed",
        "POST /_control/orders/{id}/status":
            "{status}: the provider ends an open order: TIMEOUT, CANCELED, BANNED, FINISHED",
        "GET /_control/orders/{id}": "an order, whoever bought it",
        "PUT /_control/arrival":
            "{mode: auto|manual|never, median_ms?, spread?, chance?, second?, unparsed?, country?, product?}: for all, or for a country, a product or both",
        "DELETE /_control/arrival": "the exceptions for countries and products are forgotten",
        "PUT /_control/settings":
            "{lifetime_ms?, early_cancel_ms?, preparation_ms?, reuse_within_ms?, order_error_status?, enforces_rating?, requests_per_second? (0: no limit), market_moves?, stock_depletes?}",
        "GET /_control/settings": "what holds now, arrival and latency included",
        "PUT /_control/stock": "{count, country?, product?, operator?}",
        "PUT /_control/prices":
            "{price?, fill_price?, rate?, country?, product?, operator?}: fill_price is what a purchase really takes",
        "DELETE /_control/market": "scripted stock, prices and rates are forgotten",
        "POST /_control/faults": "{endpoint, kind, count?, probability?, delay_ms?, status?, text?} -> {id}",
        "GET /_control/faults":
            "the faults in force, with how often each has hit, and the kinds and endpoints there are",
        "DELETE /_control/faults/{id}": "one fault; without id: all",
        "PUT /_control/latency": "{median_ms, spread?, endpoint?}: how long answers take; 0: at once",
        "POST /_control/clock": "{advance_ms}: time passes, and what is due happens",
        "GET /_control/clock": "the simulated time",
        "GET /_control/books?since=&limit=":
            "accounts, proof, orders by state, and every movement of money after a sequence number",
        "GET /_control/requests?since=&limit=": "the last requests to the upstreams",
        "POST /_control/accounts": "{token?, balance?, rating?}: opens an account or adds to it",
        "GET /_control/accounts": "the accounts",
        "POST /_control/reset": "everything begins anew",
    ]

    private static func orders(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(.get, "/orders/{id}") { request in
            let id = try Self.order(request, upstream)
            let bytes = upstream.withWorld { world -> [UInt8]? in
                world.seller.advance(to: world.now)
                guard let order = world.seller.order(id) else { return nil }
                var writer = JSONWriter()
                FiveSimWriter.order(order, in: world.seller, to: &writer)
                return writer.bytes
            }
            guard let bytes else { throw Problem(.notFound, "There is no such order.") }
            return .json(200, bytes: bytes)
        }
        routes.on(.post, "/orders/{id}/sms") { request in
            let id = try Self.order(request, upstream)
            let script: ScriptedMessage = try request.record()
            let code = script.scriptedCode(try request.json())
            let isKnown = upstream.withWorld { world in
                world.seller.script(
                    id, text: script.text, sender: script.sender, code: code,
                    form: script.isSealed == true ? .sealed : .text, after: .milliseconds(script.delay ?? 0),
                    at: world.now)
            }
            guard isKnown else { throw Problem(.notFound, "There is no such order.") }
            return .noContent
        }
        routes.on(.post, "/orders/{id}/status") { request in
            let id = try Self.order(request, upstream)
            let wish: ScriptedStatus = try request.record()
            guard let status = Order.Status(rawValue: wish.status), !status.isOpen else {
                throw Problem.invalid("status", "must be TIMEOUT, CANCELED, BANNED or FINISHED")
            }
            let isEnded = upstream.withWorld { $0.seller.end(id, as: status, at: $0.now) }
            guard isEnded else { throw Problem(.conflict, "There is no such open order.") }
            return .noContent
        }
    }

    private static func behaviour(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(.put, "/arrival") { request in
            let wish: ArrivalWish = try request.record()
            try upstream.withWorld { world throws(Problem) in
                let place = try Self.place(wish.country, world)
                let product = try Self.product(wish.product)
                let scope = (place ?? -1, product ?? -1)
                // What is not said stays as it is for that scope.
                var arrival = world.seller.arrivals.arrival(place: scope.0, product: scope.1)
                try wish.apply(to: &arrival)
                world.seller.arrivals.set(arrival, place: place, product: product)
            }
            return .noContent
        }
        routes.on(.delete, "/arrival") { _ in
            upstream.withWorld { $0.seller.arrivals.clearExceptions() }
            return .noContent
        }
        routes.on(.put, "/settings") { request in
            let wish: SettingsWish = try request.record()
            upstream.withWorld { world in
                wish.apply(to: &world.seller.settings)
                world.seller.market.moves = wish.marketMoves ?? world.seller.market.moves
                world.seller.market.depletes = wish.stockDepletes ?? world.seller.market.depletes
                if wish.requestsPerSecond != nil { world.gate.reset() }
            }
            return .noContent
        }
        routes.on(.get, "/settings") { _ in .json(200, upstream.withWorld { ControlViews.settings($0) }) }
        routes.on(.get, "/clock") { _ in
            .json(200, ["now": .string(upstream.withWorld { $0.now }.description)] as JSON)
        }
        routes.on(.post, "/clock") { request in
            let wish: ClockWish = try request.record()
            let now = upstream.withWorld { world in
                world.ahead += .milliseconds(wish.advance)
                world.seller.advance(to: world.now)
                return world.now
            }
            return .json(200, ["now": .string(now.description)] as JSON)
        }
        routes.on(.post, "/reset") { _ in
            upstream.reset()
            return .noContent
        }
    }

    private static func market(_ routes: inout Router, _ upstream: Upstream) {
        for (path, takesCount) in [("/stock", true), ("/prices", false)] {
            routes.on(.put, path) { request in
                let wish: MarketWish = try request.record()
                try wish.check(takesCount: takesCount)
                try upstream.withWorld { world throws(Problem) in
                    var script = MarketScript(
                        place: try Self.place(wish.country, world), product: try Self.product(wish.product),
                        pool: wish.pool)
                    script.count = wish.count
                    script.cost = wish.price.flatMap { Money(rounding: $0) }
                    script.fill = wish.fill.flatMap { Money(rounding: $0) }
                    script.rate = wish.rate.map { Int(($0 * 100).rounded()) }
                    world.seller.market.script(script)
                }
                return .noContent
            }
        }
        routes.on(.delete, "/market") { _ in
            upstream.withWorld { $0.seller.market.clearScripts() }
            return .noContent
        }
    }

    private static func faults(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(.post, "/faults") { request in
            let fault = try request.record(FaultWish.self).fault()
            return .json(201, ["id": .integer(Int64(upstream.withWorld { $0.faults.add(fault) }))] as JSON)
        }
        routes.on(.get, "/faults") { _ in .json(200, upstream.withWorld { ControlViews.faults($0.faults) }) }
        routes.on(.delete, "/faults") { _ in
            upstream.withWorld { $0.faults.clear() }
            return .noContent
        }
        routes.on(.delete, "/faults/{id}") { request in
            let id = try request.parameter("id", as: Int.self)
            guard upstream.withWorld({ $0.faults.remove(id) }) else {
                throw Problem(.notFound, "There is no such fault in force; it may be used up.")
            }
            return .noContent
        }
        routes.on(.put, "/latency") { request in
            let latency = try request.record(LatencyWish.self).latency()
            upstream.withWorld { $0.faults.set(latency) }
            return .noContent
        }
    }

    private static func truth(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(.get, "/books") { request in
            let query = try request.query(allowing: ["since", "limit"])
            let since = try query.integer("since", in: 0...Int.max) ?? 0
            let limit = try query.integer("limit", in: 0...1_000_000) ?? 10_000
            let bytes = upstream.withWorld { world in
                world.seller.advance(to: world.now)
                return ControlViews.books(world.seller, upstream.dialect, since: since, limit: limit)
            }
            return .json(200, bytes: bytes)
        }
        routes.on(.get, "/requests") { request in
            let query = try request.query(allowing: ["since", "limit"])
            let since = try query.integer("since", in: 0...Int.max) ?? 0
            let limit = try query.integer("limit", in: 1...100_000) ?? 1_000
            return .json(200, upstream.withWorld { ControlViews.requests($0.journal, since: since, limit: limit) })
        }
        routes.on(.get, "/accounts") { _ in
            .json(
                200,
                upstream.withWorld { world in
                    world.seller.advance(to: world.now)
                    return ["accounts": .array(world.seller.accounts.map { ControlViews.account($0) })] as JSON
                })
        }
        routes.on(.post, "/accounts") { request in
            let wish: AccountWish = try request.record()
            let token = wish.token ?? "sandbox-\(ID.new())"
            let view = upstream.withWorld { world in
                let amount = wish.balance.flatMap { Money(rounding: $0) } ?? .zero
                let index = world.seller.deposit(token: token, amount, at: world.now)
                if let rating = wish.rating {
                    world.seller.setRating(Int((rating * 100).rounded()), account: index)
                }
                return ControlViews.account(world.seller.accounts[index])
            }
            return .json(201, view)
        }
    }

    private static func place(_ slug: String?, _ world: Upstream.World) throws(Problem) -> Int? {
        guard let slug, slug != "any" else { return nil }
        guard let place = world.seller.market.place(slug) else {
            throw Problem.invalid("country", "is not a country of the simulation")
        }
        return place.index
    }

    private static func product(_ slug: String?) throws(Problem) -> Int? {
        guard let slug, slug != "any" else { return nil }
        guard let product = Product.slug(slug) else {
            throw Problem.invalid("product", "is not a product of the simulation")
        }
        return product.index
    }
}
