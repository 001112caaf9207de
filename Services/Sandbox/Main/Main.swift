import Runtime
import SandboxApp

@main
enum SandboxMain {
    static func main() async {
        await ServiceMain.run("sandbox") { environment, log in
            try buildSandbox(SandboxConfiguration(environment), log: log).services
        }
    }
}
