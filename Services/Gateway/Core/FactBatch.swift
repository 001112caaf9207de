import Contracts
import JSON
import Kit

/// What a batch of facts about verifications changes in the read model: of each verification the newest state, and
/// every message and step. The store applies a state only if its version is higher than what is there, and a message or
/// step only once, so that repeats and reordering change nothing.
package struct FactBatch: Sendable {
    package private(set) var states: [ID: VerificationFact] = [:]
    package private(set) var messages: [(verification: ID, message: ReceivedMessage)] = []
    /// Of each call what the highest version of its verification tells.
    package private(set) var calls: [ID: (verification: ID, version: Int, call: ReceivedCall)] = [:]
    package private(set) var steps: [(verification: ID, step: TimelineStep)] = []

    package init() {}

    package mutating func take(_ kind: VerificationFact.Kind, _ fact: VerificationFact) {
        if let state = Self.state(in: fact, kind), Self.isNews(state, to: states[state.verificationID]?.version) {
            states[state.verificationID] = state
        }
        messages += fact.messages.map { (fact.verificationID, $0) }
        steps += fact.steps.map { (fact.verificationID, $0) }
        for call in fact.calls ?? [] where fact.version > calls[call.id]?.version ?? -1 {
            calls[call.id] = (fact.verificationID, fact.version, call)
        }
    }

    /// Whether a fact is newer than what a reader has.
    package static func isNews(_ fact: VerificationFact, to version: Int?) -> Bool { fact.version > version ?? -1 }

    /// What a fact says of the order itself. A refusal's error is the action's, not the order's; but an order that was
    /// being cancelled goes back to waiting with it, and may learn from when on it can be cancelled.
    package static func state(in fact: VerificationFact, _ kind: VerificationFact.Kind) -> VerificationFact? {
        guard kind == .actionRefused else { return fact }
        guard fact.status.known?.isFinal == false else { return nil }
        var state = fact
        state.errorCode = nil
        state.errorMessage = nil
        return state
    }
}
