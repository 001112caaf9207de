import HTTPServer
import JSON
import Kit
import Runtime
import Testing

private struct Order: JSONRecord {
    var service = ""
    var count = 0
    mutating func map(_ fields: inout some JSONMapper) {
        fields.required("service", &service, .slug)
        fields.required("count", &count, .range(1...10))
    }
}

private enum Status: String, CaseIterable { case active, done }

@Suite("Routing and reading") struct RoutingTests {
    private static func routes(_ router: inout Router) {
        router.group(["/verify", "/api/verification"]) { router in
            router.on(.get, "") { _ in .text(200, "list") }
            router.on(.post, "/create") { request in
                let order = try request.record(Order.self)
                return .json(201, order)
            }
            router.on(.get, "/{id}") { request in
                let id = try request.parameter("id", as: ID.self)
                return .text(200, "\(request.route) \(id)")
            }
        }
        router.on(.get, "/accounts/{sid}.json") { .text(200, "account \($0.parameter("sid"))") }
        router.on(.get, "/api/pricing/current") { _ in .text(200, "pricing") }
        router.on(.get, "/api/{provider}/balance") { .text(200, "balance of \($0.parameter("provider"))") }
        router.on(.get, "/numbers/available") { _ in .text(200, "numbers") }
        router.on(.delete, "/numbers/{id}") { _ in .noContent }
        router.on(.get, "/files/{path...}") { .text(200, $0.parameter("path")) }
        router.on(.get, "/search") { request in
            let query = try request.query(allowing: ["limit", "status", "from", "service", "id"])
            let limit = try query.integer("limit", in: 1...200) ?? 50
            let status = try query.oneOf(Status.self, "status")
            _ = try query.timestamp("from")
            _ = try query.id("id")
            let service = try query.slug("service") ?? "any"
            return .text(200, "\(limit) \(status?.rawValue ?? "all") \(service)")
        }
    }

    @Test("a path finds its handler, aliases the same one, and words win over parameters")
    func paths() async throws {
        try await withServer(routes: Self.routes) { server in
            let id = ID.new()
            let expectations = [
                ("/verify", "list"), ("/api/verification", "list"),
                ("/api/verification/\(id)", "/verify/{id} \(id)"),
                ("/accounts/AC12.json", "account AC12"), ("/api/pricing/current", "pricing"),
                ("/api/pricing/balance", "balance of pricing"), ("/api/5sim/balance", "balance of 5sim"),
                ("/api/a%2Fb/balance", "balance of a/b"), ("/files/a/b%20c", "a/b c"),
                ("/search", "50 all any"), ("/search?limit=7&status=done&service=wa", "7 done wa"),
                ("http://elsewhere/search?limit=3", "3 all any"),
            ]
            for (target, text) in expectations {
                let response = try await exchange(server, "GET", target)
                #expect(response.status == 200 && response.text == text, "\(target): \(response)")
            }
        }
    }

    @Test(
        "what does not exist is 404, however it is written",
        arguments: [
            "/", "/verify/", "//verify", "/verify/not-an-id", "/verify/../search", "/./search", "/%2e%2e/search",
            "/accounts/.json", "/files", "/Verify", "/search%2F", "/api//balance",
        ])
    func nothing(target: String) async throws {
        try await withServer(routes: Self.routes) { server in
            let response = try await exchange(server, "GET", target)
            #expect(response.status == 404, "\(response)")
            #expect(response.errorCode == "NOT_FOUND")
            #expect(response["content-type"] == "application/problem+json")
        }
    }

