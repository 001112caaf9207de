import Bus
import Choosing
import Contracts
import Database
import JSON
import Kit
import Runtime

/// Writes down when the breaker before a provider moves, and tells the gateway.
///
/// Life: run and stopped by the process. What moves while the database is away waits, a few hundred at most: breakers move
/// a few times a minute at worst, and the latest matter.
final class BreakerLog: Service {
    let name = "breaker log"
    private let database: Database
    private let relay: OutboxRelay
    private let clock: TableClock
    private let log: Log
    private let moves: AsyncStream<ProviderFailover>
    private let add: AsyncStream<ProviderFailover>.Continuation

    init(_ database: Database, relay: OutboxRelay, clock: TableClock, log: Log) {
        self.database = database
        self.relay = relay
        self.clock = clock
        self.log = log
        (moves, add) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(500))
    }

    /// A breaker has moved; returns at once.
    func note(_ provider: String, _ before: String, _ after: String) {
        var move = ProviderFailover()
        move.id = .new()
        move.at = clock.now
        move.kind = Open(.breaker)
        move.provider = provider
        move.before = before
        move.after = after
        add.yield(move)
        log.warning(
            "the breaker before a provider moved",
            ["provider": .string(provider), "before": .string(before), "after": .string(after)])
    }

    func run() async throws {
        for await move in moves {
            do {
                relay.send(
                    try await database.persistently {
                        try await database.transaction { transaction in
                            try await transaction.pipeline([
                                Failovers.insert([move]),
                                """
                                INSERT INTO provider_health (provider, breaker) VALUES (\(move.provider), \(move.after))
                                ON CONFLICT (provider) DO UPDATE SET breaker = excluded.breaker
                                """,
                            ])
                            return try await Outbox.write([Failovers.message(move)], in: transaction)
                        }
                    })
            } catch {
                log.warning("a breaker's move was not written down", ["error": .string(String(describing: error))])
            }
        }
    }

    func stop() { add.finish() }
}
