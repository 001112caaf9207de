import HTTPServer
import JSON
import Kit
import SandboxCore

/// Who calls an endpoint of TextVerified, and how links are to begin.
struct TextVerifiedVisit: Sendable {
    static let path = "/textverified/api/pub/v2"

    let account: Int
    let now: Timestamp
    let request: HTTPRequest
    let fault: Fault.Kind?

    var host: String { "http://" + (request.headers["Host"] ?? "localhost") }
    var base: String { host + Self.path }

    func body() throws(Refusal) -> JSON {
        do { return try JSON(parsing: request.body) } catch { throw .invalidRequest }
    }

    /// A word of an enumeration in any case; a refusal when it is not one of them.
    static func word<Value>(_ json: JSON?, _ words: [String: Value]) throws(Refusal) -> Value {
        guard let word = json?.stringValue?.lowercased(), let value = words[word] else { throw .invalidRequest }
        return value
    }

    /// 201, with a link and nothing else.
    func made(_ href: String) -> Answer {
        .reply(HTTPResponse.json(201, TextVerifiedWriter.link(href)).with("Location", href))
    }

    /// 200, with nothing.
    static let done = Answer.reply(HTTPResponse(200))

    static func json(_ json: JSON) -> Answer { .json(json.bytes) }

    /// A page of a list, of which only that page is written.
    func page<Element>(_ rows: [Element], _ world: Upstream.World, _ write: (Element) -> JSON) -> Answer {
        let size = world.textVerified.behaviour.pageSize
        let number = max(0, request.value("page").flatMap { Int($0) } ?? 0)
        let start = min(rows.count, number * size)
        let part = rows[start..<min(rows.count, start + size)]
        let pairs = request.query.filter { $0.name != "page" }.map { "\($0.name)=\($0.value)" }
        func link(_ page: Int) -> JSON {
            TextVerifiedWriter.link(
                host + request.path + "?" + (pairs + ["page=\(page)"]).joined(separator: "&"))
        }
        let hasNext = start + part.count < rows.count
        return Self.json([
            "hasNext": .bool(hasNext), "hasPrevious": .bool(number > 0), "count": .integer(Int64(part.count)),
            "links": [
                "current": link(number), "previous": number > 0 ? link(number - 1) : .null,
                "next": hasNext ? link(number + 1) : .null,
            ],
            "data": .array(part.map(write)),
        ])
    }
}

extension TextVerifiedVisit {
    /// The same of what is written already.
    func page(_ rows: [JSON], _ world: Upstream.World) -> Answer { page(rows, world) { $0 } }
}

extension Upstream {
    typealias TextVerifiedBody = @Sendable (inout World, TextVerifiedVisit) throws(Refusal) -> Answer

    /// An endpoint for whoever has a token.
    func textVerified(_ endpoint: String, _ body: @escaping TextVerifiedBody) -> Router.Handler {
        handler(endpoint, .guest) { world, call, request throws(Refusal) in
            guard let account = world.textVerified.account(of: request, at: call.now) else { throw .unauthorized }
            world.textVerified.settle(&world.seller, &world.notices, at: call.now)
            return try body(
                &world, TextVerifiedVisit(account: account, now: call.now, request: request, fault: call.fault?.kind))
        }
    }
}

extension Upstream.World {
    /// An order of the account by the id it was given out under.
    func order(_ id: String, _ visit: TextVerifiedVisit) throws(Refusal) -> Order {
        guard let number = OpaqueID.number("lr_", id), let order = seller.order(number),
            order.account == visit.account
        else { throw .orderNotFound }
        return order
    }

    func verification(_ visit: TextVerifiedVisit) throws(Refusal) -> Order {
        let order = try order(visit.request.parameter("id"), visit)
        guard seller.product(of: order).category == .activation else { throw .orderNotFound }
        return order
    }
}
