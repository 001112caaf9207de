import CLinux
import Glibc
import JSON
import Kit
import Synchronization

/// Something that runs for as long as the process does: a server, a consumer, a relay, a pool.
///
/// `run` is called once. It returns after `stop` was called and what was in hand is finished; returning earlier, or
/// throwing, takes the whole process down, because a service that has silently lost a part is worse than one that
/// restarts. Cancellation of its task means: leave now.
package protocol Service: Sendable {
    /// For logs: `http`, `consumer billing.commands`.
    var name: String { get }
    func run() async throws
    /// Asks for a graceful end and returns at once. May be called more than once, from any thread, before `run` too.
    func stop()
}

/// Runs services together. SIGTERM or SIGINT stops them in reverse order, each having finished before the next is
/// asked, so that whatever a service stands on outlives it. What has not finished within `stopWithin` is cancelled;
/// what ignores that too is ended two seconds later by leaving the process, which is safe because every service
/// survives SIGKILL at any instant.
package struct ServiceGroup: Sendable {
    private let services: [any Service]
    private let stopWithin: Duration
    private let log: Log

    package init(_ services: [any Service], stopWithin: Duration = .seconds(20), log: Log) {
        self.services = services
        self.stopWithin = stopWithin
        self.log = log
    }

    private enum Ending: Sendable {
        case service(Int, (any Error)?)
        case signal(Int32)
        case deadline
    }

    package func run() async throws {
        let signals = SignalWatch()
        try await run(until: { await signals.next() })
    }

    /// The same, with another source of the wish to stop; tests use it.
    package func run(until stopRequested: @escaping @Sendable () async -> Int32) async throws {
        let services = services
        let log = log
        var failure: (any Error)?
        await withTaskGroup(of: Ending.self) { group in
            for (index, service) in services.enumerated() {
                group.addTask {
                    do {
                        try await service.run()
                        return .service(index, nil)
                    } catch {
                        return .service(index, error)
                    }
                }
            }
            group.addTask { .signal(await stopRequested()) }

            var running = Set(services.indices)
            var stopping: Int?
            func stopNext() {
                guard let next = running.max() else { return }
                stopping = next
                log.debug("stopping", ["service": .string(services[next].name)])
                services[next].stop()
            }
            func beginStop() {
                guard stopping == nil else { return }
                let limit = stopWithin
                group.addTask {
                    try? await Task.sleep(for: limit)  // Cancellation means that everything ended in time.
                    return .deadline
                }
                stopNext()
            }

            while !running.isEmpty, let ending = await group.next() {
                switch ending {
                case .signal(let number):
                    log.info("stopping on signal", ["signal": .integer(Int64(number))])
                    beginStop()
                case .deadline:
                    log.error("services did not stop in time", ["within_seconds": .number(stopWithin.inSeconds)])
                    group.cancelAll()
                    Watchdog.exit(after: 2)
                case .service(let index, let error):
                    running.remove(index)
                    let expected = stopping != nil && index >= (stopping ?? 0)
                    if let error, !(expected && error is CancellationError) {
                        log.error(
                            "service failed",
                            [
                                "service": .string(services[index].name), "error": .string(String(describing: error)),
                            ])
                        failure = failure ?? error
                    } else if !expected {
                        log.error("service ended early", ["service": .string(services[index].name)])
                        failure = failure ?? ServiceEndedEarly(service: services[index].name)
                    }
                    if stopping == nil { beginStop() } else if index == stopping { stopNext() }
                }
            }
            group.cancelAll()
        }
        if let failure { throw failure }
    }
}

/// A service's `run` returned although nobody had asked it to.
package struct ServiceEndedEarly: Error, Sendable {
    package let service: String
}

/// Waits for SIGTERM and SIGINT on a thread of its own.
private final class SignalWatch: Sendable {
    private let stream: AsyncStream<Int32>

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingNewest(2))
        self.stream = stream
        SignalPipe.install([SIGTERM, SIGINT])
        OSThread.start("signals") {
            while let number = SignalPipe.read() { continuation.yield(number) }
            continuation.finish()
        }
    }

    func next() async -> Int32 {
        for await number in stream { return number }
        // The stream ends only by cancellation: the group is already on its way out.
        return 0
    }
}

private enum Watchdog {
    static func exit(after seconds: UInt32) {
        OSThread.start("watchdog") {
            sleep(seconds)
            _exit(70)
        }
    }
}
