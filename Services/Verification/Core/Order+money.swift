import Contracts
import JSON
import Kit

/// The customer's money: asked for first, and resolved once. `Order.handle` is the only way in.
extension Order {
    mutating func accepted(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        guard state == .requested else { return }
        acceptedAt = around.now
        state = .funding
        holdState = .placing
        effects.append(.step("requested", cause: nil, provider: nil, cost: nil))
        effects.append(.placeHold)
        // Whoever came over HTTP has the order in the gateway already; for the others this is the first word of it.
        if origin == .amqp { tell(.requested, &effects) }
    }

    mutating func holdPlaced(_ around: Surroundings, _ effects: inout [OrderEffect]) {
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

    mutating func holdDeclined(_ code: ErrorCode, _ effects: inout [OrderEffect]) {
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

    mutating func holdResolved(_ resolution: HoldState) {
        switch (holdState, resolution) {
        case (.posting, .posted), (.voiding, .voided): holdState = resolution
        default: break
        }
    }

    mutating func capture(_ settlements: [ProviderSettlement], _ effects: inout [OrderEffect]) {
        precondition(holdState == .placed, "a code can come only to an order whose hold is placed")
        holdState = .posting
        effects.append(.postHold(settlements))
    }

    mutating func release(_ settlements: [ProviderSettlement], _ effects: inout [OrderEffect]) {
        if holdState == .placed {
            holdState = .voiding
            effects.append(.voidHold(settlements))
        } else if !settlements.isEmpty {
            effects.append(.settle(settlements))
        }
    }

    func settlement(_ kind: ProviderSettlement.Kind, isLoss: Bool = false) -> [ProviderSettlement] {
        guard let provider, let reference, let cost, cost > .zero else { return [] }
        return [ProviderSettlement(kind, cost, provider: provider, reference: reference, isLoss: isLoss)]
    }

    /// The cause of an ending that cost nothing: told in the time-line, and looked for there.
    package static let gaveBack = TimelineStep.gaveBack

    /// What the answer about the hold is to settle with the provider, told again for an order whose hold is being
    /// resolved; `isRefunded` is whether it ended because the provider gave the money back.
    func settlements(isCharged: Bool, isRefunded: Bool) -> [ProviderSettlement] {
        isRefunded ? settlement(.charge) + settlement(.refund) : settlement(.charge, isLoss: !isCharged)
    }
}
