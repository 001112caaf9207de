import CLinux
import Glibc
import JSON
import Kit
import Synchronization

/// Structured logs: one JSON object a line, written with one `write` so that lines of threads never mix and a killed
/// process loses none. Messages are constants; what varies is metadata under dotted keys. No phone number, no code and
/// no key belongs in either.
package struct Log: Sendable {
    package enum Level: Int, Comparable, Sendable, CaseIterable {
        case debug, info, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
        package var text: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .warning: "warning"
            case .error: "error"
            }
        }
        package init?(_ text: String) {
            guard let level = Level.allCases.first(where: { $0.text == text }) else { return nil }
            self = level
        }
    }

    private let service: String
    private let minimum: Level
    private let sink: @Sendable ([UInt8]) -> Void

    /// Writes to descriptor 2 unless told otherwise.
    package init(
        service: String, minimum: Level = .info, sink: @escaping @Sendable ([UInt8]) -> Void = Log.standardError
    ) {
        self.service = service
        self.minimum = minimum
        self.sink = sink
    }

    /// Takes every line and keeps none.
    package static let silent = Log(service: "", minimum: .error, sink: { _ in })

    package static let standardError: @Sendable ([UInt8]) -> Void = { line in
        line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(2, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                // Nowhere is left to say that the log cannot be written; the service goes on.
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    package func debug(_ message: StaticString, _ metadata: @autoclosure () -> [String: JSON] = [:]) {
        write(.debug, message, metadata)
    }
    package func info(_ message: StaticString, _ metadata: @autoclosure () -> [String: JSON] = [:]) {
        write(.info, message, metadata)
    }
    package func warning(_ message: StaticString, _ metadata: @autoclosure () -> [String: JSON] = [:]) {
        write(.warning, message, metadata)
    }
    package func error(_ message: StaticString, _ metadata: @autoclosure () -> [String: JSON] = [:]) {
        write(.error, message, metadata)
    }

    private func write(_ level: Level, _ message: StaticString, _ metadata: () -> [String: JSON]) {
        guard level >= minimum else { return }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("time")
        writer.string(Timestamp.now.description)
        writer.key("level")
        writer.string(level.text)
        writer.key("service")
        writer.string(service)
        writer.key("message")
        writer.string(message.description)
        let metadata = metadata()
        // Who speaks for several traces at once says which one is meant.
        if metadata["trace_id"] == nil, let trace = TraceContext.current {
            writer.key("trace_id")
            writer.string(trace.traceID)
        }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            writer.key(key)
            value.write(to: &writer)
        }
        writer.endObject()
        sink(writer.bytes + [0x0A])
    }
}

extension UnsafeRawBufferPointer.SubSequence {
    fileprivate var baseAddress: UnsafeRawPointer? { base.baseAddress?.advanced(by: startIndex) }
}
