import HTTPClient
import JSON

/// Where TextVerified says that something is, and how it is to be asked for.
package struct TextVerifiedLink: Hashable, Sendable {
    package var method: ClientRequest.Method
    /// Absolute or relative, as it was told.
    package var href: String

    package init(_ href: String, method: ClientRequest.Method = .get) {
        self.href = href
        self.method = method
    }

    /// `{"method":"GET","href":"…"}`; nil for null, for a link without an address, and for a method that does not exist.
    init?(_ json: JSON?) {
        guard let href = json?["href"]?.stringValue, !href.isEmpty else { return nil }
        let word = json?["method"]?.stringValue?.uppercased() ?? "GET"
        guard let method = ClientRequest.Method(rawValue: word) else { return nil }
        self.init(href, method: method)
    }
}

/// The address that TextVerified is spoken to at, and what links mean that are found there.
struct TextVerifiedBase: Sendable {
    let url: String
    private let scheme: String
    /// Host and port, as links write them.
    private let authority: String

    init(_ url: String) {
        self.url = url
        let parts = Self.parts(url)
        scheme = parts?.scheme ?? "https"
        authority = parts?.authority ?? ""
    }

    /// The whole address of a link; nil for what is not one of http.
    func resolve(_ href: String) -> String? {
        guard href.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
        if href.hasPrefix("//") { return scheme + ":" + href }
        if href.hasPrefix("/") { return scheme + "://" + authority + href }
        let beginning = href.prefix { !"/?#".contains($0) }
        guard beginning.contains(":") else { return url + "/" + href }
        return Self.parts(href) == nil ? nil : href
    }

    /// Whether an address is TextVerified's own, so that the token may go there. Another scheme or port is another's.
    func owns(_ url: String) -> Bool {
        guard let parts = Self.parts(url) else { return false }
        return parts.scheme == scheme && parts.authority == authority
    }

    /// Everything up to the path counts as the authority: with a user's name in it, it is nobody's we know.
    private static func parts(_ url: String) -> (scheme: String, authority: String)? {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return nil }
        let scheme = url[..<colon].lowercased()
        guard scheme == "https" || scheme == "http" else { return nil }
        var authority = url[colon...].dropFirst(3).prefix { !"/?#".contains($0) }.lowercased()
        let usual = scheme == "https" ? ":443" : ":80"
        if authority.hasSuffix(usual) { authority.removeLast(usual.count) }
        return authority.isEmpty ? nil : (scheme, authority)
    }
}
