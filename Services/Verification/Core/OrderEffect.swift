import Contracts
import Kit

/// What must happen in the transaction of a change.
package enum OrderEffect: Hashable, Sendable {
    case placeHold
    case postHold([ProviderSettlement])
    case voidHold([ProviderSettlement])
    /// Provider money that came to be known after the hold was resolved.
    case settle([ProviderSettlement])
    case openIntent(attempt: Int, OfferChoice)
    case closeIntent(attempt: Int, IntentState)
    /// A number bought for this order that it cannot use; it is given back to the provider.
    case disown(BoughtNumber)
    /// What was taken for the order's number is no number of the provider's: nothing was paid under that reference.
    case disclaim(provider: String, reference: String)
    case store(ObservedMessage)
    /// The call as it is known now, in place of what was known.
    case storeCall(Call)
    case fact(VerificationFact.Kind)
    /// An action was refused; the caller is told why.
    case refuse(ErrorCode, message: String, retryAt: Timestamp?)
    case step(String, cause: String?, provider: String?, cost: Money?)
}
