import Bus
import Contracts
import Database
import JSON
import Kit
import VerificationCore

/// Keeps what providers take, and what customers pay, as Pricing tells it. What was missed is asked for.
struct PriceKeeper: Sendable {
    let database: Database
    let relay: OutboxRelay

    private struct Version: Row {
        let provider: String
        let country: String
        let version: Int
        init(_ columns: inout Columns) throws(DatabaseError) {
            provider = try columns.next()
            country = try columns.next()
            version = try columns.next()
        }
    }

    private struct List: Hashable, Comparable {
        let provider: String
        let country: String

        static func < (one: List, other: List) -> Bool {
            (one.provider, one.country) < (other.provider, other.country)
        }
    }

    /// Stores what has come. Said twice it changes nothing, and what is older than what is known is passed over.
    func take(_ messages: [ProviderPrices]) async throws {
        guard !messages.isEmpty else { return }
        let lists = Dictionary(grouping: messages) { List(provider: $0.provider, country: $0.country) }
        let posted = try await database.transaction { transaction in
            var lost: [List] = []
            // In one order, so that two workers never wait for each other in a circle.
            for list in lists.keys.sorted() {
                var known = try await Self.lock(list, in: transaction)
                for message in (lists[list] ?? []).sorted(by: Self.isEarlier) {
                    switch Self.verdict(on: message, known: known) {
                    case .old: break
                    case .missed: if lost.last != list { lost.append(list) }
                    case .fits:
                        try await transaction.pipeline(Self.statements(message))
                        // Of a whole list that comes in parts, the last says that all have come.
                        if message.through == nil { known = message.version }
                    }
                }
                try await transaction.execute(
                    """
                    UPDATE price_versions SET version = \(known), heard_at = now()
                    WHERE provider = \(list.provider) AND country = \(list.country)
                    """)
            }
            return try await Outbox.write(lost.map(Self.request), in: transaction)
        }
        relay.send(posted)
    }

    /// Asks for everything when there is nothing: because the service is new, or its tables were lost.
    func requestIfEmpty() async throws {
        let count = try await database.value(Int64.self, "SELECT count(*) FROM (SELECT FROM price_versions LIMIT 1) AS v")
        guard count == 0 else { return }
        relay.send(
            try await database.transaction { try await Outbox.write([Self.request(ProviderPricesRequest())], in: $0) })
    }

    // MARK: -

    private enum Verdict {
        case fits, old, missed
    }

    private static func verdict(on message: ProviderPrices, known: Int) -> Verdict {
        guard message.version > known else { return .old }
        guard let base = message.base else { return .fits }
        return base == known ? .fits : .missed
    }

    private static func isEarlier(_ one: ProviderPrices, _ other: ProviderPrices) -> Bool {
        (one.version, one.after ?? "") < (other.version, other.after ?? "")
    }

    private static func lock(_ list: List, in transaction: Transaction) async throws -> Int {
        let rows = try await transaction.rows(
            Version.self,
            """
            INSERT INTO price_versions (provider, country, version) VALUES (\(list.provider), \(list.country), 0)
            ON CONFLICT (provider, country) DO UPDATE SET version = price_versions.version
            RETURNING provider, country, version::bigint
            """)
        return rows.first?.version ?? 0
    }

    private static func request(_ list: List) -> OutgoingMessage {
        var request = ProviderPricesRequest()
        request.provider = list.provider
        request.country = list.country
        return Self.request(request)
    }

    private static func request(_ request: ProviderPricesRequest) -> OutgoingMessage {
        OutgoingMessage(
            exchange: ProviderPricesRequest.channel.rawValue, routingKey: ProviderPricesRequest.type,
            type: ProviderPricesRequest.type, body: request.json)
    }

    private static func statements(_ message: ProviderPrices) -> [SQL] {
        let offers = message.offers
        let named: SQL = """
            unnest(\(offers.map(\.service)), \(offers.map(\.operator))) AS n(service, operator)
            """
        let list: SQL = "o.provider = \(message.provider) AND o.country = \(message.country)"
        let gone: SQL
        if message.base == nil {
            let after: SQL = message.after.map { "AND o.service > \($0) COLLATE \"C\"" } ?? ""
            let through: SQL = message.through.map { "AND o.service <= \($0) COLLATE \"C\"" } ?? ""
            gone = """
                DELETE FROM offers o WHERE \(list) \(after) \(through) AND NOT EXISTS (
                    SELECT FROM \(named) WHERE n.service = o.service AND n.operator = o.operator)
                """
        } else {
            let names = message.gone ?? []
            gone = """
                DELETE FROM offers o USING unnest(\(names.map(\.service)), \(names.map(\.operator))) AS n(service, operator)
                WHERE \(list) AND n.service = o.service AND n.operator = o.operator
                """
        }
        return [
            gone,
            """
            INSERT INTO offers (provider, country, service, operator, cost, voice_cost, count, rate)
            SELECT \(message.provider), \(message.country), * FROM unnest(\(offers.map(\.service)),
                \(offers.map(\.operator)), \(offers.map(\.cost)), \(offers.map(\.voiceCost)), \(offers.map(\.count)),
                \(offers.map(\.rate)))
            ON CONFLICT (country, service, provider, operator) DO UPDATE SET cost = excluded.cost,
                voice_cost = excluded.voice_cost, count = excluded.count, rate = excluded.rate
            WHERE (offers.cost, offers.voice_cost, offers.count, offers.rate)
                IS DISTINCT FROM (excluded.cost, excluded.voice_cost, excluded.count, excluded.rate)
            """,
        ]
    }
}
