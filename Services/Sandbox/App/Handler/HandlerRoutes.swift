import HTTPServer
import JSON
import Kit
import Providers
import SandboxCore

/// The simulated upstreams of the SMS-Activate protocol: one address, where a parameter says what is wanted.
enum HandlerRoutes {
    typealias Actions = [String: Router.Handler]

    static func router(_ upstream: Upstream) -> Router {
        guard let dialect = upstream.dialect as? HandlerDialect else {
            preconditionFailure("an upstream of the protocol has its dialect")
        }
        var actions: Actions = [:]
        account(&actions, upstream, dialect)
        buying(&actions, upstream, dialect)
        orders(&actions, upstream, dialect)
        lists(&actions, upstream, dialect)
        catalogue(&actions, upstream, dialect)
        rentals(&actions, upstream, dialect)
        let all = actions
        let serve: Router.Handler = { request in
            let request = try withForm(request)
            // Clones are asked in lower case.
            guard let action = request.value("action"), let handler = all[action.lowercased()] else {
                return dialect.response(to: Refusal(404, "BAD_ACTION"))
            }
            return try await handler(request)
        }
        var router = Router()
        let path = "/\(upstream.vendor.rawValue)/stubs/handler_api.php"
        router.on(.get, path, deadline: FiveSimRoutes.deadline, serve)
        router.on(.post, path, deadline: FiveSimRoutes.deadline, serve)
        return router
    }

    /// The parameters of a form are as good as those of the query.
    private static func withForm(_ request: HTTPRequest) throws -> HTTPRequest {
        guard request.method == .post, !request.body.isEmpty else { return request }
        let form = try request.form()
        return HTTPRequest(
            request.method, request.target, query: request.query + form, headers: request.headers,
            remoteAddress: request.remoteAddress, route: request.route)
    }

    // MARK: - Answers

    static func say(_ text: String, _ dialect: HandlerDialect) -> Answer {
        .reply(.text(200, text, type: dialect.textType))
    }

    static func say(_ json: JSON, _ dialect: HandlerDialect) -> Answer {
        .reply(HTTPResponse(200, headers: ["Content-Type": dialect.jsonType], body: json.bytes))
    }

    /// What a change is answered with.
    static func done(_ word: String, _ dialect: HandlerDialect) -> Answer {
        dialect.settings.changesAnswerNothing ? .reply(.noContent) : say(word, dialect)
    }

    // MARK: - The account

    private static func account(_ actions: inout Actions, _ upstream: Upstream, _ dialect: HandlerDialect) {
        let balance = upstream.handler("profile", .customer) { world, call, _ throws(Refusal) in
            world.seller.advance(to: call.now)
            return say("ACCESS_BALANCE:\(HandlerWriter.amount(world.seller.accounts[call.account].balance))", dialect)
        }
        actions["getbalance"] = balance
        actions["getbalanceandcashback"] = balance
    }
}

/// How the protocol's parameters are read.
extension HTTPRequest {
    func integer(_ name: String) -> Int? { value(name).flatMap { Int($0) } }

    /// The id of an order, under any of these names.
    func order(_ names: String...) throws(Refusal) -> Int64 {
        for name in names {
            if let text = value(name) {
                guard let id = Int64(text) else { throw Refusal(400, "WRONG_ACTIVATION_ID") }
                return id
            }
        }
        throw Refusal(400, "WRONG_ACTIVATION_ID")
    }

    /// The slug of the country that is asked for; nil when none is.
    func countrySlug(_ dialect: HandlerDialect) throws(Refusal) -> String? {
        guard let text = value("country"), text != "any" else { return nil }
        guard let id = Int(text), let slug = dialect.countries.slug(id) else { throw .badCountry }
        return slug
    }
}
