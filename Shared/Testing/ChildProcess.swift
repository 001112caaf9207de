import CLinux
import Glibc
import Runtime
import Synchronization

/// A program that a test runs beside itself.
///
/// Life: `start` spawns it; it ends by itself, by `signal`, or with the process that started it, whatever ends that
/// one. Its thread waits for it and remembers how it ended. It gets no descriptor of ours but its log.
package final class ChildProcess: Sendable {
    /// How a process ended.
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        case killed(by: Int32)
    }

    package let pid: Int32
    private let state = Mutex<Ending?>(nil)

    private init(pid: Int32) { self.pid = pid }

    /// Starts `command[0]` with exactly the environment that is given; both outputs are appended to `log`. Standard
    /// input is `input`, which stays the caller's, or else empty. What `outlivesUs` ends by itself.
    package static func start(
        _ command: [String], environment: [String: String], log: String, input: Int32? = nil, outlivesUs: Bool = false
    ) async throws -> ChildProcess {
        // `setpriv` replaces itself by the program, so that the number is the program's own. The signal comes when the
        // thread that spawned it is gone, and that one waits for it.
        let words = (outlivesUs ? [] : ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"]) + command
        return try await withCheckedThrowingContinuation { continuation in
            OSThread.start("child") {
                let pid = spawn(words, environment, log, input)
                guard pid > 0 else {
                    continuation.resume(throwing: TestStackError("\(command[0]) could not be started: \(-pid)"))
                    return
                }
                let child = ChildProcess(pid: pid)
                continuation.resume(returning: child)
                child.wait()
            }
        }
    }

    /// How it ended; nil while it runs.
    package var ending: Ending? { state.withLock { $0 } }

    /// Sends a signal, unless it has ended already.
    package func signal(_ number: Int32) {
        // Under the lock the number is still its own: it is reaped under the same.
        state.withLock { ending in
            if ending == nil { _ = kill(pid, number) }
        }
    }

    /// Waits for its end; nil when it still runs after `limit`.
    package func end(within limit: Duration) async -> Ending? {
        _ = await eventually(within: limit) { ending != nil }
        return ending
    }

    private func wait() {
        var info = siginfo_t()
        // Seen first and reaped afterwards, so that `signal` never meets a number that is somebody else's.
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        state.withLock { ending in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let number = status & 0x7F
            ending = number == 0 ? .exited((status >> 8) & 0xFF) : .killed(by: number)
        }
    }

    /// The number of the new process, or the negative number of the error.
    private static func spawn(
        _ words: [String], _ environment: [String: String], _ log: String, _ input: Int32?
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        namaskah_spawn_close_from(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What this process ignores or blocks is its own affair.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, words[0], &actions, &attributes, arguments, variables)
        return status == 0 ? pid : -status
    }
}

/// The stack of a test could not be set up, or did not do what was asked.
package struct TestStackError: Error, Sendable, CustomStringConvertible {
    package let message: String
    package init(_ message: String) { self.message = message }
    package var description: String { message }
}
