import CSodium
import Runtime
import Synchronization

/// Hashes passwords with argon2id. A hash takes tens of milliseconds and many megabytes on purpose, so it runs on
/// threads of our own, of which there are few, and only so many callers may wait: the rest are told `busy` at once.
///
/// Needs no starting and no stopping: a thread is made when there is work and none is free, and ends when the queue is
/// empty (making one costs a thousandth of a hash). Passwords are compared byte by byte as they came; the caller
/// brings them into one Unicode form, if it wants that.
package final class PasswordHasher: Sendable {
    /// What one hash costs.
    package struct Cost: Hashable, Sendable {
        package let passes: Int
        package let bytes: Int

        package init(passes: Int, bytes: Int) {
            precondition(passes >= 1 && bytes >= 8192, "argon2id wants a pass and eight KiB at least")
            self.passes = passes
            self.bytes = bytes
        }

        /// Above every equivalent of the OWASP password storage sheet (19 MiB with two passes); about 40 ms here.
        package static let standard = Cost(passes: 3, bytes: 32 << 20)
    }

    /// What became of a verification.
    package struct Verdict: Hashable, Sendable {
        package let isCorrect: Bool
        /// The stored hash was made at another cost: hash the password again, now that it is known, and store that.
        package let needsRehash: Bool

        package init(isCorrect: Bool, needsRehash: Bool) {
            self.isCorrect = isCorrect
            self.needsRehash = needsRehash
        }
    }

    /// The longest password that is looked at; longer ones are refused as wrong, at the usual cost.
    package static let longestPassword = 1024

    private struct Job: Sendable {
        let run: @Sendable () -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var running = 0
    }

    let cost: Cost
    private let threads: Int
    private let queue: Int
    private let state = Mutex(State())
    /// A hash no password has; unknown users are verified against it, so that they cost as much as known ones.
    let decoy: String

    package init(cost: Cost = .standard, threads: Int = 1, queue: Int = 64) {
        precondition(threads >= 1 && queue >= 1, "a hasher needs a thread and a place to wait")
        Sodium.start()
        self.cost = cost
        self.threads = threads
        self.queue = queue
        decoy = Self.decoy(cost)
    }

    /// The text to store: `$argon2id$v=19$m=…,t=…,p=1$salt$hash`.
    package func hash(_ password: String) async throws(SecurityError) -> String {
        guard password.utf8.count <= Self.longestPassword else {
            throw SecurityError(.invalid, "The password is longer than \(Self.longestPassword) bytes")
        }
        let cost = cost
        guard let hash = try await run({ Self.hash(password, cost) }) else {
            throw SecurityError(.exhausted, "There was no memory for a password hash")
        }
        return hash
    }

    /// Compares a password with a stored hash. `nil` stands for a user who does not exist or has no password: the
    /// answer is no, after the same work.
    package func verify(_ password: String, against stored: String?) async throws(SecurityError) -> Verdict {
        let tooLong = password.utf8.count > Self.longestPassword
        let text = tooLong ? "" : password
        let against = stored ?? decoy
        let cost = cost
        return try await run {
            let matches = Self.verify(text, against)
            let isCorrect = matches && stored != nil && !tooLong
            return Verdict(isCorrect: isCorrect, needsRehash: isCorrect && Self.isOld(against, cost))
        }
    }

    private func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws(SecurityError) -> Value {
        let result: Value? = await withCheckedContinuation { continuation in
            let job = Job { continuation.resume(returning: work()) }
            let (isTaken, needsThread) = state.withLock { state in
                guard state.waiting.count < queue else { return (false, false) }
                state.waiting.append(job)
                guard state.running < threads else { return (true, false) }
                state.running += 1
                return (true, true)
            }
            if !isTaken { continuation.resume(returning: nil) }
            if needsThread { OSThread.start("argon2") { self.drain() } }
        }
        guard let result else { throw SecurityError(.busy, "Too many passwords are waiting to be checked") }
        return result
    }

    private func drain() {
        while let job = next() { job.run() }
    }

    private func next() -> Job? {
        state.withLock { state in
            if state.waiting.isEmpty {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}

extension PasswordHasher {
    private static func hash(_ password: String, _ cost: Cost) -> String? {
        var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        var password = characters(password)
        defer { wipe(&password) }
        let status = crypto_pwhash_argon2id_str(
            &text, password, UInt64(password.count), UInt64(cost.passes), cost.bytes)
        guard status == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func verify(_ password: String, _ stored: String) -> Bool {
        guard stored.utf8.count < Int(crypto_pwhash_STRBYTES), stored.hasPrefix("$argon2id$") else { return false }
        var password = characters(password)
        defer { wipe(&password) }
        return crypto_pwhash_argon2id_str_verify(stored, password, UInt64(password.count)) == 0
    }

    private static func characters(_ text: String) -> [CChar] { text.utf8.map { CChar(bitPattern: $0) } }

    static func isOld(_ stored: String, _ cost: Cost) -> Bool {
        crypto_pwhash_argon2id_str_needs_rehash(stored, UInt64(cost.passes), cost.bytes) != 0
    }

    /// A well-formed hash of this cost over random salt and digest; written, not computed, so that making a hasher
    /// costs nothing.
    private static func decoy(_ cost: Cost) -> String {
        func part(_ count: Int) -> String { String(Base64.text(randomBytes(count)).prefix { $0 != "=" }) }
        return "$argon2id$v=19$m=\(cost.bytes / 1024),t=\(cost.passes),p=1$\(part(16))$\(part(32))"
    }
}
