import Kit

/// Where in a distributed trace we are: the W3C `traceparent` (https://www.w3.org/TR/trace-context/), carried from an
/// HTTP request through the outbox row and the AMQP header to the provider call, and put into every log line.
package struct TraceContext: Hashable, Sendable {
    /// 32 hexadecimal digits, the same along the whole trace.
    package let traceID: String
    /// 16 hexadecimal digits, this hop's own.
    package let spanID: String
    package let sampled: Bool

    @TaskLocal package static var current: TraceContext?

    private init(traceID: String, spanID: String, sampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.sampled = sampled
    }

    /// The start of a trace.
    package static func root() -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return TraceContext(
            traceID: hex(generator.next()) + hex(generator.next() | 1), spanID: hex(generator.next() | 1), sampled: true
        )
    }

    /// The next hop of the same trace.
    package func child() -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return TraceContext(traceID: traceID, spanID: Self.hex(generator.next() | 1), sampled: sampled)
    }

    /// Reads `00-<32 hex>-<16 hex>-<2 hex>`; nil for anything else and for all-zero ids, as the standard demands.
    package init?(traceparent: String) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].utf8.count == 2, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            parts[1].utf8.count == 32, parts[2].utf8.count == 16, parts[3].utf8.count == 2,
            parts[0...3].allSatisfy({ $0.utf8.allSatisfy(Self.isLowerHex) }),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" }),
            let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.init(traceID: String(parts[1]), spanID: String(parts[2]), sampled: flags & 1 == 1)
    }

    /// The trace that a `traceparent` names, for a log line; nil when it names none.
    package static func traceID(of traceparent: String?) -> String? {
        traceparent.flatMap { TraceContext(traceparent: $0) }?.traceID
    }

    package var traceparent: String { "00-\(traceID)-\(spanID)-\(sampled ? "01" : "00")" }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func hex(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }
}
