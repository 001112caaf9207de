import Choosing
import Database
import Demand
import JSON
import Kit
import Providers
import Runtime
import Synchronization
import VerificationCore

/// How offers did lately and how their providers stand, as one worker knows it: what it saw itself at once, what the
/// others saw within a second or two.
///
/// Life: made at the start of the process; `share` is run every second. Holds a few hundred bytes for every offer that was
/// ordered in the last days. Guarantees: never waited for in a transaction. Non-guarantees: what was seen in the second
/// before a crash is forgotten; figures, not money.
final class HealthBoard: Sendable {
    private struct Key: Hashable {
        let goods: Goods
        let name: OfferName
    }

    private struct State {
        var own: [Key: HealthWindow] = [:]
        var others: [Key: [ID: HealthWindow]] = [:]
        /// Of our own, what the others have not been told.
        var untold: Set<Key> = []
        /// The offer that leads for these goods.
        var last: [Goods: OfferName] = [:]
        var standings: [String: ProviderStanding] = [:]
        var accounts: [String: Account] = [:]
        /// Up to when the others' were read; nil before the first time.
        var readTo: Timestamp?
    }

    /// Our account at a provider, as it was last seen.
    struct Account: Sendable {
        let balance: Money?
        let rating: Double?
    }

    private let database: Database
    private let worker: ID
    private let market: Market
    private let clock: TableClock
    private let state = Mutex(State())

    /// What was written so long ago says nothing any more.
    private static let horizon = Duration.seconds(2 * 24 * 3600)

    init(_ database: Database, worker: ID, market: Market, clock: TableClock) {
        self.database = database
        self.worker = worker
        self.market = market
        self.clock = clock
    }

    /// Notes what committed changes say of offers.
    func react(to applied: [Applied]) {
        let notes = applied.flatMap(\.healthNotes)
        let leaders = applied.flatMap(\.leaders)
        guard !notes.isEmpty || !leaders.isEmpty else { return }
        state.withLock { state in
            for (goods, name) in leaders { state.last[goods] = name }
            for note in notes {
                // Once for the operator, and once for all of its provider's.
                for name in [note.name, .all(of: note.name.provider)] {
                    let key = Key(goods: note.goods, name: name)
                    state.own[key, default: HealthWindow(at: note.at)].note(note.outcome, at: note.at)
                    state.untold.insert(key)
                }
            }
        }
    }

    /// The offers of some goods with what is known of each.
    func routed(_ offers: [Offer], of goods: Goods) -> [RoutedOffer] {
        var away: [String: Bool] = [:]
        for provider in Set(offers.map(\.provider)) { away[provider] = market[provider]?.isAway ?? true }
        return state.withLock { state in
            func window(_ name: OfferName) -> HealthWindow? { Self.window(Key(goods: goods, name: name), state) }
            var families: [String: HealthWindow] = [:]
            for provider in away.keys { families[provider] = window(.all(of: provider)) }
            return offers.map { offer in
                var standing = state.standings[offer.provider] ?? ProviderStanding()
                standing.isAway = away[offer.provider] ?? true
                return RoutedOffer(
                    offer, window: window(OfferName(offer)), family: families[offer.provider], provider: standing)
            }
        }
    }

    /// All that was seen of a provider's offers.
    func sum(of provider: String) -> HealthWindow? {
        state.withLock { state in
            let all = OfferName.all(of: provider)
            let own = state.own.filter { $0.key.name == all }.values
            let others = state.others.filter { $0.key.name == all }.values.flatMap(\.values)
            return (Array(own) + others).reduce(nil) { sum, window in sum.map { $0 + window } ?? window }
        }
    }

    /// Nil until it was looked at.
    func account(at provider: String) -> Account? { state.withLock { $0.accounts[provider] } }

    func last(_ goods: Goods) -> OfferName? { state.withLock { $0.last[goods] } }

    private static func window(_ key: Key, _ state: State) -> HealthWindow? {
        var sum = state.own[key]
        for window in state.others[key]?.values ?? [:].values { sum = sum.map { $0 + window } ?? window }
        return sum
    }

    // MARK: - Among workers

    private struct Figures: Row {
        let worker: ID
        let goods: Goods
        let name: OfferName
        let window: HealthWindow?
        let writtenAt: Timestamp

        init(_ columns: inout Columns) throws(DatabaseError) {
            worker = try columns.next()
            name = OfferName(provider: try columns.next(), operator: try columns.next())
            goods = Goods(country: try columns.next(), service: try columns.next())
            window = HealthWindow(try columns.next(JSON.self))
            writtenAt = try columns.next()
        }
    }

