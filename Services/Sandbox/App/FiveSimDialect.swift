import HTTPServer
import SandboxCore

/// 5SIM: a bearer token, and refusals in plain text, though JSON was asked for.
struct FiveSimDialect: Dialect {
    func account(of request: HTTPRequest, in seller: Seller) throws(Refusal) -> Int {
        guard let value = request.headers["Authorization"], value.hasPrefix("Bearer "),
            let known = seller.account(token: String(value.dropFirst(7)))
        else { throw .unauthorized }
        return known
    }

    func response(to refusal: Refusal) -> HTTPResponse { .text(refusal.status, refusal.text) }
}
