/// Another process of a service than the one that a stack has of each. Made by `TestStack.startAnother`, and ended with
/// the stack if nobody ended it before.
package struct TestWorker: Sendable {
    package let child: ChildProcess
    package let service: TestStack.Service
    package let port: Int
    let logPath: String

    package var address: String { "http://127.0.0.1:\(port)" }
    /// What it has written so far.
    package var log: String { (try? TestFiles.read(logPath)) ?? "" }
}
