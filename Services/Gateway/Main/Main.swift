import GatewayApp
import Runtime

@main
enum GatewayMain {
    static func main() async {
        await ServiceMain.run("gateway") { environment, log in
            let configuration = try GatewayConfiguration(environment)
            return try await buildGateway(configuration, log: log)
        }
    }
}
