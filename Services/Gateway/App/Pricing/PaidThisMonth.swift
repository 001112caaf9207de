import Database
import Kit

/// How many verifications an account has paid for this month, in UTC.
enum PaidThisMonth {
    static func count(_ account: ID, in database: Database) async throws -> Int {
        try await database.value(
            Int.self,
            """
            SELECT count(*) FROM movements WHERE account_id = \(account) AND kind = 'capture'
                AND at >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
            """) ?? 0
    }
}
