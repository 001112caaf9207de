import Runtime
import VerificationApp

@main
enum VerificationMain {
    static func main() async {
        await ServiceMain.run("verification") { environment, log in
            let configuration = try VerificationConfiguration(environment)
            return try await buildVerification(configuration, log: log)
        }
    }
}
