import HTTPServer
import JSON
import SandboxCore

/// How faults look on the wire.
enum FaultyResponse {
    /// How long a silent endpoint is silent unless the fault says otherwise: longer than any client waits.
    private static let silence = Duration.seconds(120)

    /// The words of a fault that keeps the request from being carried out. What is silent or cut off has none.
    static func refusal(_ fault: Fault) -> Refusal {
        switch fault.kind {
        case .status: Refusal(fault.status ?? 500, fault.text ?? "internal error")
        case .text: Refusal(fault.status ?? 400, fault.text ?? "server offline")
        case .html502: Refusal(502, page("502 Bad Gateway"))
        case .noFreePhones: .noFreePhones
        case .notEnoughBalance: .notEnoughBalance
        case .serverOffline: .serverOffline
        case .rateLimit: Refusal(429, fault.text ?? Refusal.keyLimit.text)
        case .addressLimit: Refusal(503, fault.text ?? Refusal.addressLimit.text)
        case .edgeBlock: Refusal(403, fault.text ?? "error code: 1010")
        case .unauthorized: .unauthorized
        case .internalError: .internalError
        default: Refusal(0, "")
        }
    }

    /// What the journal says was sent.
    static func status(_ fault: Fault, _ answer: Answer) -> Int {
        switch fault.kind {
        case .html502, .html502AfterExecution: 502
        case .hang, .reset, .resetAfterExecution, .timeoutAfterExecution: 0
        case .garbage, .html200, .truncated, .null: 200
        default: answer.status
        }
    }

    static func make(_ fault: Fault, _ answer: Answer, of upstream: Upstream) async throws -> HTTPResponse {
        switch fault.kind {
        case .html502, .html502AfterExecution:
            return .text(502, page("502 Bad Gateway"), type: "text/html")
        case .hang, .timeoutAfterExecution:
            try await Task.sleep(for: fault.delay ?? silence)
            return .cut
        case .reset, .resetAfterExecution:
            return .cut
        case .garbage:
            return .json(200, bytes: [0x7B, 0x22, 0x69, 0x64, 0xFF, 0xFE, 0x00, 0x9C] + Array("\"}{]".utf8))
        case .html200:
            return .text(200, page("Just a moment..."), type: "text/html")
        case .null:
            return .json(200, bytes: Array("null".utf8))
        case .truncated:
            return truncated(answer)
        case .edgeBlock:
            let refusal = refusal(fault)
            return .text(refusal.status, refusal.text).with("Server", "cloudflare")
        default:
            if let delay = fault.delay { try await Task.sleep(for: delay) }
            return upstream.response(answer)
        }
    }

    /// The first half of an answer, and then the end of the connection.
    private static func truncated(_ answer: Answer) -> HTTPResponse {
        let whole: [UInt8]
        switch answer {
        case .feed(let market, let now): return PriceFeed.response(market, at: now, countries: 3)
        case .json(let bytes): whole = bytes
        case .list(let write):
            var writer = JSONWriter()
            write(&writer)
            whole = writer.bytes
        case .refusal(let refusal): whole = Array(refusal.text.utf8)
        case .reply(let response): if case .bytes(let bytes) = response.body { whole = bytes } else { whole = [] }
        }
        return .stream(answer.status, headers: ["Content-Type": "application/json"], whenFull: .wait) { stream in
            try await stream.write(Array(whole.prefix(whole.count / 2)))
            throw CancellationError()
        }
    }

    private static func page(_ title: String) -> String {
        """
        <html>
        <head><title>\(title)</title></head>
        <body><center><h1>\(title)</h1></center><hr><center>nginx</center></body>
        </html>

        """
    }
}
