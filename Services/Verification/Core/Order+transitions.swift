import Contracts
import JSON
import Kit

/// What surrounds a decision.
package struct Surroundings: Sendable {
    package let now: Timestamp
    /// What providers sell for the order's service and country; needed where a purchase may begin.
    package let offers: [Offer]
    package let policy: OrderPolicy

    package init(now: Timestamp, offers: [Offer] = [], policy: OrderPolicy = OrderPolicy()) {
        self.now = now
        self.offers = offers
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
        case .accepted: accepted(&effects)
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
        }
        if !effects.isEmpty {
            version += 1
            updatedAt = around.now
        }
        return effects
    }

    // MARK: - Money first

    private mutating func accepted(_ effects: inout [OrderEffect]) {
        guard state == .requested else { return }
        state = .funding
        holdState = .placing
        effects.append(.step("requested", cause: nil, provider: nil, cost: nil))
        effects.append(.placeHold)
        // Whoever came over HTTP has the order in the gateway already; for the others this is the first word of it.
        if origin == .amqp { tell(.requested, &effects) }
    }

    private mutating func holdPlaced(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        guard holdState == .placing else { return }
        holdState = .placed
        effects.append(.step("hold_placed", cause: nil, provider: nil, cost: nil))
        guard state == .funding else { return release([], &effects) }
        if cancelMode != nil {
            end(as: .cancelled, fact: .cancelled, step: "cancelled", cause: "before a number was bought", &effects)
            return release([], &effects)
        }
        state = .purchasing
        beginPurchase(around, otherwise: reasonForNothing(around), &effects)
    }

    private mutating func holdDeclined(_ code: ErrorCode, _ effects: inout [OrderEffect]) {
        guard holdState == .placing else { return }
        holdState = .declined
        guard state == .funding else { return }
        if cancelMode != nil {
            return end(
                as: .cancelled, fact: .cancelled, step: "cancelled", cause: "before a number was bought", &effects)
        }
        errorCode = code
        errorMessage = "The account's available credit is less than \(price) USD. Top up, then order again."
        end(as: .declined, fact: .failed, step: "hold_declined", cause: code.rawValue, &effects)
    }

    private mutating func holdResolved(_ resolution: HoldState) {
        switch (holdState, resolution) {
        case (.posting, .posted), (.voiding, .voided): holdState = resolution
        default: break
        }
    }

    private mutating func capture(_ settlements: [ProviderSettlement], _ effects: inout [OrderEffect]) {
        precondition(holdState == .placed, "a code can come only to an order whose hold is placed")
        holdState = .posting
        effects.append(.postHold(settlements))
    }

    private mutating func release(_ settlements: [ProviderSettlement], _ effects: inout [OrderEffect]) {
        if holdState == .placed {
            holdState = .voiding
            effects.append(.voidHold(settlements))
        } else if !settlements.isEmpty {
            effects.append(.settle(settlements))
        }
    }

    private func settlement(_ kind: ProviderSettlement.Kind, isLoss: Bool = false) -> [ProviderSettlement] {
        guard let provider, let reference, let cost, cost > .zero else { return [] }
        var settlement = ProviderSettlement()
        settlement.provider = provider
        settlement.reference = reference
        settlement.kind = Open(kind)
        settlement.amount = cost
        settlement.isLoss = isLoss
        return [settlement]
    }

    /// The cause of an ending that cost nothing: told in the time-line, and looked for there.
    package static let gaveBack = "the provider gave the money back"

    /// What the answer about the hold is to settle with the provider, told again for an order whose hold is being
    /// resolved; `isRefunded` is whether it ended because the provider gave the money back.
    func settlements(isCharged: Bool, isRefunded: Bool) -> [ProviderSettlement] {
        isRefunded ? settlement(.charge) + settlement(.refund) : settlement(.charge, isLoss: !isCharged)
    }

    // MARK: - Buying

    private mutating func beginPurchase(
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
    private func reasonForNothing(_ around: Surroundings) -> ErrorCode {
        let asked = around.offers.filter { offer in
            (self.operator.map { $0 == "any" || $0 == offer.operator } ?? true)
                && (pinnedProvider.map { $0 == offer.provider } ?? true)
        }
        if asked.isEmpty { return .noOffer }
        return asked.contains { $0.count > 0 } ? .priceChanged : .numberUnavailable
    }

    private mutating func purchaseDue(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        guard state == .purchasing, !hasOpenIntent else { return }
        if cancelMode != nil { return cancelWithoutNumber(&effects) }
        // What said "later" may say yes now, so that after the last offer the first is next again.
        beginPurchase(around, otherwise: .providerUnavailable, wraps: true, &effects)
    }

    private mutating func bought(
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

    private mutating func purchaseRefused(
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

    private mutating func purchaseUnclear(_ reason: String, attempt: Int, _ effects: inout [OrderEffect]) {
        guard attempt == attempts, hasOpenIntent else { return }
        effects.append(.closeIntent(attempt: attempt, .ambiguous))
        effects.append(.step("purchase_unclear", cause: reason, provider: nil, cost: nil))
    }

    private mutating func patienceOver(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        guard state == .purchasing, around.now >= createdAt + around.policy.patience else { return }
        // An open attempt stays open for the reconciler; what it finds later is an orphan.
        if cancelMode != nil { return cancelWithoutNumber(&effects) }
        fail(.providerUnavailable, &effects)
    }

    private mutating func cancelWithoutNumber(_ effects: inout [OrderEffect]) {
        end(as: .cancelled, fact: .cancelled, step: "cancelled", cause: "before a number was bought", &effects)
        release([], &effects)
    }

    private mutating func fail(_ code: ErrorCode, _ effects: inout [OrderEffect]) {
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

    // MARK: - What the provider says

    private mutating func observed(
        _ observation: Observation, _ around: Surroundings, _ effects: inout [OrderEffect]
    ) {
        guard state == .waiting || state == .cancelling || state == .received else { return }
        if let later = observation.expiresAt, later != expiresAt { expiresAt = later }
        // An answer to a purchase may have told of another order; what is booked is what the provider asks for this one.
        if state != .received, let asked = observation.cost, asked > .zero { cost = asked }
        take(observation.messages, around, &effects)
        switch observation.status {
        case .open: break
        case .finished:
            if state == .received {
                finish(&effects)
            } else {
                // The provider keeps its money: texts came, but no code in them. The customer does not pay for that.
                end(as: .expired, fact: .expired, step: "expired", cause: "no code came", &effects)
                release(settlement(.charge, isLoss: true), &effects)
            }
        case .cancelled, .timedOut, .banned:
            if state == .received {
                // Charged for a code that did come; what the provider gives back is ours.
                effects.append(.settle(settlement(.refund)))
                finish(&effects)
            } else {
                let byCustomer = observation.status != .timedOut
                end(
                    as: byCustomer ? .cancelled : .expired, fact: byCustomer ? .cancelled : .expired,
                    step: byCustomer ? "cancelled" : "expired", cause: Self.gaveBack, &effects)
                release(settlement(.charge) + settlement(.refund), &effects)
            }
        }
    }

    private mutating func take(
        _ messages: [ObservedMessage], _ around: Surroundings, _ effects: inout [OrderEffect]
    ) {
        guard !messages.isEmpty else { return }
        for message in messages {
            messageCount += 1
            effects.append(.store(message))
            effects.append(
                .step(
                    message.hasCode ? "code_received" : "message_received", cause: nil, provider: provider, cost: nil))
        }
        if state != .received, messages.contains(where: \.hasCode) {
            receive(around, &effects)
        } else {
            tell(.messageReceived, &effects)
        }
    }

    private mutating func receive(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        state = .received
        receivedAt = around.now
        cancelMode = nil
        capture(settlement(.charge), &effects)
        tell(.completed, &effects)
    }

    private mutating func finish(_ effects: inout [OrderEffect]) {
        state = .completed
        effects.append(.step("finished", cause: nil, provider: provider, cost: nil))
        tell(.finished, &effects)
    }

    private mutating func unknownToProvider(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        switch state {
        case .received: finish(&effects)
        case .waiting, .cancelling:
            if let assignedAt, messageCount == 0, around.now < assignedAt + Self.freshness {
                return doubt(&effects)
            }
            // Nobody can say whether the money came back: it is booked as lost until the provider's own list tells.
            end(
                as: .expired, fact: .expired, step: "expired", cause: "the provider no longer knows the order", &effects
            )
            release(settlement(.charge, isLoss: true), &effects)
        default: break
        }
    }

    /// For so long after selling a number no provider forgets it.
    package static let freshness = Duration.seconds(60)

    /// A number that its provider does not know a moment after selling it has another reference there: its purchase is
    /// unclear again, and the provider's own list tells what was sold.
    private mutating func doubt(_ effects: inout [OrderEffect]) {
        guard let provider, let reference else { return }
        effects.append(.disclaim(provider: provider, reference: reference))
        effects.append(.closeIntent(attempt: attempts, .ambiguous))
        effects.append(
            .step(
                "purchase_unclear", cause: "the provider does not know the number it sold", provider: provider,
                cost: nil))
        self.provider = nil
        self.reference = nil
        assignedOperator = nil
        cost = nil
        phoneSealed = nil
        assignedAt = nil
        expiresAt = nil
        cancelAfter = nil
        hasOpenIntent = true
        state = .purchasing
        tell(.funded, &effects)
    }

    // MARK: - What the customer wants

    private mutating func cancelRequested(
        _ mode: CancelMode, _ around: Surroundings, _ effects: inout [OrderEffect]
    ) {
        let refusal: ErrorCode = mode == .cancel ? .notCancellable : .notReportable
        switch state {
        case .requested, .funding, .purchasing:
            guard mode == .cancel else {
                return refuse(refusal, "There is no number to report yet.", &effects)
            }
            guard cancelMode == nil else { return }
            cancelMode = mode
            effects.append(.step("cancel_requested", cause: nil, provider: nil, cost: nil))
            // With no attempt on its way nothing stands in between; else its outcome, or the hold's, is awaited.
            if state == .purchasing, !hasOpenIntent {
                cancelWithoutNumber(&effects)
            } else {
                tell(.cancelling, &effects)
            }
        case .waiting:
            guard messageCount == 0 else {
                return refuse(refusal, "A message has come; the number is paid for.", &effects)
            }
            if mode == .cancel, let cancelAfter, around.now < cancelAfter {
                effects.append(
                    .refuse(
                        .earlyCancel, message: "The provider takes a cancellation from \(cancelAfter) on.",
                        retryAt: cancelAfter))
                return
            }
            state = .cancelling
            cancelMode = mode
            effects.append(.step("\(mode.rawValue)_requested", cause: nil, provider: provider, cost: nil))
            tell(.cancelling, &effects)
        case .cancelling: break
        case .received, .completed, .declined, .failed, .cancelled, .expired:
            refuse(refusal, "The verification is \(state.status.rawValue).", &effects)
        }
    }

    private mutating func cancelRefused(_ refusal: CancelRefusal, _ effects: inout [OrderEffect]) {
        guard state == .cancelling else { return }
        let mode = cancelMode ?? .cancel
        state = .waiting
        cancelMode = nil
        switch refusal {
        case .tooEarly(let until):
            cancelAfter = until
            effects.append(.step("cancel_refused", cause: "too early", provider: provider, cost: nil))
            effects.append(
                .refuse(.earlyCancel, message: "The provider takes a cancellation from \(until) on.", retryAt: until))
        case .tooLate:
            effects.append(.step("cancel_refused", cause: "too late", provider: provider, cost: nil))
            refuse(
                mode == .cancel ? .notCancellable : .notReportable,
                "A message has come, or the provider has closed the order.", &effects)
        }
    }

    private mutating func completeRequested(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        switch state {
        case .received:
            keepsOpen = false
            // The minder finishes at the provider what is older than the linger; asking for it makes it old at once.
            receivedAt = Timestamp(microseconds: 0)
            effects.append(.step("complete_requested", cause: nil, provider: provider, cost: nil))
        case .completed: break
        case .waiting where messageCount > 0:
            effects.append(
                .step("complete_requested", cause: "the customer read the code himself", provider: provider, cost: nil))
            receive(around, &effects)
            receivedAt = Timestamp(microseconds: 0)
        default:
            refuse(.notCompletable, "No message has come yet; cancel it instead.", &effects)
        }
    }

    private mutating func anotherRequested(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        guard canRequestAnother(at: around.now) else {
            return refuse(
                .notRepeatable,
                "Another code can be asked for once, after the first came and before the number is given back.",
                &effects)
        }
        keepsOpen = true
        effects.append(.step("another_requested", cause: nil, provider: provider, cost: nil))
        tell(.messageReceived, &effects)
    }

    // MARK: - Endings

    /// One change is told by one fact, because readers tell facts apart by the version: the completion where a code came,
    /// else the last.
    private func tell(_ kind: VerificationFact.Kind, _ effects: inout [OrderEffect]) {
        if let told = effects.firstIndex(where: { if case .fact = $0 { true } else { false } }) {
            if effects[told] == .fact(.completed) { return }
            effects.remove(at: told)
        }
        effects.append(.fact(kind))
    }

    private mutating func refuse(_ code: ErrorCode, _ message: String, _ effects: inout [OrderEffect]) {
        effects.append(.refuse(code, message: message, retryAt: nil))
    }

    private mutating func end(
        as final: OrderState, fact: VerificationFact.Kind, step: String, cause: String, _ effects: inout [OrderEffect]
    ) {
        state = final
        retryAt = nil
        effects.append(.step(step, cause: cause, provider: provider, cost: nil))
        tell(fact, &effects)
    }
}
