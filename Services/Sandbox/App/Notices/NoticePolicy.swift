import JSON
import Kit
import SandboxCore
import Security

/// How an upstream tells its customers of what has come.
struct NoticePolicy: Sendable {
    /// How long after each failure it is tried again; one attempt more than there are pauses.
    var pauses: [Duration]
    /// How long a receiver may take.
    var patience: Duration
    /// Whether a notice that was never taken is the last: the address is told nothing any more.
    var endsWithNotice: Bool
    /// What a notice has beside its type.
    var headers: @Sendable (_ target: NoticeBook.Target, _ body: [UInt8]) -> [(String, String)]

    /// SMS-Activate's: at most eight times within two hours, not signed.
    static let handler = NoticePolicy(
        pauses: [10, 50, 240, 600, 900, 1_800, 3_400].map { .seconds($0) }, patience: .seconds(10),
        endsWithNotice: false, headers: { _, _ in [] })

    /// TextVerified's: eight times, each pause twice the one before; signed over the body.
    static let textVerified = NoticePolicy(
        pauses: (0..<7).map { .seconds(5 << $0) }, patience: .seconds(30), endsWithNotice: true,
        headers: { target, body in
            let signature = Base64.text(HMAC.sha512(key: Secret(target.secret), body))
            return [("X-Webhook-Signature", "HMAC-SHA512=" + signature)]
        })
}
