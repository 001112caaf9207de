import HTTPServer
import Kit
import Runtime

/// The sandbox, put together and bound to its port, not yet answering.
package struct SandboxApp: Sendable {
    package let http: HTTPServer
    package let upstream: Upstream

    package var services: [any Service] { [http] }
}

/// Puts the service together: the simulated upstreams, their controls and what every service answers for operators, on
/// one port.
package func buildSandbox(
    _ configuration: SandboxConfiguration, log: Log, metrics: Metrics = Metrics(), health: Health = Health()
) throws -> SandboxApp {
    let upstream = Upstream(configuration)
    var router = OperationsEndpoints.router(health: health, metrics: metrics)
    router.add(FiveSimRoutes.router(upstream))
    router.add(ControlRoutes.router(upstream))
    health.report("upstreams", ready: true)
    let http = try HTTPServer(
        address: configuration.address, port: configuration.port, router: router, threads: configuration.threads,
        log: log, metrics: metrics)
    return SandboxApp(http: http, upstream: upstream)
}
