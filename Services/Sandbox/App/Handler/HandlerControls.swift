import HTTPServer
import JSON
import Kit

/// The strings of the simulation that only the SMS-Activate protocol has.
enum HandlerControls {
    static let index = JSON.Member(
        "PUT /_control/{sms-activate|hero}/handler",
        "{errors: text|json, ready, v2, prices: country|service, numbers: number|text, active: list|object|bare, rent_values: object|list, empty_changes, tells_reference, types: honest|html}: what upstreams of that protocol differ in"
    )

    static func add(_ routes: inout Router, _ upstream: Upstream) {
        guard let dialect = upstream.dialect as? HandlerDialect else { return }
        routes.on(.get, "/handler") { _ in .json(200, dialect.settings.json) }
        routes.on(.put, "/handler") { request in
            let wish: HandlerWish = try request.record()
            dialect.change { wish.apply(to: &$0) }
            return .noContent
        }
    }
}
