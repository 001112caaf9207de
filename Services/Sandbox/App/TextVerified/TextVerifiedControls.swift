import HTTPServer
import JSON
import Kit
import SandboxCore

/// The strings of the simulation that TextVerified alone has.
enum TextVerifiedControls {
    static let index: [JSON.Member] = [
        .init(
            "POST /_control/textverified/orders/{id}/call",
            "{text?, caller?, code?, delay_ms?}: a call arrives, in which the text is said"),
        .init(
            "PUT /_control/textverified/behaviour",
            "{page_size?, capitalised?, sale_ms?, back_order_ms?, review_ms?, recording_ms?, reuse_ms?, rentals?: served|backorder|failed}"
        ),
    ]

    static func add(_ routes: inout Router, _ upstream: Upstream) {
        routes.on(.post, "/orders/{id}/call") { request in
            guard let id = upstream.dialect.orderID(request.parameter("id")) else {
                throw Problem(.notFound, "There is no such order.")
            }
            let wish: CallWish = try request.record()
            let code: Seller.ScriptedCode = wish.code.map { .given($0) } ?? .none
            let isKnown = upstream.withWorld { world in
                world.seller.script(
                    id, text: wish.text, sender: wish.caller ?? "18005550199", code: code, form: .call,
                    after: .milliseconds(wish.delay ?? 0), at: world.now)
            }
            guard isKnown else { throw Problem(.notFound, "There is no such order.") }
            return .noContent
        }
        routes.on(.put, "/behaviour") { request in
            let wish: BehaviourWish = try request.record()
            upstream.withWorld { wish.apply(to: &$0.textVerified.behaviour) }
            return .noContent
        }
    }
}

/// A call that is to arrive.
private struct CallWish: JSONRecord {
    var text: String?
    var caller: String?
    var code: String?
    var delay: Int64?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("text", &text, .length(1...10_000))
        fields.optional("caller", &caller, .length(0...30))
        fields.optional("code", &code)
        fields.optional("delay_ms", &delay, .range(0...86_400_000))
    }
}

/// How TextVerified is to behave; what is absent stays as it is.
private struct BehaviourWish: JSONRecord {
    var pageSize: Int?
    var isCapitalised: Bool?
    var sale: Int64?
    var backOrder: Int64?
    var review: Int64?
    var recording: Int64?
    var reuse: Int64?
    var rentals: String?

    mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("page_size", &pageSize, .range(1...1_000))
        fields.optional("capitalised", &isCapitalised)
        fields.optional("sale_ms", &sale, .range(0...86_400_000))
        fields.optional("back_order_ms", &backOrder, .range(0...864_000_000))
        fields.optional("review_ms", &review, .range(0...864_000_000))
        fields.optional("recording_ms", &recording, .range(0...86_400_000))
        fields.optional("reuse_ms", &reuse, .range(0...864_000_000))
        fields.optional("rentals", &rentals, .oneOf(TextVerifiedBook.RentalFate.allCases.map(\.rawValue)))
    }

    func apply(to behaviour: inout TextVerifiedBook.Behaviour) {
        behaviour.pageSize = pageSize ?? behaviour.pageSize
        behaviour.isCapitalised = isCapitalised ?? behaviour.isCapitalised
        if let sale { behaviour.sale = .milliseconds(sale) }
        if let backOrder { behaviour.backOrder = .milliseconds(backOrder) }
        if let review { behaviour.review = .milliseconds(review) }
        if let recording { behaviour.recording = .milliseconds(recording) }
        if let reuse { behaviour.reuse = .milliseconds(reuse) }
        if let rentals { behaviour.rentals = TextVerifiedBook.RentalFate(rawValue: rentals) ?? behaviour.rentals }
    }
}
