import Choosing
import Contracts
import JSON
import Kit
import Prices

/// One verification, as Verification keeps it. A value: `handle` changes it and says what else must happen in the same
/// transaction. Phone number and texts are in here only sealed.
package struct Order: Hashable, Sendable {
    package enum Origin: String, JSONEnum {
        case http
        case amqp
    }

    /// What the provider is asked for when the order is in `cancelling`.
    package enum CancelMode: String, JSONEnum {
        case cancel
        /// The number is bad or already used.
        case report
    }

    package let id: ID
    package let accountID: ID
    package let origin: Origin
    package let requestID: String?
    package let service: String
    package let country: String
    package let capability: Capability
    package let `operator`: String?
    package let areaCode: String?
    /// The provider the customer insists on.
    package let pinnedProvider: String?
    /// What the customer pays when a code comes.
    package let price: Money
    /// The most that a provider may take for it.
    package let ceiling: Money
    package let metadata: JSON?
    package let createdAt: Timestamp
    package let traceparent: String?

    package var state = OrderState.requested
    /// What was tried in this round of attempts, and did not sell.
    package var tried: [OfferName] = []
    /// Counts every change; facts carry it.
    package var version = 0
    package var updatedAt: Timestamp
    /// When Verification heard of it, by the clock that its workers share; the patience with providers begins here.
    package var acceptedAt: Timestamp
    package var holdID: ID
    package var holdState = HoldState.none
    /// How many attempts to buy were made. It is the fence: an outcome of an earlier attempt changes nothing.
    package var attempts = 0
    /// Whether the last attempt is unresolved.
    package var hasOpenIntent = false
    /// When to try to buy again, while there is no open attempt.
    package var retryAt: Timestamp?
    /// The customer wants it cancelled as soon as that can be done.
    package var cancelMode: CancelMode?
    package var provider: String?
    package var reference: String?
    package var assignedOperator: String?
    /// What the provider took for the number.
    package var cost: Money?
    package var phoneSealed: String?
    package var assignedAt: Timestamp?
    package var expiresAt: Timestamp?
    package var cancelAfter: Timestamp?
    package var receivedAt: Timestamp?
    /// More codes were asked for: the provider's order stays open until it ends by itself.
    package var keepsOpen = false
    /// The customer wants no more: the provider's order is finished without waiting for what may follow a code.
    package var finishesNow = false
    package var messageCount = 0
    package var calls = CallTally()
    package var stepCount = 0
    /// How many steps of the time-line were told in facts.
    package var toldStepCount = 0
    package var errorCode: ErrorCode?
    package var errorMessage: String?

    package init(
        id: ID, accountID: ID, origin: Origin, requestID: String?, service: String, country: String,
        capability: Capability, operator: String?, areaCode: String?, pinnedProvider: String?, price: Money,
        ceiling: Money? = nil, metadata: JSON?, createdAt: Timestamp, traceparent: String?, holdID: ID
    ) {
        self.id = id
        self.accountID = accountID
        self.origin = origin
        self.requestID = requestID
        self.service = service
        self.country = country
        self.capability = capability
        self.operator = `operator`
        self.areaCode = areaCode
        self.pinnedProvider = pinnedProvider
        self.price = price
        self.ceiling = ceiling ?? PricePolicy.ceiling(forPrice: price)
        self.metadata = metadata
        self.createdAt = createdAt
        self.updatedAt = createdAt
        self.acceptedAt = createdAt
        self.traceparent = traceparent
        self.holdID = holdID
    }

    /// An order that the gateway has taken.
    package init(
        _ request: VerificationRequest, capability: Capability, traceparent: String?, holdID: ID
    ) {
        self.init(
            id: request.verificationID, accountID: request.accountID, origin: .http, requestID: nil,
            service: request.service, country: request.country, capability: capability, operator: request.operator,
            areaCode: request.areaCode, pinnedProvider: request.provider, price: request.price,
            ceiling: request.ceiling, metadata: request.metadata, createdAt: request.requestedAt,
            traceparent: traceparent, holdID: holdID)
    }

    /// A customer may cancel before a number came, and afterwards until a message came.
    package func canCancel(at now: Timestamp) -> Bool {
        switch state {
        case .requested, .funding, .purchasing: cancelMode == nil
        case .waiting: !hasBeenReached && now >= (cancelAfter ?? now)
        default: false
        }
    }

    package var canReport: Bool { state == .waiting && !hasBeenReached }

    package func canRequestAnother(at now: Timestamp) -> Bool {
        state == .received && !keepsOpen && now < (expiresAt ?? now)
    }
}
