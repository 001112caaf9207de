import BillingApp
import Runtime

@main
enum BillingMain {
    static func main() async {
        await ServiceMain.run("billing") { environment, log in
            let configuration = try BillingConfiguration(environment)
            return try await buildBilling(configuration, log: log)
        }
    }
}
