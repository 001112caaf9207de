import Contracts
import Kit

/// What the customer wants of an order. `Order.handle` is the only way in.
extension Order {
    mutating func cancelRequested(
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
            guard !hasBeenReached else {
                return refuse(refusal, "A message or a call has come; the number is paid for.", &effects)
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

    mutating func cancelRefused(_ refusal: CancelRefusal, _ effects: inout [OrderEffect]) {
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

    mutating func completeRequested(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        switch state {
        case .received:
            keepsOpen = false
            finishesNow = true
            effects.append(.step("complete_requested", cause: nil, provider: provider, cost: nil))
        case .completed: break
        case .waiting where hasBeenReached:
            effects.append(
                .step("complete_requested", cause: "the customer read the code himself", provider: provider, cost: nil))
            receive(around, &effects)
            finishesNow = true
        default:
            refuse(.notCompletable, "No message has come yet; cancel it instead.", &effects)
        }
    }

    mutating func anotherRequested(_ around: Surroundings, _ effects: inout [OrderEffect]) {
        guard canRequestAnother(at: around.now) else {
            return refuse(
                .notRepeatable,
                "Another code can be asked for once, after the first came and before the number is given back.",
                &effects)
        }
        (keepsOpen, finishesNow) = (true, false)
        effects.append(.step("another_requested", cause: nil, provider: provider, cost: nil))
        tell(.messageReceived, &effects)
    }
}
