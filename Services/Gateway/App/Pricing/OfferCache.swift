import Bus
import Contracts
import Database
import JSON
import Kit
import Redis
import Runtime
import Synchronization

/// What can be bought, a country at a time: out of this process; where it is not here, out of Redis, if there is one;
/// and out of the read model at last.
///
/// An entry stays until something changes. Whoever projects a change lets both levels go and tells the other gateways;
/// `check`, which runs beside the requests, finds what nobody told of. So a request for a country that is asked for
/// again and again reads nothing, and is never older than `OfferWatch` lets it become.
///
/// Guarantees: what was read before a change is not kept after it. Redis holds each country under the time of its last
/// change, and takes nothing that is older than what it has; so neither can a slow reader put an old list there.
final class OfferCache: Sendable {
    typealias Offer = ServiceOffer

    /// A country as it stood when it last changed.
    final class Country: Sendable {
        let offers: [String: Offer]
        /// Zero for one that has never been told of.
        let changedAt: Timestamp

        init(offers: [String: Offer], changedAt: Timestamp) {
            self.offers = offers
            self.changedAt = changedAt
        }
    }

    private struct OfferRow: Row {
        let changedAt: Timestamp
        let offer: Offer?

        init(_ columns: inout Columns) throws(DatabaseError) {
            changedAt = try columns.next()
            // A country in which nothing is sold has one row, of nothing but its time.
            let service: String? = try columns.next()
            let tier: String? = try columns.next()
            let price: Money? = try columns.next()
            let voicePremium: Money? = try columns.next()
            let count: Int? = try columns.next()
            let successRate: Double? = try columns.next()
            let operators: JSON? = try columns.next()
            let floor: Money? = try columns.next()
            let providers: JSON? = try columns.next()
            guard let service, let tier, let price, let voicePremium, let count else {
                offer = nil
                return
            }
            var offer = Offer()
            offer.service = service
            offer.tier = tier
            offer.price = price
            offer.voicePremium = voicePremium
            offer.count = count
            offer.successRate = successRate
            offer.floor = floor
            do {
                offer.operators = try (operators?.arrayValue ?? []).map { try OperatorOffer($0) }
                offer.providers = try providers?.arrayValue?.map { try ProviderShare($0) }
            } catch {
                throw DatabaseError(.decoding, "an offer's operators or providers: \(error)")
            }
            self.offer = offer
        }
    }

    private struct Change: Row {
        let country: String
        let at: Timestamp
        init(_ columns: inout Columns) throws(DatabaseError) {
            country = try columns.next()
            at = try columns.next()
        }
    }

    private struct ServiceRow: Row {
        let body: ServiceBody
        init(_ columns: inout Columns) throws(DatabaseError) {
            var body = ServiceBody()
            body.service = try columns.next()
            body.tier = try columns.next()
            body.countries = try columns.next()
            body.fromPrice = try columns.next()
            self.body = body
        }
    }

    private struct Entry {
        let country: Country
        var usedAt: UInt64
    }
    private struct State {
        var entries: [String: Entry] = [:]
        /// How often a country was let go: what was asked for before that is not kept after it.
        var generations: [String: Int] = [:]
        var services: [ServiceBody]?
        var servicesGeneration = 0
        var uses: UInt64 = 0
    }

    /// A country is a few hundred kilobytes; the busiest stay.
    private static let limit = 48
    /// What nobody asks for goes by itself.
    private static let redisLifetime = Duration.seconds(3600)

    private let database: Database
    private let redis: Redis?
    private let state = Mutex(State())
    private let fromProcess: Counter
    private let fromRedis: Counter
    private let fromDatabase: Counter

    init(_ database: Database, redis: Redis? = nil, metrics: Metrics) {
        self.database = database
        self.redis = redis
        func counter(_ level: String) -> Counter {
            metrics.counter(
                "gateway_price_reads_total", "Looks at what is sold, by where it was found", [("level", level)])
        }
        fromProcess = counter("process")
        fromRedis = counter("redis")
        fromDatabase = counter("database")
    }

    // MARK: - Reading

    /// Every service on offer in a country.
    func offers(in slug: String) async throws -> [String: Offer] { try await country(slug).offers }

    /// A country with the time of its last change.
    func country(_ slug: String) async throws -> Country {
        let (known, generation) = state.withLock { state in
            state.uses += 1
            state.entries[slug]?.usedAt = state.uses
            return (state.entries[slug]?.country, state.generations[slug] ?? 0)
        }
        if let known {
            fromProcess.add()
            return known
        }
        if let redis, let found = await read(slug, from: redis) {
            fromRedis.add()
            keep(found, slug, generation)
            return found
        }
        fromDatabase.add()
        let rows = try await database.rows(
            OfferRow.self,
            """
            SELECT c.changed_at, o.service, o.tier, o.price, o.voice_premium, o.count, o.success_rate, o.operators,
                o.floor, o.providers
            FROM offer_countries c LEFT JOIN offers o USING (country) WHERE c.country = \(slug)
            """)
        let read = Country(
            offers: Dictionary(
                rows.compactMap(\.offer).map { ($0.service, $0) }, uniquingKeysWith: { first, _ in first }),
            changedAt: rows.first?.changedAt ?? Timestamp(microseconds: 0))
        keep(read, slug, generation)
        if let redis { await write(read, slug, to: redis) }
        return read
    }

