import Choosing
import Contracts
import Kit

/// A watch in 96 bytes: what is optional has a value that stands for none, a provider is a number, and the place in the
/// trace is bits instead of text. A reference of up to 15 bytes costs nothing beside.
struct PackedWatch: Sendable {
    /// No moment of ours.
    private static let never = Int64.min

    let id: ID
    private let reference: String
    private let assignedAt: Int64
    private let lingersFrom: Int64
    private let expiresAt: Int64
    private let trace: (UInt64, UInt64, UInt64)
    private let version: Int32
    private let messageCount: Int16
    private let callMark: Int16
    let provider: UInt16
    let state: OrderState
    private let cancelMode: Order.CancelMode?
    private let keepsOpen: Bool
    private let failures: UInt8
    /// Nil where there is no trace.
    private let traceFlags: UInt8?

    init(_ watch: Watch, provider: UInt16) {
        id = watch.id
        reference = watch.reference
        assignedAt = watch.assignedAt.microseconds
        lingersFrom = watch.lingersFrom?.microseconds ?? Self.never
        expiresAt = watch.expiresAt?.microseconds ?? Self.never
        let parts = watch.traceparent.flatMap { Self.parts($0) }
        trace = parts?.ids ?? (0, 0, 0)
        traceFlags = parts?.flags
        version = Int32(clamping: watch.version)
        // One that has had more of either is asked about no less.
        messageCount = Int16(clamping: watch.messageCount)
        callMark = Int16(clamping: watch.callMark)
        self.provider = provider
        state = watch.state
        cancelMode = watch.cancelMode
        keepsOpen = watch.keepsOpen
        // Pauses have long been as long as they get.
        failures = UInt8(clamping: watch.failures)
    }

    /// Whether something is to be done at the provider, rather than only asked.
    var isDeed: Bool { Minding.question(state, cancelMode, keepsOpen: keepsOpen) != .check }

    func watch(provider: String) -> Watch {
        var watch = Watch(
            id: id, provider: provider, reference: reference, version: Int(version), state: state,
            cancelMode: cancelMode, assignedAt: Timestamp(microseconds: assignedAt),
            lingersFrom: lingersFrom == Self.never ? nil : Timestamp(microseconds: lingersFrom), keepsOpen: keepsOpen,
            messageCount: Int(messageCount), callMark: Int(callMark),
            expiresAt: expiresAt == Self.never ? nil : Timestamp(microseconds: expiresAt), traceparent: traceparent)
        watch.failures = Int(failures)
        return watch
    }

    /// Of `00-<32 hex>-<16 hex>-<2 hex>`; nil for what has another form, of which nobody could make anything either.
    private static func parts(_ traceparent: String) -> (ids: (UInt64, UInt64, UInt64), flags: UInt8)? {
        let bytes = Array(traceparent.utf8)
        let dash = UInt8(ascii: "-")
        guard bytes.count == 55, bytes[0..<3].elementsEqual("00-".utf8), bytes[35] == dash, bytes[52] == dash,
            let high = number(bytes[3..<19]), let low = number(bytes[19..<35]), let span = number(bytes[36..<52]),
            let flags = number(bytes[53..<55])
        else { return nil }
        return ((high, low, span), UInt8(flags))
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }

    private var traceparent: String? {
        traceFlags.map { flags in
            "00-\(Self.hex(trace.0))\(Self.hex(trace.1))-\(Self.hex(trace.2))-\(Self.hex(flags))"
        }
    }

    private static func hex(_ value: some FixedWidthInteger) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: value.bitWidth / 4 - text.utf8.count) + text
    }
}
