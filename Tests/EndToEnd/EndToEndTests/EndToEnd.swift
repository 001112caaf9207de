import TestSupport
import Testing

/// Everything that meets the built services as a customer does. One stack serves all of it; tests keep apart by the
/// products they order, each of which the simulated provider may be told to treat in its own way.
@Suite("The suite as a whole", .serialized, .enabled(if: TestEnvironment.hasServers), .onOneStack)
enum EndToEnd {}

/// Starts the stack around the suite, and stops it afterwards.
struct OneStack: SuiteTrait, TestScoping {
    var isRecursive: Bool { false }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await TestServers.shared { servers in
            try await TestStack.with(servers) { _ in try await function() }
        }
    }
}

extension Trait where Self == OneStack {
    static var onOneStack: Self { OneStack() }
}
