import JSON
import Kit
import Runtime

/// What every service answers on its own port, for the one who runs it.
package enum OperationsEndpoints {
    /// Where they are.
    package static let paths: Set<String> = ["/healthz", "/readyz", "/metrics"]

    /// `/healthz` (the process answers), `/readyz` (what it stands on is there; 503 otherwise) and `/metrics`
    /// (Prometheus text).
    package static func router(health: Health, metrics: Metrics) -> Router {
        var router = Router()
        router.on(.get, "/healthz") { _ in .json(200, ["status": "ok"] as JSON) }
        router.on(.get, "/readyz") { _ in .json(health.isReady ? 200 : 503, health.json) }
        router.on(.get, "/metrics") { _ in figures(health, metrics) }
        return router
    }

    /// All figures of the process, as Prometheus reads them.
    package static func figures(_ health: Health, _ metrics: Metrics) -> HTTPResponse {
        health.write(to: metrics)
        metrics.showProcess()
        return .text(200, metrics.render(), type: "text/plain; version=0.0.4; charset=utf-8")
    }
}
