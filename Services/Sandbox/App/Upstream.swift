import HTTPServer
import JSON
import Kit
import SandboxCore
import Synchronization

/// The simulated upstreams as one process holds them: the engine, the faults, the limits, the journal and a clock that
/// can be moved forward, all behind one lock that is held for microseconds.
package final class Upstream: Sendable {
    struct World: Sendable {
        var engine: FiveSimEngine
        var faults: FaultPlan
        var gate = RateGate()
        var journal: RequestJournal
        /// How far the simulated clock is ahead of the real one.
        var ahead = Duration.zero

        init(_ configuration: SandboxConfiguration) {
            engine = FiveSimEngine(seed: configuration.seed, now: .now)
            engine.settings = configuration.settings
            engine.arrivals.usual = configuration.arrival
            engine.market.moves = configuration.marketMoves
            engine.market.depletes = configuration.stockDepletes
            engine.deposit(token: configuration.apiKey, configuration.balance, at: engine.now)
            faults = FaultPlan(seed: configuration.seed)
            journal = RequestJournal(length: configuration.journalLength)
        }

        var now: Timestamp { .now + ahead }
    }

    private let world: Mutex<World>
    private let configuration: SandboxConfiguration

    package init(_ configuration: SandboxConfiguration) {
        self.configuration = configuration
        world = Mutex(World(configuration))
    }

    func withWorld<Value: Sendable, Failure: Error>(
        _ body: (inout World) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try world.withLock { world throws(Failure) in try body(&world) }
    }

    /// Begins anew, as if the process had been restarted.
    func reset() { world.withLock { $0 = World(configuration) } }
}
