import JSON
import Kit
import Synchronization
import TestSupport

/// What the clients asked for and what they were told, as they themselves wrote it down: the one side of the proof that
/// nobody in the suite has had a hand in.
final class History: Sendable {
    /// How a request ended for the one who sent it.
    enum Outcome: Hashable, Sendable {
        /// Taken, with the id that it was given. Over AMQP the broker's confirm is the promise, and the id comes later.
        case accepted(ID?)
        /// Told that it was not taken.
        case refused(String)
        /// Sent, and nobody knows.
        case unknown
    }

    struct Request: Sendable {
        let account: ID
        /// The Idempotency-Key, or the request_id.
        let key: String
        let isHTTP: Bool
        var outcome: Outcome = .unknown
    }

    /// Something that a client was told, over whichever way. A long run has millions of them.
    struct Told: Sendable {
        let account: ID
        /// Of the event, the same when it comes again; zero when it had none.
        let event: ID
        let verification: ID?
        let status: String?
        var request: String?
        var isRejection = false
    }

    private struct State {
        var requests: [String: Request] = [:]
        var live: [Told] = []
        var results: [Told] = []
        var completions: [ContinuousClock.Instant] = []
        var contradictions: [String] = []
        /// Accounts and requests whose end was read.
        var ended: Set<String> = []
    }
    private let state = Mutex(State())

    func invoke(_ request: Request) {
        state.withLock { $0.requests["\(request.account) \(request.key)"] = request }
    }

    /// What is known better than before; an acceptance is never taken back.
    func settle(_ account: ID, _ key: String, _ outcome: Outcome) {
        state.withLock { state in
            let place = "\(account) \(key)"
            let known = state.requests[place]?.outcome
            if case .accepted(let id?)? = known {
                if case .accepted(let other?) = outcome, other != id {
                    state.contradictions.append("the key \(key) was answered with \(id) and with \(other)")
                }
                return
            }
            state.requests[place]?.outcome = outcome
        }
    }

    func contradict(_ words: String) { state.withLock { $0.contradictions.append(words) } }

    /// An event of the live stream.
    func heard(_ told: Told) {
        state.withLock { state in
            state.live.append(told)
            if told.status == "completed" { state.completions.append(.now) }
        }
    }

    /// A result out of a queue of the client's own.
    func read(_ told: Told) {
        state.withLock { state in
            state.results.append(told)
            if History.finals.contains(told.status ?? ""), let request = told.request {
                state.ended.insert("\(told.account) \(request)")
            }
            if told.status == "completed" { state.completions.append(.now) }
        }
    }

    static let finals: Set<String> = ["completed", "cancelled", "expired", "failed"]

    /// Whether the end of a request was read out of its sender's queue.
    func hasEnded(_ account: ID, _ request: String) -> Bool {
        state.withLock { $0.ended.contains("\(account) \(request)") }
    }

    var requests: [Request] { state.withLock { Array($0.requests.values) } }
    var live: [Told] { state.withLock { $0.live } }
    var results: [Told] { state.withLock { $0.results } }
    var completions: [ContinuousClock.Instant] { state.withLock { $0.completions } }
    var contradictions: [String] { state.withLock { $0.contradictions } }
}
