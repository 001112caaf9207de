import HTTPClient
import Kit
import Runtime
import Synchronization

/// Sends the notices of one simulated upstream when they are due by its clock.
///
/// Life: from the start of the process to its end; without an address it looks ten times a second whether there is one.
/// One notice is on its way at a time, so that they come in order; `stop` drops it, which counts as not taken.
final class NoticeSender: Service {
    let name: String
    private let upstream: Upstream
    /// Made for the first notice; most sandboxes never send one.
    private let client = Mutex<HTTPClient?>(nil)
    private let isStopped = Atomic<Bool>(false)

    /// How often the simulated clock is looked at, which may have been moved.
    private static let rest = Duration.milliseconds(100)

    init(_ upstream: Upstream) {
        self.upstream = upstream
        name = "notices of \(upstream.vendor.rawValue)"
    }

    func run() async throws {
        while !isStopped.load(ordering: .acquiring), !Task.isCancelled {
            while let (target, notice) = next() {
                let isTaken = await send(notice, to: target)
                upstream.withWorld { $0.notices.report(notice.id, isTaken: isTaken) }
            }
            // Ends early when the task is cancelled, and the loop then ends too.
            try? await Task.sleep(for: Self.rest)
        }
        shutDown()
    }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        shutDown()
    }

    private func shutDown() { client.withLock { $0 }?.shutdown() }

    private func next() -> (NoticeBook.Target, NoticeBook.Notice)? {
        guard !isStopped.load(ordering: .acquiring) else { return nil }
        return upstream.withWorld { world in
            guard world.notices.isOn else { return nil }
            let now = world.now
            upstream.dialect.settle(&world, at: now)
            return world.notices.take(due: now)
        }
    }

    private func send(_ notice: NoticeBook.Notice, to target: NoticeBook.Target) async -> Bool {
        let body = notice.body(notice.attempt)
        let policy = upstream.dialect.notices
        let request = ClientRequest(
            .post, target.url, headers: [("Content-Type", "application/json")] + policy.headers(target, body),
            body: body, deadline: policy.patience)
        // Whatever kept it from being taken, it is sent again.
        let client = client.withLock { client in
            let known = client ?? HTTPClient()
            client = known
            return known
        }
        guard let answer = try? await client.send(request) else { return false }
        return answer.status == 200
    }
}
