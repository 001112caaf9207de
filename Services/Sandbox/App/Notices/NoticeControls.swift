import HTTPServer
import JSON
import Kit
import SandboxCore

/// The strings by which a script has an upstream send notices.
enum NoticeControls {
    static let index = JSON.Member(
        "PUT /_control/{upstream}/webhook",
        "{url, secret?}: notices go there; GET tells how they fare, DELETE ends them")

    static func add(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(.put, "/webhook") { request in
            let wish: WebhookWish = try request.record()
            guard wish.url.hasPrefix("http://") || wish.url.hasPrefix("https://") else {
                throw Problem.invalid("url", "must be the address of a web server")
            }
            set(NoticeBook.Target(url: wish.url, secret: wish.secret ?? ""), upstream)
            return .noContent
        }
        routes.on(.delete, "/webhook") { _ in
            set(nil, upstream)
            return .noContent
        }
        routes.on(.get, "/webhook") { _ in .json(200, upstream.withWorld { $0.notices.json }) }
    }

    private static func set(_ target: NoticeBook.Target?, _ upstream: Upstream) {
        upstream.withWorld { world in
            world.seller.settings.notesReceipts = target != nil
            // Of what came before nobody is told.
            _ = world.seller.takeReceipts()
            world.notices.set(target)
        }
    }
}

/// Where notices are to go, and what they are signed with.
private struct WebhookWish: JSONRecord {
    var url = ""
    var secret: String?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.required("url", &url, .length(8...2_000))
        fields.optional("secret", &secret, .length(1...200))
    }
}
