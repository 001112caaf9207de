import HTTPServer
import Kit
import SandboxCore

/// The upstreams that are simulated. Each has a market, accounts and books of its own.
package enum Vendor: String, Sendable, CaseIterable {
    case fiveSim = "5sim"

    /// Numbers and prices of one vendor are not those of another.
    func seed(_ seed: UInt64) -> UInt64 {
        switch self {
        case .fiveSim: seed
        }
    }

    /// How it is spoken to.
    var dialect: any Dialect {
        switch self {
        case .fiveSim: FiveSimDialect()
        }
    }

    func router(_ upstream: Upstream) -> Router {
        switch self {
        case .fiveSim: FiveSimRoutes.router(upstream)
        }
    }
}

/// Who a caller of an upstream is, and in which words it is refused.
protocol Dialect: Sendable {
    /// The account of the caller: its place in the seller's list.
    func account(of request: HTTPRequest, in seller: Seller) throws(Refusal) -> Int
    func response(to refusal: Refusal) -> HTTPResponse
}
