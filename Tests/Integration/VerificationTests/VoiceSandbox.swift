import HTTPServer
import Kit
import Runtime
import SandboxApp
import SandboxCore

/// A simulated TextVerified, where nothing comes by itself. Apart from the harness, for the sandbox has an `Order` and a
/// `Market` of its own.
enum VoiceSandbox {
    static let key = "sandbox-key-of-the-tests"
    static let email = "someone@example.com"

    static func make() throws -> (services: [any Service], port: Int) {
        var configuration = SandboxConfiguration()
        configuration.port = 0
        configuration.textVerifiedKey = key
        configuration.textVerifiedEmail = email
        configuration.arrival.mode = .manual
        configuration.settings.requestsPerSecond = nil
        configuration.settings.earlyCancel = .zero
        configuration.marketMoves = false
        let app = try buildSandbox(configuration, log: .silent)
        return (app.services, Int(app.http.port))
    }
}
