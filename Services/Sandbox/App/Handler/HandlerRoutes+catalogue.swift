import HTTPServer
import JSON
import Kit
import Providers
import SandboxCore

/// What is for sale.
extension HandlerRoutes {
    /// The cheapest price there is a number at, how many there are, and how many at each price.
    private struct Line: Sendable {
        let cost: Money
        let count: Int
        let tiers: [(price: Money, count: Int)]

        init?(_ offers: [Offer]) {
            let sold = offers.filter { $0.count > 0 }.sorted { $0.cost < $1.cost }
            guard let first = sold.first ?? offers.first else { return nil }
            cost = first.cost
            count = sold.reduce(0) { $0 + $1.count }
            tiers = sold.map { ($0.cost, $0.count) }
        }
    }

    /// What is asked for, as codes and ids with their products and places.
    private struct Scope: Sendable {
        let services: [(code: String, product: Product)]
        let places: [(id: Int, place: Place)]

        init(_ request: HTTPRequest, _ dialect: HandlerDialect, _ market: Market) throws(Refusal) {
            let code = request.value("service")
            services = market.products.compactMap { product in
                guard let known = SMSActivateServiceTable.codes.word(product.slug), code == nil || code == known else {
                    return nil
                }
                return (known, product)
            }
            if let code, services.isEmpty { throw Refusal(400, code.isEmpty ? "BAD_SERVICE" : "WRONG_SERVICE") }
            let slug = try request.countrySlug(dialect)
            places = market.places.compactMap { place in
                guard slug == nil || slug == place.country.slug, let id = dialect.countries.word(place.country.slug)
                else { return nil }
                return (id, place)
            }
        }
    }

    static func catalogue(_ actions: inout Actions, _ upstream: Upstream, _ dialect: HandlerDialect) {
        prices(&actions, upstream, dialect)
        names(&actions, upstream, dialect)
    }

    private static func prices(_ actions: inout Actions, _ upstream: Upstream, _ dialect: HandlerDialect) {
        let prices = upstream.handler("prices", .customer) { world, call, request throws(Refusal) in
            let market = world.seller.market
            let scope: Scope
            do throws(Refusal) { scope = try Scope(request, dialect, market) } catch {
                guard error == .badCountry else { throw error }
                return say(["status": "false", "msg": "country is incorrect"], dialect)
            }
            let writer = HandlerWriter(dialect)
            return say(
                table(scope, market, call.now, byService: writer.settings.pricesByService) { line in
                    [
                        "cost": writer.money(line.cost), "count": writer.count(line.count),
                        "physicalCount": writer.count(0),
                    ]
                }, dialect)
        }
        actions["getprices"] = prices
        actions["getpricesextended"] = upstream.handler("prices", .customer) { world, call, request throws(Refusal) in
            let market = world.seller.market
            let writer = HandlerWriter(dialect)
            let isFree = request.flag("freePrice")
            return say(
                table(try Scope(request, dialect, market), market, call.now, byService: false) { line in
                    isFree ? map(line) : ["cost": writer.money(line.cost), "count": writer.count(line.count)]
                }, dialect)
        }
        // Of GrizzlySMS and SMSBower: how many at each price, and how many from each supplier.
        actions["getpricesv2"] = upstream.handler("prices", .customer) { world, call, request throws(Refusal) in
            let market = world.seller.market
            return say(
                table(try Scope(request, dialect, market), market, call.now, byService: false) { map($0) }, dialect)
        }
        actions["getpricesv3"] = upstream.handler("prices", .customer) { world, call, request throws(Refusal) in
            let market = world.seller.market
            let writer = HandlerWriter(dialect)
            return say(
                table(try Scope(request, dialect, market), market, call.now, byService: false) { line in
                    .object(
                        line.tiers.enumerated().map { index, tier in
                            .init(
                                String(index + 1),
                                [
                                    "provider_id": .integer(Int64(index + 1)), "price": writer.money(tier.price),
                                    "count": writer.count(tier.count),
                                ])
                        })
                }, dialect)
        }
        let top = upstream.handler("prices", .customer) { world, call, request throws(Refusal) in
            let market = world.seller.market
            let scope = try Scope(request, dialect, market)
            guard let service = scope.services.first, scope.services.count == 1 else { throw .noProduct }
            let writer = HandlerWriter(dialect)
            let isFree = request.flag("freePrice")
            let lines = scope.places.compactMap { id, place in
                Line(market.offers(place: place.index, product: service.product.index, at: call.now)).map { (id, $0) }
            }.sorted { ($0.1.count, $0.0) > ($1.1.count, $1.0) }
            let rows = lines.prefix(50).map { id, line -> JSON in
                var members: [JSON.Member] = [
                    .init("country", .integer(Int64(id))), .init("count", writer.count(line.count)),
                    .init("price", writer.money(line.cost)),
                    .init("retail_price", writer.money(Money(micro: line.cost.micro * 2))),
                ]
                if isFree { members.append(.init("freePriceMap", map(line))) }
                return .object(members)
            }
            return say(.object(rows.enumerated().map { .init(String($0.offset), $0.element) }), dialect)
        }
        actions["gettopcountriesbyservice"] = top
        actions["gettopcountriesbyservicerank"] = top
        actions["getnumbersstatus"] = upstream.handler("products", .customer) { world, call, request throws(Refusal) in
            let market = world.seller.market
            let scope = try Scope(request, dialect, market)
            let writer = HandlerWriter(dialect)
            return say(
                .object(
                    scope.services.compactMap { code, product in
                        let count = scope.places.prefix(1).reduce(0) { sum, entry in
                            sum
                                + market.offers(place: entry.place.index, product: product.index, at: call.now)
                                .reduce(0) { $0 + $1.count }
                        }
                        return count > 0 ? .init(code, writer.count(count)) : nil
                    }), dialect)
        }
    }

