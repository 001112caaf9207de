import Bus
import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Runtime

/// What a customer asks for of a verification: to cancel, report or complete it, or another code. It is sent to
/// Verification, and answered by what comes of it.
extension VerificationRoutes {
    static func cancelRefusal(_ view: VerificationView) -> Problem? {
        if let after = view.cancelAfter, view.canCancel, Timestamp.now < after {
            let seconds = max(1, Int((after - .now).inSeconds.rounded(.up)))
            return Problem(
                .earlyCancel, "The provider takes a cancellation in \(seconds) seconds.", retryAfter: seconds)
        }
        if view.canCancel { return nil }
        return Problem(
            .notCancellable,
            view.status.known?.isFinal ?? false
                ? "The verification is \(view.status.text)." : "It is being cancelled, or a message has come.")
    }

    /// Sends an action on its way and waits for what comes of it: 200 with the new state, 202 when that takes longer.
    func act(
        _ kind: VerificationAction.Kind, _ request: HTTPRequest, _ refusal: (VerificationView) -> Problem?
    ) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let view = try await view(request)
        if let problem = refusal(view) { throw problem }
        let sent = Timestamp.now
        try await send(kind, view)
        let after = try await hub.wait(for: view.id, until: .now + .seconds(10)) {
            if let problem = try await self.refused(kind, view, since: sent) { throw problem }
            let now = try await self.view(request)
            return Self.isSettled(kind, before: view, now: now) ? now as VerificationView? : nil
        }
        if let after { return .json(200, try after.body(personalData)) }
        return .json(202, try await self.view(request).body(personalData))
    }

    private static func isSettled(
        _ kind: VerificationAction.Kind, before: VerificationView, now: VerificationView
    ) -> Bool {
        switch kind {
        case .cancel, .report: now.status.known?.isFinal ?? false
        case .complete: now.status == Open(.completed)
        case .another: now.version > before.version
        }
    }

    func complete(_ request: HTTPRequest) async throws -> HTTPResponse {
        let response = try await act(.complete, request) { view in
            switch view.status {
            case .known(.completed), .known(.waitingSMS): nil
            default:
                Problem(.notCompletable, "The verification is \(view.status.text); there is nothing to complete.")
            }
        }
        guard response.status == 200 else { return response }
        return .json(200, CompletedBody())
    }

    private func send(_ kind: VerificationAction.Kind, _ view: VerificationView) async throws {
        let action = VerificationAction(verificationID: view.id, accountID: view.accountID)
        let message = OutgoingMessage(
            exchange: Channel.commands.rawValue, routingKey: kind.rawValue, type: kind.rawValue, body: action.json,
            correlationID: view.id.description, aggregate: view.id, tenant: view.accountID,
            traceparent: TraceContext.current?.traceparent)
        relay.send(
            try await database.transaction { transaction in
                // Said again, under the same id, as long as the verification is not over. Never later than it would be
                // without: a customer who asks every second would put it off for ever.
                try await transaction.execute(
                    """
                    UPDATE verifications SET wish = \(kind.rawValue), wish_id = \(message.id), asks = 0,
                        ask_at = least(ask_at, now() + make_interval(secs => \(queue.silence.inSeconds)))
                    WHERE id = \(view.id)
                    """)
                return try await Outbox.write([message], in: transaction)
            })
    }

    /// The refusal of an action, if one has come since it was sent.
    private func refused(
        _ kind: VerificationAction.Kind, _ view: VerificationView, since: Timestamp
    ) async throws -> Problem? {
        let events = try await database.rows(
            LiveEvent.self,
            """
            SELECT \(LiveEvent.columns) FROM events WHERE account_id = \(view.accountID)
                AND arrived_at >= \(since) AND type = \(VerificationFact.Kind.actionRefused.rawValue)
            ORDER BY number DESC LIMIT 20
            """)
        guard let event = events.first(where: { $0.verificationID == view.id }),
            let code = event.fact["error_code"]?.stringValue.flatMap({ ErrorCode(rawValue: $0) })
        else { return nil }
        let after = event.fact["cancel_after"]?.stringValue.flatMap { Timestamp($0) }
        return Problem(
            code, event.fact["error_message"]?.stringValue ?? code.title,
            retryAfter: code == .earlyCancel ? after.map { max(1, Int(($0 - .now).inSeconds.rounded(.up))) } : nil)
    }
}
