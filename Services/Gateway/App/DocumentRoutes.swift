import Contracts
import HTTPServer
import JSON

/// The API described: for programs at `/openapi.json` and, what goes over the broker, at `/asyncapi.json`; for people at
/// `/docs`.
enum DocumentRoutes {
    private static let openAPI = APIDocument.json.bytes
    private static let asyncAPI = AsyncAPIDocument.json.bytes

    static func add(to router: inout Router) {
        router.on(.get, "/openapi.json") { request in
            _ = try request.query(allowing: [])
            return .json(200, bytes: openAPI)
        }
        router.on(.get, "/asyncapi.json") { request in
            _ = try request.query(allowing: [])
            return .json(200, bytes: asyncAPI)
        }
        router.on(.get, "/docs") { request in
            _ = try request.query(allowing: [])
            return .text(200, DocsPage.html, type: "text/html; charset=utf-8")
                .with("Content-Security-Policy", DocsPage.contentSecurityPolicy)
        }
    }
}
