import Bus
import Choosing
import Contracts
import Database
import JSON
import Kit
import VerificationCore

/// Keeps what providers take, and what customers pay, as Pricing tells it. What was missed is asked for.
///
/// Of all workers one at a time takes these messages, in the order in which they were sent: a price list may come in
/// parts, and a change is a change of the list before it.
struct PriceKeeper: Sendable {
    let database: Database
    let relay: OutboxRelay

    func handle(_ deliveries: [Delivery]) async throws -> [Outcome] {
        var outcomes = [Outcome](repeating: .done, count: deliveries.count)
        var lists: [ProviderPrices] = []
        var sales: [OffersChanged] = []
        for (index, delivery) in deliveries.enumerated() {
            do throws(JSONFailure) {
                switch delivery.type {
                case ProviderPrices.type: lists.append(try ProviderPrices(json: delivery.body))
                case OffersChanged.type: sales.append(try OffersChanged(json: delivery.body))
                default: break
                }
            } catch { outcomes[index] = .park(reason: error.message) }
        }
        try await take(lists, sales)
        return outcomes
    }

    /// Stores what has come. Said twice it changes nothing, and what is older than what is known is passed over.
    func take(_ lists: [ProviderPrices], _ sales: [OffersChanged] = []) async throws {
        guard !lists.isEmpty || !sales.isEmpty else { return }
        let posted = try await database.transaction { transaction in
            var marks = try await Self.marks(of: lists, in: transaction)
            var statements: [SQL] = []
            var lost: Set<ListName> = []
            for message in lists {
                let name = ListName(message)
                var mark = marks[name] ?? PriceMark()
                switch mark.take(message) {
                case .old: break
                case .missed: lost.insert(name)
                case .fits: statements += Self.statements(message)
                }
                marks[name] = mark
            }
            if !marks.isEmpty { statements.append(Self.keep(marks)) }
            statements += sales.flatMap(Self.statements)
            try await transaction.pipeline(statements)
            return try await Outbox.write(lost.sorted().map(Self.request), in: transaction)
        }
        relay.send(posted)
    }

    /// Asks for everything when there is nothing: because the service is new, or its tables were lost.
    func requestIfEmpty() async throws {
        let posted = try await database.transaction { transaction in
            var letters: [OutgoingMessage] = []
            if try await transaction.value(Bool.self, "SELECT EXISTS (SELECT FROM price_marks)") != true {
                letters.append(Self.letter(ProviderPricesRequest()))
            }
            if try await transaction.value(Bool.self, "SELECT EXISTS (SELECT FROM sale_prices)") != true {
                var request = OffersRequest()
                request.requestedAt = .now
                letters.append(Self.letter(request))
            }
            return try await Outbox.write(letters, in: transaction)
        }
        relay.send(posted)
    }

    // MARK: -

    private struct ListName: Hashable, Comparable {
        let provider: String
        let country: String

        init(_ message: ProviderPrices) { (provider, country) = (message.provider, message.country) }
        init(provider: String, country: String) { (self.provider, self.country) = (provider, country) }

        static func < (one: ListName, other: ListName) -> Bool {
            (one.provider, one.country) < (other.provider, other.country)
        }
    }

    private struct MarkRow: Row {
        let name: ListName
        let mark: PriceMark
        init(_ columns: inout Columns) throws(DatabaseError) {
            name = ListName(provider: try columns.next(), country: try columns.next())
            mark = PriceMark(
                version: try columns.next(), toldAt: try columns.next(), isWhole: try columns.next(),
                through: try columns.next())
        }
    }

    private static func marks(
        of messages: [ProviderPrices], in transaction: Transaction
    ) async throws -> [ListName: PriceMark] {
        guard !messages.isEmpty else { return [:] }
        let names = Set(messages.map(ListName.init)).sorted()
        let rows = try await transaction.rows(
            MarkRow.self,
            """
            SELECT m.provider, m.country, m.version::bigint, m.told_at, m.is_whole, m.through FROM price_marks m
            JOIN unnest(\(names.map(\.provider)), \(names.map(\.country))) AS n (provider, country)
                USING (provider, country)
            """)
        return Dictionary(rows.map { ($0.name, $0.mark) }, uniquingKeysWith: { first, _ in first })
    }

    private static func keep(_ marks: [ListName: PriceMark]) -> SQL {
        let marks = marks.sorted { $0.key < $1.key }
        return """
            INSERT INTO price_marks (provider, country, version, told_at, is_whole, through)
            SELECT * FROM unnest(\(marks.map(\.key.provider)), \(marks.map(\.key.country)),
                \(marks.map(\.value.version)), \(marks.map(\.value.toldAt)), \(marks.map(\.value.isWhole)),
                \(marks.map(\.value.through)))
            ON CONFLICT (provider, country) DO UPDATE SET version = excluded.version, told_at = excluded.told_at,
                is_whole = excluded.is_whole, through = excluded.through
            """
    }

    private static func request(_ name: ListName) -> OutgoingMessage {
        var request = ProviderPricesRequest()
        request.provider = name.provider
        request.country = name.country
        return letter(request)
    }

    private static func letter<Body: Message>(_ message: Body) -> OutgoingMessage {
        OutgoingMessage(exchange: Body.channel.rawValue, routingKey: Body.type, type: Body.type, body: message.json)
    }

    /// What a range of names is, as a condition on `column`.
    private static func range(_ column: SQL, after: String?, through: String?) -> SQL {
        let above: SQL = after.map { "AND \(column) > \($0) COLLATE \"C\"" } ?? ""
        let below: SQL = through.map { "AND \(column) <= \($0) COLLATE \"C\"" } ?? ""
        return "\(above) \(below)"
    }

    private static func statements(_ message: ProviderPrices) -> [SQL] {
        let offers = message.offers
        let list: SQL = "o.provider = \(message.provider) AND o.country = \(message.country)"
        let gone: SQL
        if message.base == nil {
            gone = """
                DELETE FROM offers o
                WHERE \(list) \(range("o.service", after: message.after, through: message.through)) AND NOT EXISTS (
                    SELECT FROM unnest(\(offers.map(\.service)), \(offers.map(\.operator))) AS n (service, operator)
                    WHERE n.service = o.service AND n.operator = o.operator)
                """
        } else {
            let names = message.gone ?? []
            gone = """
                DELETE FROM offers o
                USING unnest(\(names.map(\.service)), \(names.map(\.operator))) AS n (service, operator)
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

    private static func statements(_ change: OffersChanged) -> [SQL] {
        let services = change.services
        return [
            """
            DELETE FROM sale_prices WHERE country = \(change.country) AND told_at < \(change.fetchedAt)
                \(range("service", after: change.after, through: change.through))
                AND service <> ALL(\(services.map(\.service)))
            """,
            """
            INSERT INTO sale_prices (country, service, offer, told_at)
            SELECT \(change.country), *, \(change.fetchedAt)
            FROM unnest(\(services.map(\.service)), \(services.map { JSON(of: $0) }))
            ON CONFLICT (country, service) DO UPDATE SET offer = excluded.offer, told_at = excluded.told_at
            WHERE sale_prices.told_at < excluded.told_at
            """,
        ]
    }
}
