import Runtime

/// The figures of one pool. No statement has a label of its own: their number is not bounded by anything we check.
struct DatabaseMetrics {
    let connections: Gauge
    let idle: Gauge
    let waiting: Gauge
    let wait: Histogram
    let statement: Histogram
    let reconnects: Counter
    private let metrics: Metrics
    private let labels: [(String, String)]

    init(_ metrics: Metrics, pool: String) {
        self.metrics = metrics
        labels = [("pool", pool)]
        connections = metrics.gauge("database_connections", "Connections that are open.", labels)
        idle = metrics.gauge("database_connections_idle", "Connections that have nothing to do.", labels)
        waiting = metrics.gauge("database_waiting", "Calls that wait for a connection.", labels)
        wait = metrics.histogram("database_wait_seconds", "How long calls waited for a connection.", labels)
        statement = metrics.histogram("database_statement_seconds", "From sending to the whole answer.", labels)
        reconnects = metrics.counter("database_connections_lost_total", "Connections that broke.", labels)
    }

    /// Counts a refusal by the class of its SQLSTATE: a few dozen values at most.
    func count(_ error: DatabaseError) {
        let errorClass = error.sqlState.map { String($0.prefix(2)) } ?? error.code.description
        metrics.counter(
            "database_errors_total", "Refusals by class of SQLSTATE, or by our own code.",
            labels + [("class", errorClass)]
        ).add()
    }
}
