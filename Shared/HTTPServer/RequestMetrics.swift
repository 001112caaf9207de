import Kit
import Runtime

/// Rate, errors and duration for each route. The handles are made once, so that counting a request takes no lock on
/// a table and makes no text.
struct RequestMetrics: Sendable {
    struct OfRoute: Sendable {
        /// By the first digit of the status.
        fileprivate let byClass: [Counter]
        fileprivate let duration: Histogram
    }

    let connections: Counter
    let connectionsClosed: Counter
    private let routes: [OfRoute]
    private let unmatched: OfRoute

    init(server: String, routes: [Router.Route], in metrics: Metrics) {
        connections = metrics.counter(
            "http_server_connections_total", "Connections accepted.", [("server", server)])
        connectionsClosed = metrics.counter(
            "http_server_connections_closed_total", "Connections ended.", [("server", server)])
        func make(_ method: String, _ route: String) -> OfRoute {
            let labels = [("server", server), ("method", method), ("route", route)]
            return OfRoute(
                byClass: (1...5).map {
                    metrics.counter(
                        "http_server_requests_total", "Requests answered, by class of status.",
                        labels + [("status", "\($0)xx")])
                },
                duration: metrics.histogram(
                    "http_server_request_duration_seconds", "From the last byte of a request to its answer.", labels))
        }
        self.routes = routes.map { make($0.method.rawValue, $0.canonicalPattern) }
        unmatched = make("any", "none")
    }

    func answered(route: Int?, status: Int, microseconds: Int64) {
        let metrics = route.map { routes[$0] } ?? unmatched
        metrics.byClass[min(max(status / 100, 1), 5) - 1].add()
        metrics.duration.observe(.microseconds(microseconds))
    }
}