    private static func map(_ line: Line) -> JSON {
        var counts: [String: Int] = [:]
        for tier in line.tiers { counts[HandlerWriter.amount(tier.price), default: 0] += tier.count }
        return .object(counts.sorted { $0.key < $1.key }.map { .init($0.key, .integer(Int64($0.value))) })
    }

    /// Two levels: country → service, or service → country.
    private static func table(
        _ scope: Scope, _ market: Market, _ now: Timestamp, byService: Bool, _ write: (Line) -> JSON
    ) -> JSON {
        func cell(_ place: Place, _ product: Product) -> JSON? {
            Line(market.offers(place: place.index, product: product.index, at: now)).map(write)
        }
        if byService {
            return .object(
                scope.services.compactMap { code, product in
                    let inner = scope.places.compactMap { id, place in
                        cell(place, product).map { JSON.Member(String(id), $0) }
                    }
                    return inner.isEmpty ? nil : .init(code, .object(inner))
                })
        }
        return .object(
            scope.places.compactMap { id, place in
                let inner = scope.services.compactMap { code, product in
                    cell(place, product).map { JSON.Member(code, $0) }
                }
                return inner.isEmpty ? nil : .init(String(id), .object(inner))
            })
    }

    private static func names(_ actions: inout Actions, _ upstream: Upstream, _ dialect: HandlerDialect) {
        // The heir tells its countries to everybody.
        actions["getcountries"] = upstream.handler("countries", upstream.vendor == .hero ? .guest : .customer) {
            world, _, _ throws(Refusal) in
            let rows = world.seller.market.places.compactMap { place -> (Int, JSON)? in
                guard let id = dialect.countries.word(place.country.slug) else { return nil }
                return (
                    id,
                    [
                        "id": .integer(Int64(id)), "rus": .string(place.russianName),
                        "eng": .string(place.country.name), "chn": .string(place.country.name), "visible": 1,
                        "retry": 1, "rent": 1, "multiService": 1,
                    ]
                )
            }.sorted { $0.0 < $1.0 }
            return say(
                dialect.settings.hasExtras
                    ? .object(rows.map { .init(String($0.0), $0.1) }) : .array(rows.map(\.1)), dialect)
        }
        actions["getserviceslist"] = upstream.handler("products", .customer) { world, _, _ throws(Refusal) in
            let rows = world.seller.market.products.compactMap { product -> JSON? in
                guard let code = SMSActivateServiceTable.codes.word(product.slug) else { return nil }
                return ["code": .string(code), "name": .string(product.title)]
            }
            // The heir's own client reads a bare list.
            return say(
                dialect.settings.hasExtras ? .array(rows) : ["status": "success", "services": .array(rows)], dialect)
        }
        actions["getoperators"] = upstream.handler("countries", .customer) { world, _, request throws(Refusal) in
            let scope = try Scope(request, dialect, world.seller.market)
            guard !scope.places.isEmpty else { throw Refusal(400, "OPERATORS_NOT_FOUND") }
            return say(
                [
                    "status": "success",
                    "countryOperators": .object(
                        scope.places.map { id, place in
                            .init(String(id), .array(place.operators.map { .string($0.name) }))
                        }),
                ], dialect)
        }
    }
}
