import Kit

/// One piece of work of a distributed trace, told when it is over. Its attributes are named after the semantic
/// conventions of OpenTelemetry; no phone number, no code, no key and no text of a message belongs into any of them.
package struct Span: Sendable {
    /// Numbered as on the wire of OTLP.
    package enum Kind: Int, Hashable, Sendable {
        case `internal` = 1
        case server, client, producer, consumer
    }

    package enum Value: Hashable, Sendable {
        case string(String)
        case integer(Int64)
    }

    package typealias Attributes = [(name: String, value: Value)]

    /// Its own place in the trace.
    package var context: TraceContext
    /// The span that led to it; nil for the first of a trace.
    package var parentSpanID: String?
    package var kind: Kind
    /// One of few: what varies is told by attributes.
    package var name: String
    package var start: Timestamp
    package var end: Timestamp
    package var attributes: Attributes
    /// What went wrong, in a word or two; nil when nothing did.
    package var failure: String?

    package init(
        _ context: TraceContext, parent: TraceContext?, _ kind: Kind, _ name: String, start: Timestamp,
        end: Timestamp = .now, _ attributes: Attributes = [], failure: String? = nil
    ) {
        self.context = context
        parentSpanID = parent?.spanID
        self.kind = kind
        self.name = name
        self.start = start
        self.end = end
        self.attributes = attributes
        self.failure = failure
    }
}
