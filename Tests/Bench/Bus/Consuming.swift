import Bus
import Database
import Kit
import Runtime
import Synchronization
import TestSupport

/// A consumer with an effect in the database: the inbox and one row for each message, a transaction for each batch.
/// `deploy/local/bench` lets pgbench send the same statements.
struct Consuming: Sendable {
    static let table: StaticString = """
        CREATE TABLE effects (id uuid PRIMARY KEY, kind text NOT NULL, body bytea NOT NULL,
            at timestamptz NOT NULL DEFAULT now())
        """
    /// As our services have it.
    static let batch = 100
    static let concurrency = 2
    private static let count = 40_000

    private let rig: Rig

    init(_ rig: Rig) { self.rig = rig }

    /// Messages in packs, as what the suite sends comes under load, or one by one.
    func perSecond(inPacks: Bool) async throws -> Double {
        let rig = rig
        let publisher = rig.publisher()
        let taken = Atomic<Int>(0)
        let consumer = rig.consumer(
            publisher, .init(prefetch: 400, batchLimit: Self.batch, concurrency: Self.concurrency)
        ) { deliveries in
            try await rig.database.transaction { transaction in
                let ids = deliveries.compactMap(\.id)
                let fresh = try await Inbox.claim("bench", ids, in: transaction)
                let new = deliveries.filter { $0.id.map { fresh.contains($0) } ?? false }
                try await transaction.commit(after: [
                    """
                    INSERT INTO effects (id, kind, body) SELECT * FROM unnest(\(new.compactMap(\.id)),
                        \(new.map(\.type)), \(new.map(\.body)))
                    """
                ])
            }
            taken.wrappingAdd(deliveries.count, ordering: .relaxed)
            return deliveries.map { _ in .done }
        }
        return try await running([publisher]) {
            try await rig.fill(Self.count, by: publisher, inPacks: inPacks)
            return try await running([consumer]) {
                // The first batches find connection and statements unprepared.
                _ = await eventually { taken.load(ordering: .relaxed) >= Self.count / 10 }
                let (started, first) = (ContinuousClock.now, taken.load(ordering: .relaxed))
                guard await eventually(within: .seconds(60), { taken.load(ordering: .relaxed) >= Self.count }) else {
                    throw BenchError(message: "\(taken.load(ordering: .relaxed)) of \(Self.count) were consumed")
                }
                return Double(Self.count - first) / started.duration(to: .now).inSeconds
            }
        }
    }
}
