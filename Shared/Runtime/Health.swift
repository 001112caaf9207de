import JSON
import Kit
import Synchronization

/// Whether the things this process stands on are there. Parts report; `/readyz` reads.
package final class Health: Sendable {
    package struct Status: Hashable, Sendable {
        package var isReady: Bool
        package var detail: String?
        package var since: Timestamp
    }

    private let parts = Mutex<[String: Status]>([:])

    package init() {}

    /// Shows readiness as a figure beside the others.
    package func write(to metrics: Metrics) {
        metrics.gauge("service_ready", "Whether everything that the process stands on is there: 1 or 0")
            .set(isReady ? 1 : 0)
    }

    /// Notes how a part is doing; the first call names it, and until it reports ready the process is not ready.
    package func report(_ part: String, ready: Bool, detail: String? = nil) {
        parts.withLock { parts in
            let since = parts[part].flatMap { $0.isReady == ready ? $0.since : nil } ?? .now
            parts[part] = Status(isReady: ready, detail: detail, since: since)
        }
    }

    package var isReady: Bool { parts.withLock { $0.values.allSatisfy(\.isReady) } }

    package var all: [String: Status] { parts.withLock { $0 } }

    /// `{"status":"ready","parts":{"postgres":{"ready":true,"since":"…"}}}`
    package var json: JSON {
        let parts = all
        return [
            "status": .string(parts.values.allSatisfy(\.isReady) ? "ready" : "not_ready"),
            "parts": .object(
                parts.sorted { $0.key < $1.key }.map { name, status in
                    var members: [JSON.Member] = [
                        .init("ready", .bool(status.isReady)), .init("since", .string(status.since.description)),
                    ]
                    if let detail = status.detail { members.append(.init("detail", .string(detail))) }
                    return .init(name, .object(members))
                }),
        ]
    }
}
