import HTTPServer
import Kit
import SandboxCore

/// The upstreams that are simulated. Each has a market, accounts and books of its own.
package enum Vendor: String, Sendable, CaseIterable {
    case fiveSim = "5sim"
    case smsActivate = "sms-activate"
    case hero
    case textVerified = "textverified"

    /// Numbers and prices of one vendor are not those of another.
    func seed(_ seed: UInt64) -> UInt64 {
        switch self {
        case .fiveSim: seed
        case .smsActivate: seed &+ 101
        case .hero: seed &+ 102
        case .textVerified: seed &+ 103
        }
    }

    /// How it is spoken to.
    var dialect: any Dialect {
        switch self {
        case .fiveSim: FiveSimDialect()
        case .smsActivate: HandlerDialect(.smsActivate)
        case .hero: HandlerDialect(.hero)
        case .textVerified: TextVerifiedDialect()
        }
    }

    func router(_ upstream: Upstream) -> Router {
        switch self {
        case .fiveSim: FiveSimRoutes.router(upstream)
        case .smsActivate, .hero: HandlerRoutes.router(upstream)
        case .textVerified: TextVerifiedRoutes.router(upstream)
        }
    }

    /// The strings of the simulation that it has beside those of all.
    func addControls(_ routes: inout Router, _ upstream: Upstream) {
        switch self {
        case .fiveSim: break
        case .smsActivate, .hero: HandlerControls.add(&routes, upstream)
        case .textVerified: TextVerifiedControls.add(&routes, upstream)
        }
    }

    /// How it differs from the first there was, before anybody sets something else.
    func apply(to settings: inout Settings) {
        switch self {
        case .fiveSim: break
        case .smsActivate, .hero:
            if settings.lifetime == Settings().lifetime { settings.lifetime = .seconds(20 * 60) }
            settings.enforcesRating = false
            settings.rentalCancelWithin = .seconds(20 * 60)
        case .textVerified:
            settings.enforcesRating = false
            settings.completesOnMessage = true
        }
    }
}

/// Who a caller of an upstream is, and in which words it is refused.
protocol Dialect: Sendable {
    /// The account of the caller: its place in the seller's list.
    func account(of request: HTTPRequest, in seller: Seller) throws(Refusal) -> Int
    func response(to refusal: Refusal) -> HTTPResponse
    /// Forgets what scripts have set.
    func reset()
    /// The seller's number of an order, of the id it was given out under.
    func orderID(_ text: String) -> Int64?
    /// The id that an order was given out under.
    func reference(of order: Order) -> String
    /// How it tells customers of what has come.
    var notices: NoticePolicy { get }
    /// Lets happen what is due, and notes what is to be told.
    func settle(_ world: inout Upstream.World, at now: Timestamp)
}

extension Dialect {
    func reset() {}
    func orderID(_ text: String) -> Int64? { Int64(text) }
    func reference(of order: Order) -> String { String(order.id) }
    var notices: NoticePolicy { .handler }
    func settle(_ world: inout Upstream.World, at now: Timestamp) { world.seller.advance(to: now) }
}
