import Contracts
import Database
import Kit
import Synchronization

/// What accounts had available a moment ago, so that a busy caller's balance is read once a second and not once a
/// request. What this process projects is known at once; what another gateway projects, after `lifetime`. An account
/// without credit is always looked up, since a top-up must be seen at once.
///
/// Promises nothing about money: whether there is enough only the ledger decides, when it places the hold.
final class CreditGlance: Sendable {
    private struct Entry {
        var balance: Balance
        let readAt: ContinuousClock.Instant
    }
    private struct Balance: Row {
        let available: Money
        let version: Int64

        init(available: Money, version: Int64) {
            self.available = available
            self.version = version
        }
        init(_ columns: inout Columns) throws(DatabaseError) {
            available = try columns.next()
            version = try columns.next()
        }
    }

    private static let lifetime = Duration.seconds(1)
    private static let capacity = 20_000

    private let database: Database
    private let entries = Mutex<[ID: Entry]>([:])

    init(_ database: Database) { self.database = database }

    /// What the account has available, or had within the last second.
    func available(_ account: ID) async throws -> Money {
        let now = ContinuousClock.now
        if let known = entries.withLock({ $0[account] }), known.balance.available > .zero,
            known.readAt.duration(to: now) < Self.lifetime
        {
            return known.balance.available
        }
        let read = try await database.first(
            Balance.self, "SELECT available, version FROM balances WHERE account_id = \(account)")
        guard let read else { return .zero }
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries = [:] }
            // A projection that was committed while this was read knows better.
            if let known = entries[account], known.balance.version > read.version {
                entries[account] = Entry(balance: known.balance, readAt: now)
            } else {
                entries[account] = Entry(balance: read, readAt: now)
            }
        }
        return read.available
    }

    /// Takes up what was committed, for the accounts somebody has asked about.
    func note(_ balances: [AccountBalance]) {
        entries.withLock { entries in
            for balance in balances {
                guard let known = entries[balance.accountID], known.balance.version < balance.version else { continue }
                entries[balance.accountID]?.balance = Balance(
                    available: balance.available, version: Int64(balance.version))
            }
        }
    }
}
