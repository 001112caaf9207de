import Glibc
import JSON
import Kit
import Runtime
import Synchronization
import Testing

/// What happened, in order.
private final class Diary: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func note(_ line: String) { lines.withLock { $0.append(line) } }
}

/// Runs until it is stopped, then says so.
private final class Part: Service {
    let name: String
    private let diary: Diary
    private let stopped: AsyncStream<Void>
    private let door: AsyncStream<Void>.Continuation
    private let failure: (any Error)?

    init(_ name: String, _ diary: Diary, failsOnStop failure: (any Error)? = nil) {
        self.name = name
        self.diary = diary
        self.failure = failure
        (stopped, door) = AsyncStream.makeStream()
    }

    func run() async throws {
        diary.note("\(name) runs")
        for await _ in stopped {}
        diary.note(Task.isCancelled ? "\(name) was cancelled" : "\(name) ended")
        if Task.isCancelled { throw CancellationError() }
        if let failure { throw failure }
    }

    func stop() {
        diary.note("\(name) is asked")
        door.finish()
    }
}

/// Ends at once, in the way it is told to.
private struct Early: Service {
    struct Failure: Error {}
    let name = "early"
    let fails: Bool
    func run() async throws { if fails { throw Failure() } }
    func stop() {}
}

/// Is never done by itself.
private struct Deaf: Service {
    let name = "deaf"
    func run() async throws { try await Task.sleep(for: .seconds(3600)) }
    func stop() {}
}

@Suite("Service group", .timeLimit(.minutes(1)))
struct ServiceGroupTests {
    private func signal(when diary: Diary, has count: Int) -> @Sendable () async -> Int32 {
        {
            // Until they run; a cancelled wait means that the group is on its way out already.
            while diary.all.count < count, !Task.isCancelled { await Task.yield() }
            return SIGTERM
        }
    }

    @Test("parts are stopped in reverse order, each having ended before the next is asked")
    func order() async throws {
        let diary = Diary()
        let parts = ["database", "relay", "server"].map { Part($0, diary) }
        try await ServiceGroup(parts, log: .silent).run(until: signal(when: diary, has: 3))
        #expect(Set(diary.all.prefix(3)) == ["database runs", "relay runs", "server runs"])
        #expect(
            Array(diary.all.dropFirst(3)) == [
                "server is asked", "server ended", "relay is asked", "relay ended", "database is asked",
                "database ended",
            ])
    }

    @Test("a part that ends by itself takes the others down, in order, and is named")
    func endedEarly() async throws {
        let diary = Diary()
        let group = ServiceGroup([Part("database", diary), Early(fails: false)], log: .silent)
        let error = await #expect(throws: ServiceEndedEarly.self) {
            try await group.run(until: {
                // Cancelled with the group.
                try? await Task.sleep(for: .seconds(3600))
                return 0
            })
        }
        #expect(error?.service == "early")
        #expect(diary.all.suffix(2) == ["database is asked", "database ended"])
    }

    @Test("a part that fails takes the others down, and its error is the group's")
    func failed() async throws {
        let diary = Diary()
        let group = ServiceGroup([Part("database", diary), Early(fails: true)], log: .silent)
        await #expect(throws: Early.Failure.self) {
            try await group.run(until: {
                // Cancelled with the group.
                try? await Task.sleep(for: .seconds(3600))
                return 0
            })
        }
        #expect(diary.all.last == "database ended")
    }

    @Test("a part that fails while it is stopped does not keep the others from being stopped")
    func failedStopping() async throws {
        let diary = Diary()
        let group = ServiceGroup(
            [Part("database", diary), Part("server", diary, failsOnStop: Early.Failure())], log: .silent)
        await #expect(throws: Early.Failure.self) { try await group.run(until: signal(when: diary, has: 2)) }
        #expect(diary.all.last == "database ended")
    }

    @Test("no parts, nothing to do")
    func empty() async throws {
        try await ServiceGroup([], log: .silent).run(until: { 0 })
    }

    @Test("what does not stop in time is cancelled, and if it then goes the process leaves by itself")
    func deadline() async {
        // In a process of its own, for the watchdog that insists would end this one.
        await #expect(processExitsWith: .success) {
            let group = ServiceGroup([Deaf()], stopWithin: .milliseconds(50), log: .silent)
            try await group.run(until: { SIGTERM })
            exit(0)
        }
    }

    @Test("what ignores cancellation too is left behind: the process goes within seconds, with its own exit code")
    func watchdog() async {
        await #expect(processExitsWith: .exitCode(70)) {
            struct Stone: Service {
                let name = "stone"
                func run() async throws {
                    // A continuation that nobody resumes is what a part without a way to end it comes to.
                    await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                }
                func stop() {}
            }
            try await ServiceGroup([Stone()], stopWithin: .milliseconds(50), log: .silent).run(until: { SIGTERM })
        }
    }

    @Test("SIGTERM to the process stops it as asked")
    func signals() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let diary = Diary()
            // The signal is caught once the group waits for it; repeats do no harm.
            OSThread.start("killer") {
                while diary.all.isEmpty { usleep(1000) }
                kill(getpid(), SIGTERM)
            }
            try await ServiceGroup([Part("server", diary)], log: .silent).run()
            exit(diary.all == ["server runs", "server is asked", "server ended"] ? 0 : 1)
        }
    }
}

