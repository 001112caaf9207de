import Choosing
import Contracts
import Kit

/// Attempts to buy a number, one at a time. `Order.handle` is the only way in.
extension Order {
    /// Tries the best that was not tried in this round. With `wraps`, when all were, another round begins.
    mutating func beginPurchase(
        _ around: Surroundings, otherwise code: ErrorCode, wraps: Bool = false, _ effects: inout [OrderEffect]
    ) {
        if !tryNext(around, wraps: wraps, &effects) { fail(code, &effects) }
    }

    /// False when there is nothing left to try.
    private mutating func tryNext(_ around: Surroundings, wraps: Bool, _ effects: inout [OrderEffect]) -> Bool {
        guard attempts < around.policy.attemptLimit, let choice = choose(around, wraps: wraps) else { return false }
        attempts += 1
        tried.append(OfferName(provider: choice.provider, operator: choice.operator))
        hasOpenIntent = true
        retryAt = nil
        effects.append(.openIntent(attempt: attempts, choice))
        effects.append(
            .step(
                "purchase_started",
                cause: "attempt \(attempts), operator \(choice.operator), \(choice.explanation)",
                provider: choice.provider, cost: nil))
        return true
    }

    private mutating func choose(_ around: Surroundings, wraps: Bool) -> OfferChoice? {
        var wish = Routing.Wish(orderID: id, attempt: attempts + 1, ceiling: ceiling)
        wish.operator = self.operator
        wish.provider = pinnedProvider
        wish.repeats = false
        for round in [tried, []] {
            wish.tried = Set(round)
            let decision = Routing.decide(
                wish, among: suited(around.offers), last: around.last, policy: around.policy.routing, now: around.now)
            if let choice = OfferChoice(decision, leader: around.last, ceiling: ceiling) {
                tried = round
                return choice
            }
            guard wraps, !tried.isEmpty else { return nil }
        }
        return nil
    }

    /// The provider of the attempt before the last one, if that was another's.
    package var providerLeft: String? {
        let attempts = tried.filter { $0.operator != OfferName.everything }
        guard let before = attempts.dropLast().last, before.provider != attempts.last?.provider else { return nil }
        return before.provider
    }

    /// The offers at the price of what is ordered.
    private func suited(_ offers: [RoutedOffer]) -> [RoutedOffer] {
        guard capability != .sms else { return offers }
        return offers.compactMap { routed in
            routed.offer.having(capability).map {
                var routed = routed
                routed.offer = $0
                return routed
            }
        }
    }

    /// Why nothing can be bought before anything was tried.
    func reasonForNothing(_ around: Surroundings) -> ErrorCode {
        let asked = suited(around.offers).filter { routed in
            (self.operator.map { $0 == "any" || $0 == routed.offer.operator } ?? true)
                && (pinnedProvider.map { $0 == routed.offer.provider } ?? true)
        }
        if asked.isEmpty { return .noOffer }
        let stocked = asked.filter { $0.offer.count > 0 }
        if stocked.isEmpty { return .numberUnavailable }
        return stocked.contains { $0.offer.cost <= ceiling } ? .providerUnavailable : .priceChanged
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
        if number.cost > ceiling {
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
        case .account, .ourMistake:
            leaveProvider()
            beginPurchase(around, otherwise: .providerUnavailable, &effects)
        case .later:
            leaveProvider()
            if tryNext(around, wraps: false, &effects) { return }
            // The pause grows, and ends where the patience does.
            let doubled = around.policy.retryPause * (1 << min(attempts, 5))
            retryAt = around.now + doubled
        }
    }

    /// What the last one asked refused would be refused by all of that provider's.
    private mutating func leaveProvider() {
        guard let last = tried.last else { return }
        tried.append(.all(of: last.provider))
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
