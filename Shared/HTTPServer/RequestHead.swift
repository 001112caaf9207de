import CLinux
import CMicroHTTPD
import Kit

/// What can be known of a request when its head has arrived: where it goes, or why it is refused.
struct RequestHead: Sendable {
    enum Plan: Sendable {
        case handle(RouteTree.Entry, parameters: [HTTPRequest.Field])
        /// `allow` are the methods of the path, for 405.
        case refuse(Problem, allow: [HTTPMethod] = [])
        /// The answer to `OPTIONS` where no route has one.
        case tellMethods([HTTPMethod])
    }

    let plan: Plan
    /// Whether the end of this request cannot be told or awaited: the answer is given at once, the connection closed.
    let mustClose: Bool
    let method: HTTPMethod
    let target: String
    let query: [HTTPRequest.Field]
    let headers: HTTPHeaders
    let bodyLimit: Int
    /// HTTP/1.0 knows no chunks.
    let knowsChunks: Bool

    /// How much of a body that nobody will read is taken in, so that its sender can read why.
    static let discardLimit = 1024 * 1024

    init(
        _ handle: OpaquePointer, target bytes: [UInt8], isWhole: Bool, method: String, version: String, core: ServerCore
    ) {
        let limits = core.limits
        knowsChunks = version != "HTTP/1.0"
        var fields = FieldCollector()
        withUnsafeMutablePointer(to: &fields) {
            _ = MHD_get_connection_values_n(handle, .HEADER_KIND, collectField, $0)
        }
        headers = fields.headers
        let known = HTTPMethod(rawValue: method)
        self.method = known ?? .get

        var target = bytes[...]
        // The absolute form, which proxies use: scheme and authority name this server.
        for scheme in ["http://", "https://"] where target.starts(with: scheme.utf8) {
            let rest = target.dropFirst(scheme.utf8.count)
            target = rest.firstIndex(of: UInt8(ascii: "/")).map { rest[$0...] } ?? [UInt8(ascii: "/")]
        }
        let isText = isWhole && target.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        self.target = isText ? String(decoding: target, as: UTF8.self) : ""
        let mark = target.firstIndex(of: UInt8(ascii: "?"))
        let query = mark.map { PercentCoding.decodePairs(target[target.index(after: $0)...]) } ?? []
        self.query = query ?? []

        if fields.framing.isAmbiguous || fields.hasControlCharacters {
            plan = .refuse(Problem.invalid("headers", "are contradictory or malformed"))
            mustClose = true
            bodyLimit = 0
            return
        }

        var limit = 0
        switch Self.route(known, target[..<(mark ?? target.endIndex)], isText: isText, hasQuery: query != nil, core) {
        case _ where namaskah_mhd_header_size(handle) > limits.head:
            plan = .refuse(
                Problem(.headersTooLarge, "The head of the request must have at most \(limits.head) bytes."))
        case _ where headers.count > limits.fields:
            plan = .refuse(
                Problem(.headersTooLarge, "The head of the request must have at most \(limits.fields) fields."))
        case _ where bytes.count > limits.target:
            plan = .refuse(Problem(.uriTooLong, "The address must have at most \(limits.target) bytes."))
        case .handle(let entry, let parameters):
            limit = entry.route.bodyLimit ?? limits.body
            plan =
                fields.framing.length ?? 0 > limit
                ? .refuse(Problem(.payloadTooLarge, "The body must have at most \(limit) bytes."))
                : .handle(entry, parameters: parameters)
        case let refusal: plan = refusal
        }
        bodyLimit = limit
        if case .handle = plan {
            mustClose = false
        } else {
            // Whoever asks before sending its body is told before it does.
            mustClose = fields.expectsContinue || fields.framing.length ?? 0 > Self.discardLimit
        }
    }

    private static func route(
        _ method: HTTPMethod?, _ path: ArraySlice<UInt8>, isText: Bool, hasQuery: Bool, _ core: ServerCore
    ) -> Plan {
        guard isText else { return .refuse(.invalid("path", "The address of the request is not well-formed.")) }
        guard hasQuery else {
            return .refuse(.invalid("query", "The query is not well-formed: percent-encoded UTF-8 without NUL."))
        }
        if method == .options, path.elementsEqual("*".utf8) { return .tellMethods(HTTPMethod.allCases) }
        guard path.first == UInt8(ascii: "/") else {
            return .refuse(.invalid("path", "The address of the request is not a path."))
        }
        var segments: [String] = []
        for segment in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let text = PercentCoding.decode(segment, .segment) else {
                return .refuse(
                    .invalid("path", "The path is not well-formed: percent-encoded UTF-8 without control characters."))
            }
            segments.append(text)
        }
        switch core.routes.match(method, segments) {
        case .found(let entry, let parameters): return .handle(entry, parameters: parameters)
        case .otherMethods(let methods) where method == .options: return .tellMethods(methods)
        case .otherMethods(let methods):
            let names = methods.map(\.rawValue).joined(separator: ", ")
            return .refuse(Problem(.methodNotAllowed, "This path takes \(names)."), allow: methods)
        case .nothing: return .refuse(Problem(.notFound, "There is nothing at this address."))
        }
    }
}

/// What the header fields say of where the body ends.
private struct Framing {
    var length: Int?
    var isChunked = false
    var isAmbiguous = false

    /// Two lengths, a length beside chunks, a length that is not a number: each is how one request is smuggled inside
    /// another past a proxy that reads it differently (RFC 9112 § 11.2).
    mutating func add(length value: UnsafeRawBufferPointer) {
        let digits = value.allSatisfy { (0x30...0x39).contains($0) }
        let number = digits ? Int(String(decoding: value, as: UTF8.self)) : nil
        isAmbiguous = isAmbiguous || number == nil || length != nil || isChunked
        length = number
    }

    mutating func add(encoding value: UnsafeRawBufferPointer) {
        isAmbiguous =
            isAmbiguous || isChunked || length != nil
            || String(decoding: value, as: UTF8.self).lowercased() != "chunked"
        isChunked = true
    }
}

/// Takes the header fields out of libmicrohttpd's memory.
private struct FieldCollector {
    var headers = HTTPHeaders()
    var framing = Framing()
    var hasControlCharacters = false
    var expectsContinue = false
    private var hasHost = false

    mutating func add(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        hasControlCharacters =
            hasControlCharacters || value.contains { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F }
            || name.contains { $0 <= 0x20 || $0 >= 0x7F }
        switch name.count {
        case 4 where Self.isSame(name, "host"):
            hasControlCharacters = hasControlCharacters || hasHost
            hasHost = true
        case 6 where Self.isSame(name, "expect"): expectsContinue = true
        case 14 where Self.isSame(name, "content-length"): framing.add(length: value)
        case 17 where Self.isSame(name, "transfer-encoding"): framing.add(encoding: value)
        default: break
        }
        headers.append(name: name, value: value)
    }

    private static func isSame(_ name: UnsafeRawBufferPointer, _ other: StaticString) -> Bool {
        other.withUTF8Buffer { other in zip(name, other).allSatisfy { $0 | 0x20 == $1 } }
    }
}

private func collectField(
    _ collector: UnsafeMutableRawPointer?, _: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameLength: Int,
    _ value: UnsafePointer<CChar>?, _ valueLength: Int
) -> MHD_Result {
    collector?.assumingMemoryBound(to: FieldCollector.self).pointee.add(
        name: UnsafeRawBufferPointer(start: name, count: nameLength),
        value: UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueLength))
    return .YES
}