@Suite("Main of a service", .timeLimit(.minutes(1)))
struct ServiceMainTests {
    @Test("an unusable configuration exits with 78, anything else with 1, and what was asked for with 0")
    func exitCodes() async {
        await #expect(processExitsWith: .exitCode(78)) {
            await ServiceMain.run("tests") { _, _ in throw ConfigurationError(problems: ["A is not set"]) }
        }
        await #expect(processExitsWith: .exitCode(1)) {
            struct Broken: Error {}
            await ServiceMain.run("tests") { _, _ in throw Broken() }
        }
        await #expect(processExitsWith: .exitCode(1)) {
            await ServiceMain.run("tests") { _, _ in [Early(fails: false)] }
        }
        await #expect(processExitsWith: .exitCode(0)) {
            await ServiceMain.run("tests") { _, _ in [] }
        }
    }
}

@Suite("Crash points", .timeLimit(.minutes(1)))
struct CrashpointTests {
    /// Whether the process lives after passing three points under that wish.
    private static func pass(_ wish: String) {
        setenv("NAMASKAH_CRASH_AT", wish, 1)
        crashpoint("purchase.before_http")
        crashpoint("purchase.after_http")
        crashpoint("purchase.after_http")
        exit(0)
    }

    @Test("the process dies at the point of that name, the first time or the time that is named")
    func dies() async {
        await #expect(processExitsWith: .signal(SIGKILL)) { Self.pass("purchase.after_http") }
        await #expect(processExitsWith: .signal(SIGKILL)) { Self.pass("purchase.after_http:2") }
        await #expect(processExitsWith: .signal(SIGKILL)) { Self.pass("purchase.before_http:x") }
    }

    @Test("it lives on where no such point is passed so often, and where nothing is wished")
    func lives() async {
        await #expect(processExitsWith: .success) { Self.pass("purchase.after_http:3") }
        await #expect(processExitsWith: .success) { Self.pass("purchase") }
        await #expect(processExitsWith: .success) { Self.pass("") }
        await #expect(processExitsWith: .success) { Self.pass(":2") }
    }
}

@Suite("Threads of our own")
struct OSThreadTests {
    @Test("a thread runs what it is given, under its name")
    func named() async {
        let name = await withCheckedContinuation { (done: CheckedContinuation<String, Never>) in
            OSThread.start("a name of ours") {
                var buffer = [UInt8](repeating: 0, count: 32)
                let file = fopen("/proc/thread-self/comm", "r")
                let count = file.map { fread(&buffer, 1, buffer.count, $0) } ?? 0
                _ = file.map { fclose($0) }
                done.resume(returning: String(decoding: buffer[..<count], as: UTF8.self))
            }
        }
        #expect(name == "a name of ours\n")
    }
}
