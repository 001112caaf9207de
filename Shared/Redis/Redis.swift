import CLinux
import Glibc
import Kit
import Runtime
import Synchronization

/// A client of Redis: one connection on one thread of its own. Commands that come while others are under way leave
/// together, in one write, so a busy client costs Redis no more round trips than a quiet one.
///
/// Life: `init` starts the thread; `shutdown`, or the end of the last reference, ends it. It connects when there is
/// something to ask, and again after losing the connection; in between commands fail at once, so that a Redis that is
/// away costs nobody more than `timeout`, and that only now and then. Never repeats a command: after `connectionLost`
/// it may have been carried out.
package final class Redis: Sendable {
    fileprivate struct Command: Sendable {
        let arguments: [[UInt8]]
        let continuation: CheckedContinuation<Result<RedisReply, RedisError>, Never>
    }

    private struct Inbox: Sendable {
        var commands: [Command] = []
        var isClosed = false
    }

    /// What the thread shares with the tasks. It outlives the client for as long as the thread needs to notice.
    private final class Core: Sendable {
        let address: RedisAddress
        let timeout: Duration
        let log: Log
        let inbox = Mutex(Inbox())
        let isAway = Atomic<Bool>(false)
        private let wake = eventfd(0, Int32(EFD_CLOEXEC))

        init(_ address: RedisAddress, _ timeout: Duration, _ log: Log) {
            self.address = address
            self.timeout = timeout
            self.log = log
            precondition(wake >= 0, "no descriptor was left for an eventfd")
        }

        deinit { close(wake) }

        func signal() {
            var one: UInt64 = 1
            // Fails only when the counter is full, and then the thread is awake anyway.
            _ = write(wake, &one, 8)
        }

        func wait() {
            var count: UInt64 = 0
            while read(wake, &count, 8) < 0, errno == EINTR {}
        }
    }

    private let core: Core
    private let scripts = Mutex<[String: String]>([:])
    private let maximumWaiting: Int

    /// `timeout` is for the connection and for each answer.
    package init(
        url: String, timeout: Duration = .milliseconds(500), maximumWaiting: Int = 20_000, log: Log
    ) throws(RedisError) {
        let address = try RedisAddress(url)
        self.maximumWaiting = maximumWaiting
        core = Core(address, timeout, log)
        // hiredis writes to sockets without MSG_NOSIGNAL.
        namaskah_ignore_sigpipe()
        let core = core
        OSThread.start("redis") { Self.run(core) }
    }

    deinit { shutdown() }

    /// Fails every command that comes from now on; those that were taken are still answered.
    package func shutdown() {
        core.inbox.withLock { $0.isClosed = true }
        core.signal()
    }

    /// False while the last attempt to reach Redis has failed.
    package var isThere: Bool { !core.isAway.load(ordering: .relaxed) }

    /// Any command.
    package func send(_ arguments: [[UInt8]]) async throws(RedisError) -> RedisReply {
        precondition(!arguments.isEmpty, "a command has a name")
        let core = core
        let result = await withCheckedContinuation { continuation in
            let refusal: RedisError? = core.inbox.withLock { inbox in
                guard !inbox.isClosed else { return RedisError(.closed, "The client was shut down.") }
                guard inbox.commands.count < maximumWaiting else {
                    return RedisError(.overloaded, "Too many commands wait.")
                }
                inbox.commands.append(Command(arguments: arguments, continuation: continuation))
                // One signal serves all that come before the thread looks.
                if inbox.commands.count == 1 { core.signal() }
                return nil
            }
            if let refusal { continuation.resume(returning: .failure(refusal)) }
        }
        let reply = try result.get()
        if case .error(let text) = reply { throw RedisError(.refused, text) }
        return reply
    }

    /// Any command, of words.
    package func send(_ words: String...) async throws(RedisError) -> RedisReply {
        try await send(words.map { Array($0.utf8) })
    }

    /// Runs a script. Redis is given its text once and then knows it by a name, unless it forgets.
    package func evaluate(
        _ script: StaticString, keys: [String], arguments: [String] = []
    ) async throws(RedisError) -> RedisReply {
        let text = script.description
        let rest = ([String(keys.count)] + keys + arguments).map { Array($0.utf8) }
        let name = try await name(of: text)
        do throws(RedisError) {
            return try await send([Array("EVALSHA".utf8), Array(name.utf8)] + rest)
        } catch {
            // A Redis that was restarted, or another one, or one whose scripts were flushed a moment ago. The script
            // has not run; with its text it runs whatever Redis knows, and is known from then on.
            guard error.code == .refused, error.message.hasPrefix("NOSCRIPT") else { throw error }
            return try await send([Array("EVAL".utf8), Array(text.utf8)] + rest)
        }
    }

    private func name(of text: String) async throws(RedisError) -> String {
        if let name = scripts.withLock({ $0[text] }) { return name }
        guard let name = try await send("SCRIPT", "LOAD", text).text else {
            throw RedisError(.unexpectedReply, "SCRIPT LOAD gave no name.")
        }
        scripts.withLock { $0[text] = name }
        return name
    }

    package func get(_ key: String) async throws(RedisError) -> [UInt8]? {
        switch try await send("GET", key) {
        case .null: return nil
        case .bytes(let value): return value
        default: throw RedisError(.unexpectedReply, "GET gave neither a value nor none.")
        }
    }

    /// Everything here expires: what must last belongs into Postgres.
    package func set(_ key: String, _ value: [UInt8], expiresIn: Duration) async throws(RedisError) {
        _ = try await send([
            Array("SET".utf8), Array(key.utf8), value, Array("PX".utf8),
            Array(String(max(1, expiresIn.milliseconds)).utf8),
        ])
    }

    /// How many of the keys there were.
    @discardableResult
    package func delete(_ keys: [String]) async throws(RedisError) -> Int {
        guard !keys.isEmpty else { return 0 }
        guard let count = try await send((["DEL"] + keys).map { Array($0.utf8) }).integerValue else {
            throw RedisError(.unexpectedReply, "DEL gave no count.")
        }
        return Int(count)
    }

    /// Adds to a counter that begins at zero and ends `expiresIn` after its first step.
    package func increment(_ key: String, by amount: Int64 = 1, expiresIn: Duration) async throws(RedisError) -> Int64 {
        let reply = try await evaluate(
            """
            local value = redis.call('INCRBY', KEYS[1], ARGV[1])
            if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
            return value
            """, keys: [key], arguments: [String(amount), String(max(1, expiresIn.milliseconds))])
        guard let value = reply.integerValue else { throw RedisError(.unexpectedReply, "INCRBY gave no number.") }
        return value
    }

    // MARK: the thread

    private static func run(_ core: Core) {
        var connection: RedisConnection?
        var pause: Duration = .zero
        var nextAttempt = ContinuousClock.now
        while true {
            core.wait()
            let (commands, isClosed) = core.inbox.withLock { inbox in
                defer { inbox.commands = [] }
                return (inbox.commands, inbox.isClosed)
            }
            if !commands.isEmpty {
                if connection == nil, .now >= nextAttempt {
                    do throws(RedisError) {
                        connection = try RedisConnection.open(core.address, timeout: core.timeout)
                        pause = .zero
                        if core.isAway.exchange(false, ordering: .relaxed) { core.log.info("redis is back") }
                    } catch {
                        if !core.isAway.exchange(true, ordering: .relaxed) {
                            core.log.warning("redis is away, going on without it")
                        }
                        pause = min(max(pause * 2, .milliseconds(100)), .seconds(5))
                        nextAttempt = .now + pause * Double.random(in: 0.75...1.25)
                    }
                }
                // The optional is taken apart here: passed on whole, it makes the optimiser of Swift 6.3.1 crash.
                let isUsable: Bool
                switch connection {
                case let open?: isUsable = answer(commands, open)
                case nil:
                    refuse(commands)
                    isUsable = true
                }
                if !isUsable { connection = nil }
            }
            if isClosed { return }
        }
    }

    private static func refuse(_ commands: [Command]) {
        let error = RedisError(.unavailable, "There is no connection to Redis.")
        for command in commands { command.continuation.resume(returning: .failure(error)) }
    }

    /// Asks all at once and hands the answers back; false when the connection is of no use any more.
    private static func answer(_ commands: [Command], _ connection: borrowing RedisConnection) -> Bool {
        for command in commands { connection.append(command.arguments) }
        var failure: RedisError?
        for command in commands {
            if let failure {
                command.continuation.resume(returning: .failure(failure))
                continue
            }
            do throws(RedisError) {
                command.continuation.resume(returning: .success(try connection.next()))
            } catch {
                failure = error
                command.continuation.resume(returning: .failure(error))
            }
        }
        return failure == nil
    }
}
