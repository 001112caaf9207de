import Database
import JSON
import Kit
import Runtime

/// Moves what transfers did to our own accounts into their counters; see the migration `batches` for why.
enum RollUp {
    static func service(_ database: Database, every interval: Duration, log: Log) -> Ticker {
        Ticker("roll-up") {
            do {
                try await database.execute(LedgerQueries.rollUp)
            } catch is CancellationError {
            } catch {
                log.warning(
                    "our counters could not take up what transfers did", ["error": .string(String(describing: error))])
            }
            return interval
        }
    }
}