    @Test("another method is 405 with those that would do, HEAD and OPTIONS need no route")
    func methods() async throws {
        try await withServer(routes: Self.routes) { server in
            let wrong = try await exchange(server, "DELETE", "/verify")
            #expect(wrong.status == 405 && wrong.errorCode == "METHOD_NOT_ALLOWED")
            #expect(wrong["allow"] == "GET, HEAD, OPTIONS")
            let unknown = try await exchange(server, "BREW", "/numbers/5")
            #expect(unknown.status == 405 && unknown["allow"] == "DELETE, OPTIONS")
            let both = try await exchange(server, "DELETE", "/numbers/available")
            #expect(both.status == 204)
            let head = try await exchange(server, "HEAD", "/verify")
            #expect(head.status == 200 && head["content-length"] == "4" && head.body.isEmpty)
            let options = try await exchange(server, "OPTIONS", "/numbers/5")
            #expect(options.status == 204 && options["allow"] == "DELETE, OPTIONS")
            #expect(try await exchange(server, "OPTIONS", "*").status == 204)
        }
    }

    @Test("a query is read strictly: unknown, repeated and wrong parameters are named")
    func query() async throws {
        try await withServer(routes: Self.routes) { server in
            for (target, field) in [
                ("/search?limt=5", "query.limt"), ("/search?limit=5&limit=6", "query.limit"),
                ("/search?limit=0", "query.limit"), ("/search?limit=+5", "query.limit"),
                ("/search?limit=99999999999999999999", "query.limit"), ("/search?status=gone", "query.status"),
                ("/search?from=yesterday", "query.from"), ("/search?service=A%20B", "query.service"),
                ("/search?id=1", "query.id"),
            ] {
                let response = try await exchange(server, "GET", target)
                #expect(response.status == 400 && response.fields == [field], "\(target): \(response)")
                #expect(response.errorCode == "VALIDATION_FAILED")
            }
        }
    }

    @Test("a body is read strictly: its type, its syntax, every wrong field, no more than that")
    func body() async throws {
        try await withServer(routes: Self.routes) { server in
            let json = ["Content-Type: application/json; charset=utf-8"]
            func post(_ body: String, _ headers: [String]) async throws -> RawSocket.Response {
                try await exchange(server, "POST", "/verify/create", headers, body: body)
            }
            let good = try await post(#"{"service":"wa","count":3}"#, json)
            #expect(good.status == 201 && good.text == #"{"service":"wa","count":3}"#)
            #expect(try await post(#"{"service":"wa","count":3}"#, ["Content-Type: text/plain"]).status == 415)
            #expect(try await post("", []).status == 415)
            #expect(try await post("", json).status == 400)
            #expect(try await post(#"{"service":"#, json).status == 400)
            let wrong = try await post(#"{"service":"A B","count":0,"extra":1}"#, json)
            #expect(wrong.status == 400 && wrong.fields == ["service", "count", "extra"], "\(wrong)")
        }
    }

    @Test("the router lists every route, aliases under the name of the first")
    func list() {
        var router = Router()
        Self.routes(&router)
        let aliases = router.routes.filter { $0.canonicalPattern == "/verify/{id}" }.map(\.pattern)
        #expect(aliases == ["/verify/{id}", "/api/verification/{id}"])
        #expect(router.routes.count == 13)
    }

    @Test("middleware runs from the outside in, hands on what it found, and can answer itself")
    func middleware() async throws {
        struct Caller: Sendable { let name: String }
        try await withServer { router in
            router.use { request, next in
                guard let name = request.headers["X-Caller"] else {
                    throw Problem(.unauthenticated, "Say who you are.")
                }
                var request = request
                request.context[Caller.self] = Caller(name: name)
                return try await next(request).with("X-Outer", "yes")
            }
            router.group(
                "/in", using: [{ request, next in try await next(request).with("X-Inner", "yes") }]
            ) { router in
                router.on(.get, "/who") { .text(200, $0.context[Caller.self]?.name ?? "nobody") }
            }
        } _: { server in
            let known = try await exchange(server, "GET", "/in/who", ["X-Caller: Ann"])
            #expect(known.text == "Ann" && known["x-outer"] == "yes" && known["x-inner"] == "yes")
            let unknown = try await exchange(server, "GET", "/in/who")
            #expect(unknown.status == 401 && unknown["www-authenticate"] == "Bearer")
        }
    }
}