    private func keep(_ country: Country, _ slug: String, _ generation: Int) {
        state.withLock { state in
            guard state.generations[slug] ?? 0 == generation else { return }
            state.uses += 1
            state.entries[slug] = Entry(country: country, usedAt: state.uses)
            if state.entries.count > Self.limit,
                let oldest = state.entries.min(by: { $0.value.usedAt < $1.value.usedAt })
            {
                state.entries[oldest.key] = nil
            }
        }
    }

    /// Every service that is sold anywhere.
    func services() async throws -> [ServiceBody] {
        let (known, generation) = state.withLock { ($0.services, $0.servicesGeneration) }
        if let known {
            fromProcess.add()
            return known
        }
        fromDatabase.add()
        let rows = try await database.rows(
            ServiceRow.self,
            """
            SELECT service, min(tier), count(*), min(price) FROM offers WHERE count > 0 GROUP BY service ORDER BY service
            """
        ).map(\.body)
        state.withLock { if $0.servicesGeneration == generation { $0.services = rows } }
        return rows
    }

    // MARK: - Changes

    /// Lets go what changed, in this process; what another gateway has projected is in Redis no more.
    func forget(_ changed: [String]) {
        state.withLock { state in
            for country in changed {
                state.entries[country] = nil
                state.generations[country, default: 0] += 1
            }
            state.services = nil
            state.servicesGeneration += 1
        }
    }

    /// Lets go what changed, here and in Redis: of each country with the time of its change.
    func invalidate(_ changed: [String: Timestamp]) async {
        guard !changed.isEmpty else { return }
        forget(Array(changed.keys))
        guard let redis else { return }
        for (country, at) in changed { await put("", country, at, into: redis) }
        // Who found it in Redis meanwhile.
        forget(Array(changed.keys))
    }

    /// Compares what is held with what there is.
    func check() async throws {
        let held = state.withLock { $0.entries.mapValues(\.country.changedAt) }
        guard !held.isEmpty else { return }
        let rows = try await database.rows(
            Change.self,
            "SELECT country, changed_at FROM offer_countries WHERE country = ANY(\(held.keys.sorted()))")
        await invalidate(
            Dictionary(rows.filter { held[$0.country] != $0.at }.map { ($0.country, $0.at) }) { first, _ in first })
    }

    /// Asks Pricing for everything on offer when there is nothing: a new gateway need not wait for prices to move. What
    /// was told before it was said who sells it counts as nothing.
    func requestIfEmpty() async throws {
        let isThere = try await database.value(
            Bool.self, "SELECT EXISTS (SELECT FROM offers WHERE providers IS NOT NULL)")
        guard isThere != true else { return }
        var request = OffersRequest()
        request.requestedAt = .now
        let message = OutgoingMessage(
            exchange: OffersRequest.channel.rawValue, routingKey: OffersRequest.type, type: OffersRequest.type,
            body: request.json)
        try await database.transaction { try await Outbox.write([message], in: $0) }
    }

    // MARK: - Redis

    private static func key(_ country: String) -> String { "namaskah:offers:\(country)" }

    /// Nil when Redis has none, or is away: then the table is asked.
    private func read(_ slug: String, from redis: Redis) async -> Country? {
        guard redis.isThere, let text = try? await redis.send("HGET", Self.key(slug), "offers").text, !text.isEmpty,
            let told = try? OffersChanged(json: text.utf8)
        else { return nil }
        return Country(
            offers: Dictionary(told.services.map { ($0.service, $0) }, uniquingKeysWith: { first, _ in first }),
            changedAt: told.fetchedAt)
    }

    private func write(_ read: Country, _ slug: String, to redis: Redis) async {
        var told = OffersChanged()
        told.country = slug
        told.fetchedAt = read.changedAt
        told.services = read.offers.values.sorted { $0.service < $1.service }
        await put(String(decoding: told.json, as: UTF8.self), slug, read.changedAt, into: redis)
    }

    /// Nothing replaces what is newer; of the same time, a list replaces the note that there is a newer one.
    private func put(_ text: String, _ slug: String, _ at: Timestamp, into redis: Redis) async {
        // While Redis is away there is nothing to be let go; what it still has when it is back, `check` finds out of date.
        _ = try? await redis.evaluate(
            """
            local known = tonumber(redis.call('HGET', KEYS[1], 'at') or '-1')
            local at = tonumber(ARGV[1])
            if known > at or (known == at and ARGV[2] == '') then return 0 end
            redis.call('HSET', KEYS[1], 'at', ARGV[1], 'offers', ARGV[2])
            redis.call('PEXPIRE', KEYS[1], ARGV[3])
            return 1
            """, keys: [Self.key(slug)],
            arguments: [String(at.microseconds), text, String(Self.redisLifetime.milliseconds)])
    }
}
