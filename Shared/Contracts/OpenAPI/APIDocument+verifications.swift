import JSON
import Kit

extension APIDocument {
    static let verificationOperations: [APIOperation] = [
        APIOperation(
            "POST", "/verify/create", "createVerification", tag: verifications, "Order a number",
            answers: [
                .json(201, "The number.", VerificationBody.self, headers: created),
                .json(202, "Taken on; the number is not there yet.", VerificationBody.self, headers: created),
            ]
        )
        .described(
            """
            The price is held at once and taken when a code has come; whatever ends without one costs nothing. Without \
            `Prefer: wait` the answer is 202 straight away; follow `Location`, or listen to `/events`. What is refused \
            after a 202 is a verification that `failed`, with the `error_code` that it would have been refused with.

            With the `quote_id` of a quote it costs what the quote says, or is refused with `PRICE_CHANGED` when the \
            quote has run out.
            """
        )
        .taking(.idempotencyKey, .prefer)
        .receiving(
            CreateVerification.self, for: ["service": "telegram", "country": "england", "capability": "sms"]
        )
        .leading(
            to: "getVerification", "getNumber", "listMessages", "getVoice", "getTimeline", "completeVerification",
            "reportNumber",
            "requestAnother", "cancelVerification", by: "verification_id"
        )
        .refusing(
            .insufficientCredit, .notFound, .conflict, .noOffer, .priceChanged, .numberUnavailable,
            .idempotencyInProgress,
            .idempotencyMismatch, .providerUnavailable, .brokerUnavailable),
        APIOperation(
            "GET", "/verify", "listVerifications", tag: verifications, "Your verifications, the newest first",
            answers: [.json(200, "A page of them.", PageBody<VerificationBody>.self)]
        )
        .taking(
            .words("status", "Only those that stand so.", VerificationStatus.allCases.map(\.rawValue)),
            .slug("service", "Only for this service."),
            .query("country", "Only in this country, by slug or ISO 3166 code.", country),
            .slug("provider", "Only from this provider."), .from, .to, .limit, .cursor),
        APIOperation(
            "GET", "/verify/{id}", "getVerification", tag: verifications, "One verification",
            answers: [.json(200, "It.", VerificationBody.self)]
        )
        .taking(verificationID),
        APIOperation(
            "GET", "/verify/{id}/number", "getNumber", tag: verifications, "Its number",
            answers: [.json(200, "The number, or null while there is none.", NumberBody.self)]
        )
        .taking(verificationID),
        APIOperation(
            "GET", "/verify/{id}/messages", "listMessages", tag: verifications, "Every SMS that has come",
            answers: [.json(200, "They, the oldest first.", ListBody<MessageBody>.self)]
        )
        .described("With `wait` the answer comes with the first message, or when the time or the verification is over.")
        .taking(
            verificationID,
            .query(
                "wait", "For how many seconds to wait for the first.",
                ["type": "integer", "minimum": 0, "maximum": 60, "default": 0])),
        APIOperation(
            "GET", "/verify/{id}/voice", "getVoice", tag: verifications, "The call that has come",
            answers: [.json(200, "The call with the code, or else the latest.", VoiceBody.self)]
        )
        .described(
            """
            For `capability` `voice` or `sms_and_voice`. `status` is `waiting` before a call and `none` when none came; \
            `received` before its recording is there, `recorded` when it can be heard, `transcribed` when it is known \
            what was said, `failed` when nothing more will come to be known. Where nobody listens to recordings, \
            `transcription` stays null and the recording completes the verification. With `wait` the answer comes when \
            it is known what was said, or when the time or the verification is over.
            """
        )
        .taking(
            verificationID,
            .query(
                "wait", "For how many seconds to wait for what was said.",
                ["type": "integer", "minimum": 0, "maximum": 60, "default": 0])),
        APIOperation(
            "GET", "/verify/{id}/voice/audio", "getRecording", tag: verifications, "The recording of a call",
            answers: [
                .sound(200, "All of it.", headers: ["Accept-Ranges"]),
                .sound(206, "The range that was asked for.", headers: ["Accept-Ranges", "Content-Range"]),
            ]
        )
        .described(
            """
            Take the address from `audio_url`. Served from here, whoever has the recording first; kept for a day unless \
            the installation says otherwise. `Range` with one range of bytes is honoured.
            """
        )
        .taking(
            verificationID, .query("call_id", "Which call; that of `/voice` unless told otherwise.", ID.schema)),
        APIOperation(
            "GET", "/verify/{id}/timeline", "getTimeline", tag: verifications, "What has happened to it, step by step",
            answers: [.json(200, "The steps, the oldest first.", ListBody<TimelineStep>.self)]
        )
        .taking(verificationID),
        action("POST", "/verify/{id}/complete", "completeVerification", "Finish it", CompletedBody.self)
            .refusing(.notCompletable),
        action("POST", "/verify/{id}/report", "reportNumber", "The number is bad or was used before")
            .described("The provider is told; the money comes back when it confirms. Only before the first message.")
            .refusing(.notReportable),
        action("POST", "/verify/{id}/another", "requestAnother", "Ask for one more code")
            .refusing(.notRepeatable),
        action("DELETE", "/verify/{id}", "cancelVerification", "Cancel it")
            .described(
                "The money comes back when the provider confirms. Some take no cancellation in the first minutes."
            )
            .refusing(.notCancellable, .earlyCancel),
    ].map { $0.aliased("/verify", ["/api/verification", "/v1/verifications"]) }

    private static let verifications = "Verifications"
    private static let created = ["Location", "Idempotent-Replayed"]
    private static let verificationID = APIOperation.Parameter.id("The `verification_id`.")
    static let country: JSON = ["type": "string", "minLength": 2, "maxLength": 64]

    private static func action(
        _ method: String, _ path: String, _ id: String, _ summary: String,
        _ done: any JSONValue.Type = VerificationBody.self
    ) -> APIOperation {
        APIOperation(
            method, path, id, tag: verifications, summary,
            answers: [
                .json(200, "It is done.", done),
                .json(202, "Asked for; the provider has not answered yet.", VerificationBody.self),
            ]
        )
        .taking(verificationID).refusing(.conflict, .providerUnavailable)
    }

    static let catalogueOperations: [APIOperation] = [
        APIOperation(
            "GET", "/countries", "listCountries", tag: "Catalogue", "Countries",
            answers: [.json(200, "All of them.", ListBody<CountryBody>.self)]),
        APIOperation(
            "GET", "/services", "listServices", tag: "Catalogue", "Services, and from what price",
            answers: [.json(200, "All that are sold somewhere.", ListBody<ServiceBody>.self)]),
        APIOperation(
            "GET", "/services/available", "listAvailableServices", tag: "Catalogue", "What is sold in a country",
            answers: [.json(200, "With prices and how many numbers there are.", AvailableServicesBody.self)]
        )
        .taking(
            .query("country", "By slug or ISO 3166 code.", country, required: true, example: "england"),
            .words(
                "capability", "At the price of this; sms unless told otherwise.", Capability.allCases.map(\.rawValue))),
    ]
}
