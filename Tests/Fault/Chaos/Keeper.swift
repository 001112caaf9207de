import Glibc
import Runtime
import Synchronization
import TestSupport

/// Keeps the services of a stack alive, as an operator's supervisor would: one that ends by itself is noted and begun
/// again; one that a step holds is the step's own until it gives it back.
///
/// Life: `watch` runs beside the steps until it is cancelled.
final class Keeper: Sendable {
    /// A service that ended without being asked to.
    struct Exit: Sendable {
        let service: TestStack.Service
        let ending: ChildProcess.Ending
        /// Whether it had been ready before.
        let wasReady: Bool
        let words: String
    }

    private struct State {
        var held: Set<TestStack.Service> = []
        var ready: Set<TestStack.Service> = []
        var exits: [Exit] = []
    }

    /// Those that may die: the simulated provider has its books in memory, and is nobody's to restart.
    static let services: [TestStack.Service] = [.billing, .gateway, .pricing, .verification]

    let stack: TestStack
    private let state = Mutex(State())

    init(_ stack: TestStack) { self.stack = stack }

    var exits: [Exit] { state.withLock { $0.exits } }

    /// Has a service for itself while `body` runs, and afterwards sees to it that it is there.
    func hold<Result: Sendable>(
        _ service: TestStack.Service, _ body: () async throws -> Result
    ) async throws -> Result {
        _ = await eventually(within: .seconds(120)) { state.withLock { $0.held.insert(service).inserted } }
        defer { state.withLock { _ = $0.held.remove(service) } }
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        // Whatever became of the step.
        stack.signal(service, SIGCONT)
        if !stack.isRunning(service) { try await begin(service) }
        return try result.get()
    }

    /// Starts it, without waiting until it is ready: what it needs may be away.
    func begin(
        _ service: TestStack.Service, dyingAt point: String? = nil, log: String? = nil
    ) async throws {
        state.withLock { _ = $0.ready.remove(service) }
        try await stack.begin(service, point.map { ["NAMASKAH_CRASH_AT": $0] } ?? [:], log: log)
    }

    /// Whether it has said, since it was begun, that it was ready.
    func isReady(_ service: TestStack.Service) async -> Bool {
        guard await stack.isReady(service) else { return false }
        state.withLock { _ = $0.ready.insert(service) }
        return true
    }

    func watch() async {
        while !Task.isCancelled {
            for service in Self.services {
                let isOurs = state.withLock { $0.held.insert(service).inserted }
                guard isOurs else { continue }
                await look(at: service)
                state.withLock { _ = $0.held.remove(service) }
            }
            // A cancelled sleep is seen by the loop.
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    private func look(at service: TestStack.Service) async {
        if let ending = await stack.ending(of: service, within: .zero) {
            let words = String(stack.log(service).suffix(600))
            state.withLock {
                $0.exits.append(
                    Exit(service: service, ending: ending, wasReady: $0.ready.contains(service), words: words))
            }
            // The next turn tries again, if the machine has no process left for it now.
            try? await begin(service)
        } else if !state.withLock({ $0.ready.contains(service) }) {
            _ = await isReady(service)
        }
    }
}

/// Clocks of services that can be set while they run: a library of ours in front of each, told by a file.
package struct Clocks: Sendable {
    private let directory: String
    private let library: String

    package init(in directory: String) throws {
        self.directory = directory
        library = "\(try TestFiles.programs)/libchaosclock.so"
        guard access(library, R_OK) == 0 else { throw TestStackError("\(library) is not built: swift build") }
        for service in Keeper.services { set(service, offset: 0) }
    }

    private func file(_ service: TestStack.Service) -> String { "\(directory)/\(service.rawValue).clock" }

    /// What a service is begun with.
    package func settings(_ service: TestStack.Service) -> [String: String] {
        ["LD_PRELOAD": library, "NAMASKAH_CLOCK": file(service)]
    }

    /// Sets a service's clock so many seconds from the true time, at once.
    package func set(_ service: TestStack.Service, offset: Int) {
        let descriptor = open(file(service), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        precondition(descriptor >= 0, "a file in a directory of our own can be written")
        defer { close(descriptor) }
        var word = Int64(offset)
        precondition(pwrite(descriptor, &word, 8, 0) == 8, "eight bytes can be written")
    }

    /// Takes the files away.
    package func remove() { for service in Keeper.services { unlink(file(service)) } }
}
