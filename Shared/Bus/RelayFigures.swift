import Kit
import Runtime

/// What an outbox relay counts and measures.
struct RelayFigures: Sendable {
    let depth: Gauge
    let oldest: Gauge
    let found: Counter
    let lanes: Gauge
    let returned: Counter
    let failed: Counter
    private let count: Counter
    private let latency: Histogram

    init(_ metrics: Metrics) {
        depth = metrics.gauge("outbox_depth", "Rows in the outbox, at most 100001")
        oldest = metrics.gauge("outbox_oldest_seconds", "Age of the oldest row in the outbox")
        found = metrics.counter(
            "outbox_found_total", "Rows that were found in the table, because their writer did not send them in time")
        lanes = metrics.gauge("outbox_lanes", "Lanes of the outbox that this process leases")
        returned = metrics.counter("outbox_returned_total", "Times that a message had no taker")
        failed = metrics.counter("outbox_failed_total", "Messages given up after an hour without a taker")
        count = metrics.counter("outbox_published_total", "Rows confirmed by the broker")
        latency = metrics.histogram("outbox_publish_seconds", "From writing a row to the broker's confirm")
    }

    func published(_ latency: Duration) {
        count.add()
        self.latency.observe(latency)
    }
}
