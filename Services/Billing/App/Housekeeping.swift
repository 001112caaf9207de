import Bus
import Database
import JSON
import Kit
import Runtime

/// What is done from time to time beside the commands. Each may run in any number of instances at once.
enum Housekeeping {
    /// Moves what transfers did to our own accounts into their counters; the migration `batches` says why.
    static func rollUp(_ database: Database, every interval: Duration, log: Log) -> Ticker {
        Ticker("roll-up") {
            do {
                try await database.execute(LedgerQueries.rollUp)
            } catch is CancellationError {
                return interval
            } catch {
                log.warning(
                    "our counters could not take up what transfers did", ["error": .string(String(describing: error))])
            }
            return interval
        }
    }

    /// Forgets messages that are too old to come again.
    static func forgetOld(_ database: Database, log: Log) -> Ticker {
        let interval = Duration.seconds(3 * 3600)
        return Ticker("inbox") {
            do {
                _ = try await Inbox.forgetOld(database)
            } catch is CancellationError {
                return interval
            } catch {
                log.warning("old messages could not be forgotten", ["error": .string(String(describing: error))])
                return .seconds(60)
            }
            return interval
        }
    }
}
