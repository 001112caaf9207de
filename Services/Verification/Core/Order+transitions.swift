import Choosing
import Contracts
import JSON
import Kit

/// What surrounds a decision.
package struct Surroundings: Sendable {
    package let now: Timestamp
    /// What providers sell for the order's service and country, and how that went lately; needed where a purchase may
    /// begin.
    package let offers: [RoutedOffer]
    /// The offer that leads for these goods.
    package let last: OfferName?
    package let policy: OrderPolicy

    package init(
        now: Timestamp, offers: [RoutedOffer] = [], last: OfferName? = nil, policy: OrderPolicy = OrderPolicy()
    ) {
        self.now = now
        self.offers = offers
        self.last = last
        self.policy = policy
    }
}

extension Order {
    /// The one transition function. Whatever does not fit the present state changes nothing, except that money and
    /// numbers which turn up late are always dealt with: a bought number nobody wants is disowned, a hold placed for an
    /// order that is over is released.
    package mutating func handle(_ event: OrderEvent, _ around: Surroundings) -> [OrderEffect] {
        var effects: [OrderEffect] = []
        switch event {
        case .accepted: accepted(around, &effects)
        case .holdPlaced: holdPlaced(around, &effects)
        case .holdDeclined(let code): holdDeclined(code, &effects)
        case .holdResolved(let resolution): holdResolved(resolution)
        case .purchaseDue: purchaseDue(around, &effects)
        case .purchased(let attempt, let number):
            bought(number, attempt: attempt, as: .bought, around, &effects)
        case .purchaseAdopted(let attempt, let number):
            bought(number, attempt: attempt, as: .adopted, around, &effects)
        case .purchaseRefused(let attempt, let refusal):
            purchaseRefused(refusal, attempt: attempt, as: .refused, around, &effects)
        case .purchaseAbsent(let attempt):
            purchaseRefused(.later, attempt: attempt, as: .absent, around, &effects)
        case .purchaseUnclear(let attempt, let reason): purchaseUnclear(reason, attempt: attempt, &effects)
        case .patienceOver: patienceOver(around, &effects)
        case .observed(let observation): observed(observation, around, &effects)
        case .unknownToProvider: unknownToProvider(around, &effects)
        case .cancelRequested: cancelRequested(.cancel, around, &effects)
        case .reportRequested: cancelRequested(.report, around, &effects)
        case .completeRequested: completeRequested(around, &effects)
        case .anotherRequested: anotherRequested(around, &effects)
        case .cancelRefused(let refusal): cancelRefused(refusal, &effects)
        case .callHeard(let call): heard(call, around, &effects)
        }
        if !effects.isEmpty {
            version += 1
            updatedAt = around.now
        }
        return effects
    }

    // MARK: - Endings

    /// One change is told by one fact, because readers tell facts apart by the version: the completion where a code came,
    /// else the last.
    func tell(_ kind: VerificationFact.Kind, _ effects: inout [OrderEffect]) {
        if let told = effects.firstIndex(where: { if case .fact = $0 { true } else { false } }) {
            if effects[told] == .fact(.completed) { return }
            effects.remove(at: told)
        }
        effects.append(.fact(kind))
    }

    mutating func refuse(_ code: ErrorCode, _ message: String, _ effects: inout [OrderEffect]) {
        effects.append(.refuse(code, message: message, retryAt: nil))
    }

    mutating func end(
        as final: OrderState, fact: VerificationFact.Kind, step: String, cause: String, _ effects: inout [OrderEffect]
    ) {
        state = final
        retryAt = nil
        effects.append(.step(step, cause: cause, provider: provider, cost: nil))
        tell(fact, &effects)
    }
}
