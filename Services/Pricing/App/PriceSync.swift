import Bus
import Contracts
import Database
import JSON
import Kit
import PricingCore
import Prices
import Providers
import Runtime

/// Keeps what we know of one provider's prices like its own lists, country by country. A list that changed is stored,
/// noted in the history and told to others in one transaction.
///
/// Life: `turn` by a repeating job. Any number of processes may run it; a lease lets one of them ask.
/// Guarantees: every change between two lists that were read is in the history once, and in one message. What moved
/// there and back between two readings is not known to anybody.
struct PriceSync: Sendable {
    let database: Database
    let provider: any Provider
    let lease: Lease
    let relay: OutboxRelay
    /// The pause between two countries: guests are held to far fewer requests than customers.
    let spacing: Duration
    /// How old a country's list may become.
    let lifetime: Duration
    let alerts: AlertRules
    let log: Log
    let figures: SyncFigures

    private struct Known: Row {
        let country: String
        /// Nil for one that was never asked for.
        let age: Double?
        let isAsked: Bool
        init(_ columns: inout Columns) throws(DatabaseError) {
            country = try columns.next()
            age = try columns.next()
            isAsked = try columns.next()
        }
    }

    /// Countries most orders are for come first, so that a new installation can sell at once.
    private static let first = ["england", "usa", "russia", "germany", "india", "indonesia", "france", "brazil"]
    static let countries = first + Country.all.map(\.slug).filter { !first.contains($0) }

    /// Reads what is due; of all countries that takes minutes, so that it looks whether the service is to stop.
    func turn(_ isStopping: @Sendable () -> Bool) async throws {
        guard try await lease.hold(seconds: 60) else { return }
        // Looked up anew for each, so that what is asked for by hand need not wait for the rest of the world.
        while let country = try await due().first {
            guard !isStopping(), try await lease.hold(seconds: 60), !Task.isCancelled else { return }
            do {
                try await sync(country)
            } catch let error as ProviderError {
                figures.failures.add()
                log.warning(
                    "a price list could not be read",
                    [
                        "provider": .string(provider.name), "country": .string(country),
                        "outcome": .string(error.label),
                    ])
                // Of a provider that answers nobody, or not us, the other countries are not to be had either.
                if error.isRetriable || error.isOurs { return }
                try await pass(over: country)
            }
            try await Task.sleep(for: spacing)
        }
    }

    /// What was asked for by hand, then what is too old.
    private func due() async throws -> [String] {
        let rows = try await database.rows(
            Known.self,
            """
            SELECT country, extract(epoch FROM now() - checked_at)::float8,
                coalesce(asked_at > coalesce(checked_at, '-infinity'), false)
            FROM price_lists WHERE provider = \(provider.name)
            """)
        let known = Dictionary(rows.map { ($0.country, $0) }, uniquingKeysWith: { first, _ in first })
        figures.age.set(rows.compactMap(\.age).max() ?? 0)
        figures.lists.set(rows.count { $0.age != nil })
        let asked = Self.countries.filter { known[$0]?.isAsked ?? false }
        let old = Self.countries.filter { country in
            guard let row = known[country], let age = row.age else { return known[country]?.isAsked != true }
            return !row.isAsked && age > lifetime.inSeconds
        }
        return asked + old
    }

    private func sync(_ country: String) async throws {
        let begun = ContinuousClock.now
        let told = try await provider.prices(country: country)
        let new = PriceList(told.map(ProviderPrice.init(_:)))
        let name = provider.name
        let (posted, count) = try await database.transaction { transaction in
            let head = try await PriceStore.lock(name, country, in: transaction)
            let old = try await PriceStore.list(name, country, in: transaction)
            let change = PriceDiff.between(old, new)
            guard !change.isEmpty else {
                try await transaction.execute(PriceStore.checked(name, country, at: head.now))
                return (Outbox.Posted(), 0)
            }
            let version = head.version + 1
            let book = try await PriceStore.policies(in: transaction)
            let moves = PriceMoves.between(old, new, touching: change.services) { book.policy($0, in: country) }
            // That everything appeared when a provider was new is no alarm; it has no old prices, so it is none.
            let raised = alerts.alerts(moves, provider: name, country: country, at: head.now, id: { .new() })
            let messages = Publication.messages(
                provider: name, country: country, version: version, at: head.now, change: change, new: new)
            let facts = Publication.moves(
                provider: name, country: country, version: version, at: head.now, moves)
            var letters = messages.map(PriceStore.letter) + facts.map(PriceStore.letter)
            if !raised.isEmpty {
                var message = PriceAlerts()
                message.alerts = raised
                letters.append(PriceStore.letter(message))
            }
            try await transaction.pipeline(
                PriceStore.write(
                    change, alerts: raised, provider: name, country: country, version: version, at: head.now))
            return (try await Outbox.write(letters, in: transaction), change.history.count)
        }
        crashpoint("pricing.after_sync")
        relay.send(posted)
        figures.changes.add(count)
        figures.duration.observe(begun.duration(to: .now))
    }

    /// A country that the provider does not know is not asked for again at once.
    private func pass(over country: String) async throws {
        try await database.execute(
            """
            INSERT INTO price_lists (provider, country, checked_at) VALUES (\(provider.name), \(country), now())
            ON CONFLICT (provider, country) DO UPDATE SET checked_at = excluded.checked_at
            """)
    }
}

/// What one provider's sync shows of itself.
struct SyncFigures: Sendable {
    let age: Gauge
    let lists: Gauge
    let changes: Counter
    let failures: Counter
    let duration: Histogram

    init(_ metrics: Metrics, provider: String) {
        let label = [("provider", provider)]
        age = metrics.gauge(
            "pricing_list_age_seconds", "Time since the longest unasked price list was asked for", label)
        lists = metrics.gauge("pricing_lists", "Countries whose prices were asked for", label)
        changes = metrics.counter("pricing_changes_total", "Moves of prices, as in the history", label)
        failures = metrics.counter("pricing_sync_failures_total", "Price lists that could not be read", label)
        duration = metrics.histogram(
            "pricing_sync_seconds", "From asking for a country's list until it is stored", label)
    }
}

extension ProviderPrice {
    /// A line of a provider's list, in the words that services share.
    package init(_ offer: ProviderOffer) {
        self.init()
        service = offer.product
        `operator` = offer.operator
        cost = offer.cost
        voiceCost = offer.voiceCost.flatMap { $0 > .zero ? $0 : nil }
        count = max(0, offer.count)
        rate = offer.rates.best.map { $0 / 100 }
    }
}

extension ProviderError {
    /// Our account at the provider is in trouble; every country would answer the same.
    fileprivate var isOurs: Bool { if case .account = kind { true } else { false } }
}
