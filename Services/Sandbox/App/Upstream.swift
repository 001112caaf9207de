import HTTPServer
import JSON
import Kit
import SandboxCore
import Synchronization

/// A simulated upstream as one process holds it: the seller, the faults, the limits, the journal and a clock that can be
/// moved forward, all behind one lock that is held for microseconds.
package final class Upstream: Sendable {
    struct World: Sendable {
        var seller: Seller
        var faults: FaultPlan
        var gate = RateGate()
        var journal: RequestJournal
        /// How far the simulated clock is ahead of the real one.
        var ahead = Duration.zero
        /// What TextVerified has to remember beside; empty for others.
        var textVerified = TextVerifiedBook()
        /// What is told of its own accord.
        var notices: NoticeBook

        init(_ vendor: Vendor, _ dialect: any Dialect, _ configuration: SandboxConfiguration) {
            notices = NoticeBook(dialect.notices)
            let seed = vendor.seed(configuration.seed)
            seller = Seller(seed: seed, now: .now)
            seller.settings = configuration.settings
            vendor.apply(to: &seller.settings)
            seller.arrivals.usual = configuration.arrival
            seller.market.moves = configuration.marketMoves
            seller.market.depletes = configuration.stockDepletes
            seller.deposit(token: configuration.key(of: vendor), configuration.balance, at: seller.now)
            faults = FaultPlan(seed: seed)
            journal = RequestJournal(length: configuration.journalLength)
        }

        var now: Timestamp { .now + ahead }
    }

    package let vendor: Vendor
    let dialect: any Dialect
    private let world: Mutex<World>
    let configuration: SandboxConfiguration

    package init(_ vendor: Vendor, _ configuration: SandboxConfiguration) {
        self.vendor = vendor
        self.configuration = configuration
        let dialect = vendor.dialect
        self.dialect = dialect
        world = Mutex(World(vendor, dialect, configuration))
    }

    func withWorld<Value: Sendable, Failure: Error>(
        _ body: (inout World) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try world.withLock { world throws(Failure) in try body(&world) }
    }

    /// Begins anew, as if the process had been restarted.
    func reset() {
        dialect.reset()
        world.withLock { $0 = World(vendor, dialect, configuration) }
    }
}
