import PricingApp
import Runtime

@main
enum PricingMain {
    static func main() async {
        await ServiceMain.run("pricing") { environment, log in
            let configuration = try PricingConfiguration(environment)
            return try await buildPricing(configuration, log: log)
        }
    }
}
