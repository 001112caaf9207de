import Choosing
import Contracts
import Kit

/// What the provider says of a number that was bought. `Order.handle` is the only way in.
extension Order {
    mutating func observed(
        _ observation: Observation, _ around: Surroundings, _ effects: inout [OrderEffect]
    ) {
        guard state == .waiting || state == .cancelling || state == .received else { return }
        if let later = observation.expiresAt, later != expiresAt { expiresAt = later }
        // An answer to a purchase may have told of another order; what is booked is what the provider asks for this one.
        if state != .received, let asked = observation.cost, asked > .zero { cost = asked }
        take(observation.messages, around, &effects)
        take(observation.calls, around, &effects)
        switch observation.status {
        case .open: break
        case .finished:
            if state == .received {
                finish(&effects)
            } else if calls.open > 0 {
                // A call is what it was finished for, and nobody knows yet what was said: it ends once that is known.
                break
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

    mutating func take(
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

    mutating func receive(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        state = .received
        receivedAt = around.now
        cancelMode = nil
        capture(settlement(.charge), &effects)
        tell(.completed, &effects)
    }

    mutating func finish(_ effects: inout [OrderEffect]) {
        state = .completed
        effects.append(.step("finished", cause: nil, provider: provider, cost: nil))
        tell(.finished, &effects)
    }

    mutating func unknownToProvider(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        switch state {
        case .received: finish(&effects)
        case .waiting, .cancelling:
            // What was said in a call comes to be known, or is given up; then the provider is asked again.
            guard calls.open == 0 else { return }
            if let assignedAt, !hasBeenReached, around.now < assignedAt + Self.freshness {
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
    mutating func doubt(_ effects: inout [OrderEffect]) {
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
}
