import ControlApp
import Glibc

@main
enum Control {
    static func main() async {
        exit(await ControlProgram.run(Array(CommandLine.arguments.dropFirst())))
    }
}
