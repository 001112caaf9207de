import ControlApp
import Runtime

@main
enum Control {
    static func main() async {
        endProcess(await ControlProgram.run(Array(CommandLine.arguments.dropFirst())))
    }
}
