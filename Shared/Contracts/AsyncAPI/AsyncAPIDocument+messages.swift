import JSON
import Kit

extension AsyncAPIDocument {
    /// Every way a message can take.
    static let channels: [Way] = [
        Way(
            name: "ingress", address: "req.{account}.verification.v1",
            summary: "Order verifications, and ask something of them. The key must name your own account.",
            action: "send", channel: .ingress, parameters: [account]),
        Way(
            name: "results", address: "tenant.{account}.result",
            summary: "What became of your requests, for you alone to read.", action: "receive", channel: .tenant,
            parameters: [account], queue: "tenant.{account}.result"),
        Way(
            name: "commands", address: "{type}", summary: "Between our services: what one is asked to do.",
            action: "send", channel: .commands, parameters: [type]),
        Way(
            name: "events", address: "{type}", summary: "Between our services: what has happened.", action: "receive",
            channel: .events, parameters: [type]),
    ]

    private static let account = (name: "account", meaning: "The id of the account, a UUID.")
    private static let type = (name: "type", meaning: "The type of the message.")

    /// Every kind of message.
    static let messages: [Kind] =
        [
            Kind(
                IngressRequest.type, "Order a verification; taken once for each request_id.", IngressRequest.self,
                on: .ingress),
            Kind(TenantResult.resultType, "How a verification stands now.", TenantResult.self, on: .tenant),
            Kind(TenantResult.errorType, "A request was refused.", TenantResult.self, on: .tenant),
            Kind(VerificationRequest.type, "Order a verification.", VerificationRequest.self, on: .commands),
            Kind(
                VerificationInquiry.type, "Tell again what the asker has not heard of a verification.",
                VerificationInquiry.self, on: .commands),
            Kind(
                VerificationHint.type, "Something may have come for a number; ask its provider.", VerificationHint.self,
                on: .commands),
            Kind(KeepRecording.type, "Keep a part of a recording.", KeepRecording.self, on: .commands),
            Kind(PlaceHold.type, "Set credit aside.", PlaceHold.self, on: .commands),
            Kind(SettleProvider.type, "Post what a provider took or gave back.", SettleProvider.self, on: .commands),
            Kind(TopUp.type, "Add credit.", TopUp.self, on: .commands),
            Kind(
                ProviderSettled.type, "What a provider took or gave back is posted.", ProviderSettled.self, on: .events),
            Kind(
                ProviderSetting.type, "Set how a provider is used, or have it looked at.", ProviderSetting.self,
                on: .commands),
            Kind(OffersRequest.type, "Tell everything that is sold.", OffersRequest.self, on: .commands),
            Kind(OffersChanged.type, "What is sold in a country.", OffersChanged.self, on: .events),
            Kind(
                ProviderPricesRequest.type, "Tell what providers take, whole.", ProviderPricesRequest.self,
                on: .commands),
            Kind(PricingUpdate.type, "Ask providers now, or set a price by hand.", PricingUpdate.self, on: .commands),
            Kind(PricesChanged.type, "How one provider's prices moved in a country.", PricesChanged.self, on: .events),
            Kind(PriceAlerts.type, "Prices that somebody should look at.", PriceAlerts.self, on: .events),
            Kind(ProviderPrices.type, "What a provider takes in a country.", ProviderPrices.self, on: .events),
            Kind(
                ProviderFailover.type, "A provider was left, or its breaker moved.", ProviderFailover.self,
                on: .events),
            Kind(ProviderStatus.type, "How a provider stands.", ProviderStatus.self, on: .events),
        ]
        + VerificationAction.Kind.allCases.flatMap { kind in
            [
                Kind(
                    kind.rawValue, "Ask it of a verification you ordered, named by either id.", IngressAction.self,
                    on: .ingress),
                Kind(kind.rawValue, "Ask it of a verification.", VerificationAction.self, on: .commands),
            ]
        }
        + ResolveHold.Kind.allCases.map {
            Kind($0.rawValue, "Resolve a hold.", ResolveHold.self, on: .commands)
        }
        + VerificationFact.Kind.allCases.map {
            Kind($0.rawValue, "A verification with everything known of it.", VerificationFact.self, on: .events)
        }
        + LedgerFact.Kind.allCases.map {
            Kind($0.rawValue, "What happened to a hold or to an account's credit.", LedgerFact.self, on: .events)
        }
}
