import HTTPClient
import JSON
import Kit
import Runtime
import SandboxCore
import Synchronization

/// Tells customers of messages, as the upstreams of the SMS-Activate protocol do: a POST without a signature for each,
/// at most eight times within two hours of the simulated clock, until it is answered with 200.
///
/// Life: run and stopped by the process; owns its client. What is not delivered when it stops is forgotten, as it is
/// when the address is taken away.
final class WebhookSender: Service {
    let name = "webhooks"

    /// How long after the message each attempt is made.
    static let schedule: [Duration] = [0, 10, 60, 300, 900, 1_800, 3_600, 7_000].map { .seconds($0) }
    /// How often it is looked for what is due; only where an address is set.
    private static let pause = Duration.milliseconds(50)

    /// A notice that was not taken yet.
    private struct Notice: Sendable {
        let body: [UInt8]
        let since: Timestamp
        var attempts = 0
        var isUnderWay = false

        func isDue(at now: Timestamp) -> Bool { !isUnderWay && since + WebhookSender.schedule[attempts] <= now }
    }

    private struct State: Sendable {
        var notices: [Vendor: [Int: Notice]] = [:]
        var lastID = 0
    }

    private let upstreams: [(upstream: Upstream, dialect: HandlerDialect)]
    private let log: Log
    private let state = Mutex(State())
    private let isStopping = Atomic<Bool>(false)

    init(_ upstreams: [Upstream], log: Log) {
        self.upstreams = upstreams.compactMap { upstream in
            (upstream.dialect as? HandlerDialect).map { (upstream, $0) }
        }
        self.log = log
    }

    func run() async throws {
        let client = HTTPClient()
        defer { client.shutdown() }
        await withDiscardingTaskGroup { group in
            while !isStopping.load(ordering: .acquiring), !Task.isCancelled {
                for (upstream, dialect) in upstreams {
                    guard let url = dialect.settings.webhookURL else {
                        state.withLock { $0.notices[upstream.vendor] = nil }
                        continue
                    }
                    collect(upstream, dialect)
                    for (id, body) in due(upstream) {
                        group.addTask { [self] in
                            let isTaken = await Self.post(body, to: url, client)
                            ended(id, of: upstream.vendor, isTaken: isTaken)
                        }
                    }
                }
                // A cancelled sleep returns at once, and the condition above sees it.
                try? await Task.sleep(for: Self.pause)
            }
            group.cancelAll()
        }
    }

    func stop() { isStopping.store(true, ordering: .releasing) }

    /// Notes what has arrived.
    private func collect(_ upstream: Upstream, _ dialect: HandlerDialect) {
        let writer = HandlerWriter(dialect)
        let fresh = upstream.withWorld { world -> [Notice] in
            world.seller.advance(to: world.now)
            return world.seller.takeReceipts().compactMap { receipt in
                guard let order = world.seller.order(receipt.order), order.messages.indices.contains(receipt.message)
                else { return nil }
                return Notice(
                    body: writer.notice(order, order.messages[receipt.message], world.seller).bytes, since: receipt.at)
            }
        }
        guard !fresh.isEmpty else { return }
        state.withLock { state in
            for notice in fresh {
                state.lastID += 1
                state.notices[upstream.vendor, default: [:]][state.lastID] = notice
            }
        }
    }

    private func due(_ upstream: Upstream) -> [(Int, [UInt8])] {
        let now = upstream.withWorld { $0.now }
        return state.withLock { state in
            var due: [(Int, [UInt8])] = []
            for (id, notice) in state.notices[upstream.vendor] ?? [:] where notice.isDue(at: now) {
                state.notices[upstream.vendor]?[id]?.isUnderWay = true
                due.append((id, notice.body))
            }
            return due.sorted { $0.0 < $1.0 }
        }
    }

    private func ended(_ id: Int, of vendor: Vendor, isTaken: Bool) {
        state.withLock { state in
            guard var notice = state.notices[vendor]?[id] else { return }
            notice.attempts += 1
            notice.isUnderWay = false
            state.notices[vendor]?[id] = isTaken || notice.attempts == Self.schedule.count ? nil : notice
        }
    }

    private static func post(_ body: [UInt8], to url: String, _ client: HTTPClient) async -> Bool {
        let request = ClientRequest(
            .post, url, headers: [("Content-Type", "application/json")], body: body, deadline: .seconds(10))
        // Whatever kept it from being taken, it is sent again.
        guard let answer = try? await client.send(request) else { return false }
        return answer.status == 200
    }
}
