import HTTPServer
import JSON
import Kit
import SandboxCore

extension HTTPRequest {
    /// The value of a query parameter; nil when it is absent or empty. Unknown ones are ignored, as the provider does.
    func value(_ name: String) -> String? {
        query.last { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    /// `1` and `true` mean yes.
    func flag(_ name: String) -> Bool { ["1", "true"].contains(value(name)?.lowercased()) }
}

/// How 5SIM reads parameters.
enum FiveSimQuery {
    static func purchase(_ request: HTTPRequest, _ category: Product.Category) -> Purchase {
        // Taken as the rest of the path, so that an empty segment can be answered in the provider's words.
        let path = request.parameter("path").split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        var purchase = Purchase(
            category, country: path[0], pool: path.count > 1 ? path[1] : "",
            product: path.count > 2 ? path[2...].joined(separator: "/") : "")
        purchase.forwarding = request.flag("forwarding")
        purchase.forwardingNumber = request.value("number")
        purchase.reuse = request.flag("reuse")
        purchase.voice = request.flag("voice")
        purchase.referral = request.value("ref")
        purchase.maxPrice = request.value("maxPrice").flatMap { Double($0) }.flatMap { Money(rounding: $0) }
        return purchase
    }

    static func history(_ request: HTTPRequest) throws(Refusal) -> HistoryQuery {
        guard let category = request.value("category").flatMap({ Product.Category(rawValue: $0) }) else {
            throw Refusal(400, "category is incorrect")
        }
        var query = HistoryQuery(category: category)
        (query.offset, query.limit) = window(request)
        query.order = request.value("order").flatMap { HistoryQuery.Column(rawValue: $0) } ?? .id
        query.reverse = request.flag("reverse")
        query.date = request.value("date").map { String($0.prefix(10)) }
        query.phone = request.value("phone")
        query.status = request.value("status")?.uppercased()
        query.product = request.value("product")
        return query
    }

    /// A page of a list that is in order of time.
    static func page<Element>(_ request: HTTPRequest, of all: [Element]) -> [Element] {
        let (offset, limit) = window(request)
        let ordered = request.flag("reverse") ? all.reversed() : all
        return Array(ordered.dropFirst(offset).prefix(limit))
    }

    private static func window(_ request: HTTPRequest) -> (offset: Int, limit: Int) {
        func number(_ name: String) -> Int? { request.value(name).flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 } }
        return (number("offset") ?? 0, number("limit") ?? HistoryQuery.defaultLimit)
    }

    static func body(_ request: HTTPRequest) throws(Refusal) -> JSON {
        do { return try JSON(parsing: request.body) } catch { throw Refusal(400, "bad request") }
    }

    /// The country a guest names; nil for `any`.
    static func place(_ slug: String, _ market: Market) throws(Refusal) -> Place? {
        if slug == "any" { return nil }
        guard let place = market.place(slug) else { throw .countryIsIncorrect }
        return place
    }
}