    private struct Health: Row {
        let provider: String
        let isEnabled: Bool
        let isPinned: Bool
        let weight: Double
        let rating: Double?
        let balance: Money?
        let openOrders: Int

        init(_ columns: inout Columns) throws(DatabaseError) {
            provider = try columns.next()
            isEnabled = try columns.next()
            isPinned = try columns.next()
            weight = try columns.next()
            rating = try columns.next()
            balance = try columns.next()
            openOrders = try columns.next()
        }
    }

    /// Tells the others what is new, and reads what they have seen.
    func share() async throws {
        try await tell()
        try await read()
        try await readStandings()
    }

    private func tell() async throws {
        let told = state.withLock { state -> [(Key, HealthWindow)] in
            defer { state.untold = [] }
            return state.untold.compactMap { key in state.own[key].map { (key, $0) } }
        }
        guard !told.isEmpty else { return }
        do {
            try await database.execute(
                """
                INSERT INTO provider_stats (worker, provider, operator, country, service, figures)
                SELECT \(worker), * FROM unnest(\(told.map(\.0.name.provider)), \(told.map(\.0.name.operator)),
                    \(told.map(\.0.goods.country)), \(told.map(\.0.goods.service)), \(told.map(\.1.json)))
                ON CONFLICT (provider, country, service, operator, worker) DO UPDATE SET
                    figures = excluded.figures, written_at = now()
                """)
        } catch {
            state.withLock { $0.untold.formUnion(told.map(\.0)) }
            throw error
        }
    }

    private func read() async throws {
        // Rows written a moment before what was read last may have been committed after it.
        let from = state.withLock { $0.readTo.map { $0 - .seconds(5) } } ?? clock.now - Self.horizon
        let rows = try await database.rows(
            Figures.self,
            """
            SELECT worker, provider, operator, country, service, figures, written_at FROM provider_stats
            WHERE written_at >= \(from) AND worker <> \(worker)
            """)
        let horizon = clock.now - Self.horizon
        state.withLock { state in
            for row in rows {
                state.others[Key(goods: row.goods, name: row.name), default: [:]][row.worker] = row.window
            }
            state.readTo = max(rows.map(\.writtenAt).max() ?? from, state.readTo ?? from)
            // What has faded is let go, so that memory does not grow with everything that was ever ordered.
            state.own = state.own.filter { $0.value.at > horizon }
            state.others = state.others.compactMapValues { windows in
                let fresh = windows.filter { $0.value.at > horizon }
                return fresh.isEmpty ? nil : fresh
            }
        }
    }

    private func readStandings() async throws {
        let rows = try await database.rows(
            Health.self,
            """
            SELECT h.provider, h.is_enabled, h.is_pinned, h.weight, h.rating, h.balance, coalesce(o.count, 0)::bigint
            FROM provider_health h LEFT JOIN (\(Self.openOrders(at: market.counted))) AS o USING (provider)
            """)
        let isPinned = rows.contains { $0.isPinned && $0.isEnabled }
        let standings = rows.map { row in
            var standing = ProviderStanding()
            standing.isEnabled = row.isEnabled
            standing.weight = row.weight
            standing.isSpared =
                (isPinned && !row.isPinned) || row.openOrders >= market.care(at: row.provider).openOrders ?? .max
                || (row.rating.map { rating in market.sparing(row.provider).map { rating < $0 } ?? false } ?? false)
            return (row.provider, standing)
        }
        let accounts = rows.map { ($0.provider, Account(balance: $0.balance, rating: $0.rating)) }
        state.withLock {
            $0.standings = Dictionary(standings, uniquingKeysWith: { first, _ in first })
            $0.accounts = Dictionary(accounts, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Numbers that are had at providers, or just being bought there.
    private static func openOrders(at providers: [String]) -> SQL {
        """
        SELECT provider, count(*) FROM (
            SELECT provider FROM orders
            WHERE state IN ('waiting', 'cancelling', 'received') AND provider = ANY(\(providers))
            UNION ALL SELECT provider FROM intents
            WHERE state IN ('calling', 'ambiguous') AND provider = ANY(\(providers))
            UNION ALL SELECT provider FROM stock WHERE provider = ANY(\(providers))
        ) AS open WHERE cardinality(\(providers)) > 0 GROUP BY provider
        """
    }

    /// Forgets what has faded.
    func forgetOld() async throws {
        let horizon = clock.now - Self.horizon
        try await database.execute("DELETE FROM provider_stats WHERE written_at < \(horizon)")
        try await database.execute("DELETE FROM failover_logs WHERE at < \(clock.now - .seconds(30 * 24 * 3600))")
    }
}
