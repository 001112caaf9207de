import Bus
import Contracts
import Database
import HTTPServer
import JSON
import Kit
import Providers
import Redis
import Runtime
import Security

/// `POST /webhooks/<provider>`: notices of providers. Each is only a hint, passed on to Verification, which asks the
/// provider itself; so a forged one that got as far could cost a question, and change nothing.
///
/// Answered as soon as the hint is on disk. A repeat is answered alike, and is not passed on.
struct WebhookRoutes: Sendable {
    /// The secrets; what has none is not taken.
    struct Settings: Sendable {
        var textVerified: Secret?
        var fiveSim: Secret?
        /// Of each upstream that speaks the protocol of SMS-Activate: its name, and the end of its address here.
        var smsActivate: [(provider: String, secret: String)] = []
        /// Notices of one provider that are taken.
        var perMinute = 6000
    }

    /// Notices are small.
    private static let bodyLimit = 16 * 1024
    private static let window = Duration.seconds(60)
    /// What is not signed with a secret of ours, from one address.
    private static let refusedPerMinute = 60

    let settings: Settings
    let database: Database
    let relay: OutboxRelay
    let limiter: RateLimiter
    let metrics: Metrics

    func add(to router: inout Router) {
        router.on(.post, "/webhooks/textverified", bodyLimit: Self.bodyLimit) { request in
            _ = try request.query(allowing: [])
            guard let secret = settings.textVerified else { throw Self.isNotTaken }
            let notice = TextVerified.notice(
                body: request.body, signature: request.headers[TextVerified.signatureHeader], secret: secret)
            return try await take(notice, from: "textverified", request, otherwise: Self.isNotSigned)
        }
        router.on(.post, "/webhooks/5sim", bodyLimit: Self.bodyLimit) { request in
            _ = try request.query(allowing: [])
            guard let secret = settings.fiveSim else { throw Self.isNotTaken }
            let notice = FiveSimNotice.read(
                request.body, signature: request.headers[FiveSimNotice.signatureHeader], secret: secret)
            return try await take(notice, from: "5sim", request, otherwise: Self.isNotSigned)
        }
        router.on(.post, "/webhooks/sms-activate/{secret}", bodyLimit: Self.bodyLimit) { request in
            _ = try request.query(allowing: [])
            guard let provider = provider(of: request.parameter("secret")) else {
                return try await refuse("sms-activate", request, Self.isNotTaken)
            }
            return try await take(
                SMSActivateNotice.read(request.body), from: provider, request,
                otherwise: Problem.invalid("body", "is no notice of a message"))
        }
    }

    /// Whose secret the path has. All are compared, each by its hash, so that the time tells nothing of any.
    private func provider(of secret: String) -> String? {
        let given = sha256(Array(secret.utf8))
        var found: String?
        for (provider, secret) in settings.smsActivate
        where constantTimeEqual(given, sha256(Array(secret.utf8))) {
            found = provider
        }
        return found
    }

    // MARK: -

    private func take(
        _ notice: ProviderNotice?, from provider: String, _ request: HTTPRequest, otherwise problem: Problem
    ) async throws -> HTTPResponse {
        guard let notice else { return try await refuse(provider, request, problem) }
        guard let reference = notice.ref, (1...128).contains(reference.unicodeScalars.count) else {
            // About something else than a number.
            count(provider, "irrelevant")
            return Self.taken
        }
        let decision = await limiter.take("webhook:\(provider)", limit: settings.perMinute, window: Self.window)
        if let wait = decision.retryAfter {
            count(provider, "limited")
            throw Problem(
                .rateLimited, "More notices come than are taken; send it again.",
                retryAfter: max(1, Int(wait.inSeconds.rounded(.up))))
        }
        // The name of a notice may have the message's text in it, so only its hash goes on.
        let hash = sha256(Array("\(provider) \(notice.eventID)".utf8))
        // Spread over days, as the places are where message ids are remembered.
        let day = Timestamp(microseconds: Int64(hash[31] % 16) * 86_400_000_000)
        let id = ID.derived(from: hash, at: day)
        let hint = VerificationHint(
            provider: provider, reference: reference, eventID: Base64.urlText(Array(hash.prefix(16))))
        let isNew = try await pass(hint, id)
        count(provider, isNew ? "taken" : "repeated")
        return Self.taken
    }

    private func pass(_ hint: VerificationHint, _ id: ID) async throws -> Bool {
        let message = OutgoingMessage(
            id: id, exchange: VerificationHint.channel.rawValue, routingKey: VerificationHint.type,
            type: VerificationHint.type, body: hint.json, traceparent: TraceContext.current?.traceparent)
        let posted: Outbox.Posted? = try await database.transaction { transaction in
            let new = try await transaction.execute("INSERT INTO notices (id) VALUES (\(id)) ON CONFLICT DO NOTHING")
            if new == 0 { return nil }
            return try await Outbox.write([message], in: transaction)
        }
        guard let posted else { return false }
        relay.send(posted)
        return true
    }

    /// Whoever guesses is slowed down by his address.
    private func refuse(_ provider: String, _ request: HTTPRequest, _ problem: Problem) async throws -> HTTPResponse {
        count(provider, "refused")
        let decision = await limiter.take(
            "webhook-refused:\(request.remoteAddress)", limit: Self.refusedPerMinute, window: Self.window)
        if let wait = decision.retryAfter {
            throw Problem(
                .rateLimited, "Too many notices that are none.", retryAfter: max(1, Int(wait.inSeconds.rounded(.up))))
        }
        throw problem
    }

    private static let taken = HTTPResponse.json(200, bytes: Array(#"{"status":"taken"}"#.utf8))
    private static let isNotTaken = Problem(.notFound, "There is nothing at this address.")
    private static let isNotSigned = Problem(.unauthenticated, "The notice is not signed with our secret.")

    private func count(_ provider: String, _ outcome: String) {
        metrics.counter(
            "gateway_notices_total", "Notices that came for providers, by what became of them",
            [("provider", provider), ("outcome", outcome)]
        ).add()
    }
}
