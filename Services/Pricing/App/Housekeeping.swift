import Bus
import Database
import Runtime

/// Forgets what is past its time: messages after two weeks, alerts that were read and recommendations after ninety
/// days. The history of prices is kept.
enum Housekeeping {
    static func job(_ database: Database, log: Log) -> RepeatingJob {
        RepeatingJob("housekeeping", every: .seconds(3600), log: log) { _ in
            _ = try await Inbox.forgetOld(database)
            _ = try await database.batch([
                "DELETE FROM price_alerts WHERE is_read AND at < now() - interval '90 days'",
                "DELETE FROM cost_optimization_logs WHERE at < now() - interval '90 days'",
            ])
        }
    }
}
