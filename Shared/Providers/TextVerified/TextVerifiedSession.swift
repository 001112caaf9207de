import Kit
import Synchronization

/// Holds the token that calls are made with, and gets another when it is due.
///
/// Life: as long as its adapter; a login runs in a task of its own, which nobody's cancellation ends. Guarantees: there
/// is one login at a time however many wait for it, and all of them get what came of it; a token is not used in its
/// last minute. A failed login is not remembered: who comes next tries again.
final class TextVerifiedSession: Sendable {
    typealias Instant = ContinuousClock.Instant

    struct Bearer: Hashable, Sendable {
        let token: String
        /// From when on another one is to be used.
        let staleAt: Instant

        /// `lifetime` as told, counted from before it was asked for.
        init(token: String, lifetime: Duration, askedAt: Instant) {
            self.token = token
            // Of one that hardly lives, half.
            staleAt = askedAt + (lifetime > .seconds(120) ? lifetime - .seconds(60) : lifetime / 2)
        }
    }

    typealias Login = @Sendable () async -> Result<Bearer, ProviderError>

    private struct State {
        var bearer: Bearer?
        var login: Task<Result<Bearer, ProviderError>, Never>?
    }

    private enum Step {
        case ready(String)
        case wait(Task<Result<Bearer, ProviderError>, Never>)
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Instant

    init(now: @escaping @Sendable () -> Instant = { .now }) { self.now = now }

    /// A token that is good for a while; not `refused`, which has been turned down.
    func token(otherThan refused: String? = nil, _ login: @escaping Login) async throws(ProviderError) -> String {
        let step: Step = state.withLock { state in
            if let bearer = state.bearer, now() < bearer.staleAt, bearer.token != refused {
                return .ready(bearer.token)
            }
            if let login = state.login { return .wait(login) }
            let task = Task { [self] in
                let result = await login()
                self.state.withLock { state in
                    state.login = nil
                    // What did not work is not kept either.
                    state.bearer = try? result.get()
                }
                return result
            }
            state.login = task
            return .wait(task)
        }
        switch step {
        case .ready(let token): return token
        case .wait(let login): return try await login.value.get().token
        }
    }
}
