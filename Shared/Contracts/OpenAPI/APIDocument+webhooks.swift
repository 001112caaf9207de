import JSON
import Kit

extension APIDocument {
    static let webhookOperations: [APIOperation] = [
        webhook("textverified", "takeTextVerifiedNotice", "Notices of TextVerified")
            .described(
                """
                `X-Webhook-Signature: HMAC-SHA512=<base64>` is made over the body with the secret that TextVerified shows. \
                \(hint)
                """
            )
            .refusing(.unauthenticated, .notFound),
        webhook("5sim", "takeFiveSimNotice", "Notices of a relay before 5SIM")
            .described(
                """
                5SIM itself documents none. `{"event_id":"…","order_id":123}`, with \
                `X-Webhook-Signature: HMAC-SHA256=<base64>` made over the body with the installation's secret. \(hint)
                """
            )
            .refusing(.unauthenticated, .notFound),
        webhook(
            "sms-activate/{secret}", "takeSMSActivateNotice", "Notices of upstreams that speak SMS-Activate's protocol"
        )
        .described(
            """
            They are not signed; the end of the address is the installation's secret, another one for each upstream. \
            \(hint)
            """
        )
        .taking(
            APIOperation.Parameter(
                place: .path, name: "secret", summary: "Given to the upstream and to nobody else.",
                schema: ["type": "string", "pattern": "^[A-Za-z0-9_-]{24,200}$"], isRequired: true)),
    ]

    private static let hint = """
        Only a hint: the provider is asked before anything is believed. A repeat is answered alike and changes nothing.
        """

    private static func webhook(_ path: String, _ id: String, _ summary: String) -> APIOperation {
        APIOperation(
            "POST", "/webhooks/\(path)", id, tag: "Webhooks", summary,
            answers: [.json(200, "Taken.", schema: taken)]
        )
        .access(.free).refusing(.rateLimited)
    }

    private static let taken: JSON = [
        "type": "object", "properties": ["status": ["type": "string", "enum": ["taken"]]], "required": ["status"],
    ]
}
