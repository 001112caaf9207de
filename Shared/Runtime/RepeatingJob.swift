import JSON
import Kit
import Synchronization

/// Something done again and again, with a pause in between; a failure is logged and the next turn comes as usual.
package final class RepeatingJob: Service {
    package let name: String
    private let every: Duration
    private let log: Log
    private let isStopping = Atomic<Bool>(false)
    private let work: @Sendable (_ isStopping: @Sendable () -> Bool) async throws -> Void
    private let farewell: @Sendable () async throws -> Void

    /// A turn of `work` that lasts longer than a few seconds asks `isStopping`, and leaves when it says so. `farewell`
    /// runs once, when the service ends gracefully.
    package init(
        _ name: String, every: Duration, log: Log, farewell: @escaping @Sendable () async throws -> Void = {},
        work: @escaping @Sendable (_ isStopping: @Sendable () -> Bool) async throws -> Void
    ) {
        self.name = name
        self.every = every
        self.log = log
        self.work = work
        self.farewell = farewell
    }

    package func run() async throws {
        while !isStopping.load(ordering: .acquiring), !Task.isCancelled {
            do { try await work { isStopping.load(ordering: .acquiring) } } catch {
                log.warning(
                    "a job failed",
                    [
                        "job": .string(name), "error": .string(String(describing: error)),
                    ])
            }
            var left = every
            while left > .zero, !isStopping.load(ordering: .acquiring), !Task.isCancelled {
                let part = min(left, .milliseconds(100))
                // A cancelled sleep returns at once, and the condition above sees it.
                try? await Task.sleep(for: part)
                left -= part
            }
        }
        do { try await farewell() } catch {
            log.debug("a job could not be ended in order", ["job": .string(name)])
        }
    }

    package func stop() { isStopping.store(true, ordering: .releasing) }
}
