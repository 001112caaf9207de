import HTTPServer
import Kit
import Runtime

/// The sandbox, put together and bound to its port, not yet answering.
package struct SandboxApp: Sendable {
    package let http: HTTPServer
    /// What the simulated upstreams tell of their own accord.
    let notices: [NoticeSender]

    package var services: [any Service] { notices + [http] }
}

/// Puts the service together: the simulated upstreams, the controls of each and what every service answers for operators, on
/// one port.
package func buildSandbox(
    _ configuration: SandboxConfiguration, log: Log, metrics: Metrics = Metrics(), health: Health = Health()
) throws -> SandboxApp {
    let upstreams = Vendor.allCases.map { Upstream($0, configuration) }
    var router = OperationsEndpoints.router(health: health, metrics: metrics)
    for upstream in upstreams { router.add(upstream.vendor.router(upstream)) }
    router.add(ControlRoutes.router(upstreams))
    health.report("upstreams", ready: true)
    let http = try HTTPServer(
        address: configuration.address, port: configuration.port, router: router, threads: configuration.threads,
        log: log, metrics: metrics)
    return SandboxApp(http: http, notices: upstreams.map { NoticeSender($0) })
}
