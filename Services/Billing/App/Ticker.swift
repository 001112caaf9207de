import Kit
import Runtime

/// Does one thing again and again: after `stop`, or cancellation, no more.
///
/// `body` says how long to wait until the next time; it must not throw, because what fails once is tried again at the
/// next tick.
final class Ticker: Service {
    let name: String
    private let body: @Sendable () async -> Duration
    private let ending: AsyncStream<Never>
    private let end: AsyncStream<Never>.Continuation

    init(_ name: String, _ body: @escaping @Sendable () async -> Duration) {
        self.name = name
        self.body = body
        (ending, end) = AsyncStream.makeStream(of: Never.self)
    }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [body] in
                while !Task.isCancelled {
                    let pause = await body()
                    // Cancellation is the way out, and the loop looks for it.
                    try? await Task.sleep(for: pause)
                }
            }
            group.addTask { [ending] in for await _ in ending {} }
            await group.next()
            group.cancelAll()
        }
    }

    func stop() { end.finish() }
}
