import Contracts
import JSON
import Kit

/// Something that happened to an order.
package struct Change: Hashable, Sendable {
    package let orderID: ID
    package let event: OrderEvent
    /// Where in the order's trace it was learned, if it was in one: what it leads to belongs under that.
    package var traceparent: String?

    package init(orderID: ID, event: OrderEvent, traceparent: String? = nil) {
        self.orderID = orderID
        self.event = event
        self.traceparent = traceparent
    }

    /// What Billing's word about a hold means to the order; nil when it concerns none.
    package init?(_ kind: LedgerFact.Kind, _ fact: LedgerFact, traceparent: String? = nil) {
        guard let orderID = fact.orderID else { return nil }
        switch kind {
        case .holdPlaced: self.init(orderID: orderID, event: .holdPlaced, traceparent: traceparent)
        case .holdDeclined:
            let code = fact.errorCode.flatMap { ErrorCode(rawValue: $0) } ?? .insufficientCredit
            self.init(orderID: orderID, event: .holdDeclined(code), traceparent: traceparent)
        case .holdPosted: self.init(orderID: orderID, event: .holdResolved(.posted), traceparent: traceparent)
        case .holdVoided: self.init(orderID: orderID, event: .holdResolved(.voided), traceparent: traceparent)
        case .toppedUp: return nil
        }
    }
}

/// An order after a change, and what the change asked for.
package struct Applied: Sendable {
    package let order: Order
    package let effects: [OrderEffect]
    /// Of the change; of the order where the change had none.
    package let traceparent: String?
}

extension VerificationAction.Kind {
    /// What the customer's wish is to the order.
    package var event: OrderEvent {
        switch self {
        case .cancel: .cancelRequested
        case .report: .reportRequested
        case .complete: .completeRequested
        case .another: .anotherRequested
        }
    }
}

extension OrderEvent {
    /// Whether a purchase may begin with it, so that the offers must be known.
    package var mayBuy: Bool {
        switch self {
        case .holdPlaced, .purchaseDue, .purchaseRefused, .purchased, .purchaseAdopted, .purchaseAbsent: true
        default: false
        }
    }

    /// Whether it brings messages, so that those known already must be known.
    package var bringsMessages: Bool {
        if case .observed(let observation) = self { !observation.messages.isEmpty } else { false }
    }

    /// Whether it is about calls, so that those known already must be known.
    package var isAboutCalls: Bool {
        switch self {
        case .observed(let observation): !observation.calls.isEmpty
        case .callHeard: true
        default: false
        }
    }

    /// The number it brings, so that it must be known whose it is.
    package var number: BoughtNumber? {
        switch self {
        case .purchased(_, let number), .purchaseAdopted(_, let number): number
        default: nil
        }
    }
}
