import CLinux
import CCrypto
import CMicroHTTPD
import Kit

/// What a response has to know to turn its connection into a WebSocket; made by `HTTPResponse.webSocket`.
package struct WebSocketUpgrade: Sendable {
    let subprotocol: String?
    let maximumMessage: Int
    let serve: @Sendable (WebSocket) async throws -> Void
}

/// The opening of a WebSocket (RFC 6455 § 4.2).
enum WebSocketHandshake {
    /// Why a request does not open a WebSocket; nil when it does.
    static func refusal(of request: HTTPRequest) -> Problem? {
        var wrong: [FieldProblem] = []
        func require(_ condition: Bool, _ header: String, _ message: String) {
            if !condition { wrong.append(FieldProblem(field: "headers.\(header)", message: message)) }
        }
        let headers = request.headers
        require(has("websocket", in: headers.values("Upgrade")), "Upgrade", "must be websocket")
        require(has("upgrade", in: headers.values("Connection")), "Connection", "must name Upgrade")
        require(headers["Sec-WebSocket-Version"] == "13", "Sec-WebSocket-Version", "must be 13")
        let keys = headers.values("Sec-WebSocket-Key")
        require(keys.count == 1 && isKey(keys.first ?? ""), "Sec-WebSocket-Key", "must be 16 bytes in base64")
        if wrong.isEmpty, request.method == .get, request.body.isEmpty { return nil }
        return Problem(.validationFailed, "This address is a WebSocket (RFC 6455), version 13.", fields: wrong)
    }

    static func addHeaders(to response: OpaquePointer, _ headers: HTTPHeaders, _ upgrade: WebSocketUpgrade) {
        _ = MHD_add_response_header(response, "Upgrade", "websocket")
        _ = MHD_add_response_header(response, "Sec-WebSocket-Accept", accept(headers["Sec-WebSocket-Key"] ?? ""))
        if let chosen = upgrade.subprotocol {
            _ = MHD_add_response_header(response, "Sec-WebSocket-Protocol", chosen)
        }
    }

    /// The proof that the key was read: base64 of SHA-1 of the key and a fixed text.
    static func accept(_ key: String) -> String {
        let input = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        var length: UInt32 = 20
        EVP_Digest(input, input.count, &digest, &length, EVP_sha1(), nil)
        var text = [UInt8](repeating: 0, count: 32)
        let count = EVP_EncodeBlock(&text, digest, 20)
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }

    private static func has(_ token: String, in values: [String]) -> Bool {
        values.contains { $0.split(separator: ",").contains { $0.trimmingSpaces.lowercased() == token } }
    }

    private static func isKey(_ key: String) -> Bool {
        let text = Array(key.utf8)
        var decoded = [UInt8](repeating: 0, count: 32)
        return text.count == 24 && key.hasSuffix("==") && EVP_DecodeBlock(&decoded, text, 24) == 18
    }
}
