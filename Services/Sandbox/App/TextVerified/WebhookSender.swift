import HTTPClient
import JSON
import Kit
import Runtime
import Security
import Synchronization

/// Sends the notices of the simulated TextVerified when they are due by the simulated clock.
///
/// Life: runs from the start of the process to its end, and is idle as long as nobody wants notices. One notice is on
/// its way at a time; `stop` drops it, which counts as not delivered.
final class WebhookSender: Service {
    let name = "webhooks"
    private let upstream: Upstream
    private let client = HTTPClient(HTTPClient.Configuration(userAgent: "TextVerified-Webhooks/sandbox"))
    private let isStopped = Atomic<Bool>(false)

    /// How often the simulated clock is looked at, which may have been moved.
    private static let rest = Duration.milliseconds(100)

    /// How long a receiver may take.
    private static let patience = Duration.seconds(30)

    init(_ upstream: Upstream) { self.upstream = upstream }

    func run() async throws {
        while !isStopped.load(ordering: .acquiring), !Task.isCancelled {
            while let (target, delivery) = next() {
                let isTaken = await send(delivery, to: target)
                upstream.withWorld { $0.textVerified.hook.report(delivery.id, isTaken: isTaken, at: $0.now) }
            }
            // Ends early when the task is cancelled, and the loop then ends too.
            try? await Task.sleep(for: Self.rest)
        }
        client.shutdown()
    }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        client.shutdown()
    }

    private func next() -> (WebhookBook.Target, WebhookBook.Delivery)? {
        guard !isStopped.load(ordering: .acquiring) else { return nil }
        return upstream.withWorld { world in
            guard world.textVerified.hook.isOn else { return nil }
            let now = world.now
            world.textVerified.settle(&world.seller, at: now)
            return world.textVerified.hook.take(due: now)
        }
    }

    private func send(_ delivery: WebhookBook.Delivery, to target: WebhookBook.Target) async -> Bool {
        let body = delivery.body
        let signature = "HMAC-SHA512=" + Base64.text(HMAC.sha512(key: Secret(target.secret), body))
        do throws(HTTPClientError) {
            let response = try await client.send(
                ClientRequest(
                    .post, target.url,
                    headers: [("Content-Type", "application/json"), ("X-Webhook-Signature", signature)], body: body,
                    deadline: Self.patience))
            return response.status == 200
        } catch {
            return false
        }
    }
}
