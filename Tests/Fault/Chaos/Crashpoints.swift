import TestSupport

/// The instants that the sources mark, with the services that pass them.
package enum Crashpoints {
    /// Those that are passed only where numbers are bought in advance, by Verification.
    package static let ofStock = ["stock.before_call", "stock.after_call", "purchase.after_taking"]

    package static let all: [(service: TestStack.Service, name: String)] =
        [
            "purchase.before_call", "purchase.after_call", "purchase.before_record", "orders.before_commit",
            "orders.after_commit", "minder.before_record", "minder.after_cancel", "commands.after_commit",
        ].map { (.verification, $0) }
        + ["billing.before_commit", "billing.after_commit"].map { (.billing, $0) }
        + [(.pricing, "pricing.after_sync")]
        + ["accept.after_keys", "accept.after_commit"].map { (.gateway, $0) }
        + [TestStack.Service.verification, .billing, .gateway].flatMap { service in
            ["relay.after_publish", "relay.before_delete", "consumer.before_ack", "consumer.before_retry_ack"].map {
                (service, $0)
            }
        }
}
