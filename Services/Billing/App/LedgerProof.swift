import Database
import JSON
import Kit
import Runtime

/// Proves the ledger from time to time, and says how many holds are open and for how long.
///
/// The proof reads every transfer. So that it never takes more than a twentieth of a processor, it waits at least twenty
/// times as long as it took. What does not hold is logged as an error at each run and stands in `billing_ledger_drift`.
package struct LedgerProof: Sendable {
    private let database: Database
    private let log: Log
    private let drift: Gauge
    private let seconds: Gauge
    private let openHolds: [Gauge]
    private let oldest: Gauge

    package init(database: Database, log: Log, metrics: Metrics) {
        self.database = database
        self.log = log
        drift = metrics.gauge("billing_ledger_drift", "Checks of the ledger that do not hold")
        seconds = metrics.gauge("billing_proof_seconds", "How long the last proof took")
        openHolds = ["0-5m", "5-30m", "30m-2h", "2h-"].map {
            metrics.gauge("billing_open_holds", "Holds that nothing has resolved, by age", [("age", $0)])
        }
        oldest = metrics.gauge("billing_open_hold_oldest_seconds", "Age of the oldest open hold")
    }

    /// Runs the proof once; gives what does not hold.
    @discardableResult
    package func run() async throws -> [String] {
        let clock = ContinuousClock()
        let started = clock.now
        let lines = try await database.longTransaction { transaction in
            try await transaction.rows(ProofLine.self, LedgerQueries.prove)
        }
        let faults = lines.filter { !$0.holds }
        for fault in faults {
            log.error(
                "the ledger does not hold",
                ["ledger.check": .string(fault.check), "ledger.detail": .string(fault.detail)])
        }
        drift.set(faults.count)
        seconds.set((clock.now - started).inSeconds)
        if let open = try await database.first(OpenHolds.self, LedgerQueries.openHoldsByAge) {
            let counts = [open.underFiveMinutes, open.underHalfAnHour, open.underTwoHours, open.older]
            for (gauge, count) in zip(openHolds, counts) { gauge.set(count) }
            oldest.set(open.oldestSeconds)
        }
        return faults.map { "\($0.check): \($0.detail)" }
    }

    /// The proof, every so often, for as long as the process runs.
    func service(every interval: Duration) -> Ticker {
        Ticker("ledger proof") { [self] in
            let clock = ContinuousClock()
            let started = clock.now
            do {
                try await run()
            } catch is CancellationError {
                return interval
            } catch {
                log.warning("the ledger could not be proved", ["error": .string(String(describing: error))])
            }
            return max(interval, (clock.now - started) * 20)
        }
    }
}
