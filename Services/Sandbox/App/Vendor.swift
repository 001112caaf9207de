import HTTPServer
import Kit
import SandboxCore

/// The upstreams that are simulated. Each has a market, accounts and books of its own.
package enum Vendor: String, Sendable, CaseIterable {
    case fiveSim = "5sim"
    case textVerified = "textverified"

    /// Numbers and prices of one vendor are not those of another.
    func seed(_ seed: UInt64) -> UInt64 {
        switch self {
        case .fiveSim: seed
        case .textVerified: seed &+ 2
        }
    }

    /// How it is spoken to.
    var dialect: any Dialect {
        switch self {
        case .fiveSim: FiveSimDialect()
        case .textVerified: TextVerifiedDialect()
        }
    }

    func router(_ upstream: Upstream) -> Router {
        switch self {
        case .fiveSim: FiveSimRoutes.router(upstream)
        case .textVerified: TextVerifiedRoutes.router(upstream)
        }
    }

    /// The key of the account that exists from the start.
    func key(_ configuration: SandboxConfiguration) -> String {
        switch self {
        case .fiveSim: configuration.apiKey
        case .textVerified: configuration.textVerifiedKey
        }
    }

    /// Whether it stops selling to those who cancel too much.
    var rates: Bool { self == .fiveSim }

    /// The seller's number of an order, of the id it was given out under.
    func orderID(_ text: String) -> Int64? {
        switch self {
        case .fiveSim: Int64(text)
        case .textVerified: OpaqueID.number("lr_", text) ?? Int64(text)
        }
    }
}

/// Who a caller of an upstream is, and in which words it is refused.
protocol Dialect: Sendable {
    /// The account of the caller: its place in the seller's list.
    func account(of request: HTTPRequest, in seller: Seller) throws(Refusal) -> Int
    func response(to refusal: Refusal) -> HTTPResponse
}
