import Contracts
import Kit

/// Attempts to buy a number, one at a time. `Order.handle` is the only way in.
extension Order {
    mutating func beginPurchase(
        _ around: Surroundings, otherwise code: ErrorCode, wraps: Bool = false, _ effects: inout [OrderEffect]
    ) {
        guard attempts < around.policy.attemptLimit,
            let choice = OfferRanking.choose(for: self, attempt: attempts + 1, among: around.offers, wraps: wraps)
        else {
            return fail(code, &effects)
        }
        attempts += 1
        hasOpenIntent = true
        retryAt = nil
        effects.append(.openIntent(attempt: attempts, choice))
        effects.append(
            .step(
                "purchase_started", cause: "attempt \(attempts), operator \(choice.operator)",
                provider: choice.provider, cost: nil))
    }

    /// Why nothing can be bought before anything was tried.
    func reasonForNothing(_ around: Surroundings) -> ErrorCode {
        let asked = around.offers.filter { offer in
            (self.operator.map { $0 == "any" || $0 == offer.operator } ?? true)
                && (pinnedProvider.map { $0 == offer.provider } ?? true)
        }
        if asked.isEmpty { return .noOffer }
        return asked.contains { $0.count > 0 } ? .priceChanged : .numberUnavailable
    }

    mutating func purchaseDue(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        guard state == .purchasing, !hasOpenIntent else { return }
        if cancelMode != nil { return cancelWithoutNumber(&effects) }
        // What said "later" may say yes now, so that after the last offer the first is next again.
        beginPurchase(around, otherwise: .providerUnavailable, wraps: true, &effects)
    }

    mutating func bought(
        _ number: BoughtNumber, attempt: Int, as intent: IntentState, _ around: Surroundings,
        _ effects: inout [OrderEffect]
    ) {
        // Recorded before by a commit whose answer was lost, or adopted before its own answer came: it is no number too
        // many.
        if provider == number.provider, reference == number.reference { return }
        guard state == .purchasing, attempt == attempts, hasOpenIntent else {
            if attempt == attempts, hasOpenIntent {
                hasOpenIntent = false
                effects.append(.closeIntent(attempt: attempt, .abandoned))
            }
            effects.append(.disown(number))
            effects.append(
                .step(
                    "number_disowned", cause: "attempt \(attempt) is over", provider: number.provider,
                    cost: number.cost))
            return
        }
        if number.cost > PriceBook.ceiling(forPrice: price) {
            effects.append(.disown(number))
            return purchaseRefused(.overPrice, attempt: attempt, as: .refused, around, &effects)
        }
        hasOpenIntent = false
        provider = number.provider
        reference = number.reference
        assignedOperator = number.operator
        cost = number.cost
        phoneSealed = number.phoneSealed
        assignedAt = around.now
        expiresAt = number.expiresAt
        cancelAfter = number.cancelAfter
        effects.append(.closeIntent(attempt: attempt, intent))
        effects.append(
            .step(
                intent == .adopted ? "number_adopted" : "number_assigned",
                cause: number.operator.map { "operator \($0)" }, provider: number.provider, cost: number.cost))
        if cancelMode == nil {
            state = .waiting
            tell(.numberAssigned, &effects)
        } else {
            state = .cancelling
            tell(.cancelling, &effects)
        }
    }

    mutating func purchaseRefused(
        _ refusal: Refusal, attempt: Int, as intent: IntentState, _ around: Surroundings,
        _ effects: inout [OrderEffect]
    ) {
        guard attempt == attempts, hasOpenIntent else { return }
        hasOpenIntent = false
        effects.append(.closeIntent(attempt: attempt, intent))
        effects.append(.step("purchase_refused", cause: refusal.rawValue, provider: nil, cost: nil))
        guard state == .purchasing else { return }
        if cancelMode != nil { return cancelWithoutNumber(&effects) }
        switch refusal {
        case .outOfStock: beginPurchase(around, otherwise: .numberUnavailable, &effects)
        case .overPrice: beginPurchase(around, otherwise: .priceChanged, &effects)
        case .account, .ourMistake: fail(.providerUnavailable, &effects)
        case .later:
            // The pause grows, and ends where the patience does.
            let doubled = around.policy.retryPause * (1 << min(attempts, 5))
            retryAt = around.now + doubled
        }
    }

    mutating func purchaseUnclear(_ reason: String, attempt: Int, _ effects: inout [OrderEffect]) {
        guard attempt == attempts, hasOpenIntent else { return }
        effects.append(.closeIntent(attempt: attempt, .ambiguous))
        effects.append(.step("purchase_unclear", cause: reason, provider: nil, cost: nil))
    }

    mutating func patienceOver(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        guard state == .purchasing, around.now >= acceptedAt + around.policy.patience else { return }
        // An open attempt stays open for the reconciler; what it finds later is an orphan.
        if cancelMode != nil { return cancelWithoutNumber(&effects) }
        fail(.providerUnavailable, &effects)
    }

    mutating func cancelWithoutNumber(_ effects: inout [OrderEffect]) {
        end(as: .cancelled, fact: .cancelled, step: "cancelled", cause: "before a number was bought", &effects)
        release([], &effects)
    }

    mutating func fail(_ code: ErrorCode, _ effects: inout [OrderEffect]) {
        errorCode = code
        errorMessage =
            switch code {
            case .noOffer:
                "No provider sells \(service) in \(country) on these terms. GET /services/available lists what is sold."
            case .numberUnavailable:
                "Every number for \(service) in \(country) is taken. Try again, or another country."
            case .priceChanged:
                "The providers' price for \(service) in \(country) rose above what \(price) USD covers. Order again at the new price."
            default: "The providers cannot sell numbers for \(service) in \(country) now. Try again in a minute."
            }
        end(as: .failed, fact: .failed, step: "failed", cause: code.rawValue, &effects)
        release([], &effects)
    }
}
