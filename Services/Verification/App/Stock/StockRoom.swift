import Bus
import Choosing
import Contracts
import Database
import Demand
import JSON
import Kit
import Providers
import Runtime
import Synchronization
import VerificationCore

/// Numbers bought before anybody orders them, so that whoever does has one at once. Off unless a budget is set.
///
/// Life: made at the start of the process; `turn` is run every few seconds. One worker buys and gives back, each takes what
/// its orders need. Guarantees: what a number costs is written down before its call is made; a number belongs to the
/// stock or to one order; what nobody takes in time is given back, whoever dies. Not among them: that an order finds one.
package final class StockRoom: Sendable {
    package struct Settings: Sendable {
        package var policy = PrePurchase.Policy()
        /// How long a number waits for an order: what is left of its life must be enough for one.
        package var keep = Duration.seconds(180)
        /// A number that was taken is an order's by then.
        package var settling = Duration.seconds(120)
        package var purchaseLimit = Duration.seconds(30)
    }

    struct Figures: Sendable {
        let held: Gauge
        let bought: Counter
        let taken: Counter
        let returned: Counter

        init(_ metrics: Metrics) {
            func outcome(_ word: String) -> Counter {
                metrics.counter(
                    "verification_stock_total", "Numbers bought before they were ordered, by what became of them",
                    [("outcome", word)])
            }
            held = metrics.gauge("verification_stock_numbers", "Numbers that wait for an order")
            bought = outcome("bought")
            taken = outcome("taken")
            returned = outcome("returned")
        }
    }

    /// Calls made at a time: it is the others' budget that they are made from.
    private static let hands = 4
    /// The goods that are looked at: those ordered most.
    private static let most = 100

    private let database: Database
    private let worker: ID
    private let market: Market
    private let board: HealthBoard
    private let demand: DemandKeeper
    private let observations: Observations
    private let routing: RoutingPolicy
    private let settings: Settings
    private let lease: Lease
    private let log: Log
    private let figures: Figures
    /// Whether there may be something to take: what has no stock costs orders nothing.
    private let isStocked = Atomic<Bool>(false)

    init(
        _ database: Database, worker: ID, market: Market, board: HealthBoard, demand: DemandKeeper,
        observations: Observations, routing: RoutingPolicy, settings: Settings, lease: Lease, log: Log, metrics: Metrics
    ) {
        self.database = database
        self.worker = worker
        self.market = market
        self.board = board
        self.demand = demand
        self.observations = observations
        self.routing = routing
        self.settings = settings
        self.lease = lease
        self.log = log
        figures = Figures(metrics)
    }

    func turn(isStopping: @Sendable () -> Bool) async throws {
        if try await lease.hold(seconds: 15) {
            try await giveBack()
            if settings.policy.isOn { try await buy(isStopping: isStopping) }
        }
        let held = try await database.value(Int.self, "SELECT count(*) FROM stock WHERE state = 'held'") ?? 0
        figures.held.set(held)
        isStocked.store(held > 0, ordering: .relaxed)
    }

    func release() async throws { try await lease.release() }

    // MARK: - Giving back

    /// What has waited too long is given back as numbers are that no order wants; so is what was taken and never became
    /// an order's, because the worker died that took it.
    private func giveBack() async throws {
        let keep = settings.policy.isOn ? settings.keep : .zero
        let returned = try await database.execute(
            """
            WITH gone AS (
                DELETE FROM stock WHERE state = 'held' AND sent_at < now() - make_interval(secs => \(keep.inSeconds))
                RETURNING provider, reference
            ), lost AS (
                SELECT p.provider, p.reference FROM provider_orders p WHERE p.state = 'stock'
                    AND p.first_seen < now() - make_interval(secs => \((settings.keep + settings.settling).inSeconds))
                    AND NOT EXISTS (SELECT FROM stock s WHERE s.provider = p.provider AND s.reference = p.reference)
            )
            UPDATE provider_orders p SET state = 'orphan' FROM (SELECT * FROM gone UNION SELECT * FROM lost) AS unwanted
            WHERE p.provider = unwanted.provider AND p.reference = unwanted.reference AND p.state = 'stock'
            """)
        if returned > 0 { figures.returned.add(returned) }
    }

    // MARK: - Buying

    private struct Held: Row {
        let goods: Goods
        let count: Int
        let bound: Money
        init(_ columns: inout Columns) throws(DatabaseError) {
            goods = Goods(country: try columns.next(), service: try columns.next())
            count = try columns.next()
            bound = try columns.next()
        }
    }

    private func buy(isStopping: @Sendable () -> Bool) async throws {
        let expected = demand.orders(within: settings.keep)
            .sorted {
                ($0.value.mean, $1.key.country, $1.key.service) > ($1.value.mean, $0.key.country, $0.key.service)
            }
            .prefix(Self.most)
        guard !expected.isEmpty else { return }
        let held = try await database.rows(
            Held.self,
            """
            SELECT country, service, count(*), sum(coalesce(cost, ceiling))::bigint FROM stock
            GROUP BY country, service
            """)
        let counts = Dictionary(held.map { ($0.goods, $0.count) }, uniquingKeysWith: +)
        let choices = try await choices(for: expected.map(\.key))
        let candidates = expected.compactMap { goods, orders in
            choices[goods].map { choice in
                PrePurchase.Candidate(
                    goods: goods, choice: choice, orders: orders, held: counts[goods] ?? 0, policy: settings.policy,
                    waitingPerSecond: routing.waitingPerSecond)
            }
        }
        let plan = PrePurchase.plan(candidates, bound: held.reduce(.zero) { $0 + $1.bound }, settings.policy)
        let wanted = plan.numbers.flatMap { goods, count in Array(repeating: goods, count: count) }
        for batch in stride(from: 0, to: wanted.count, by: Self.hands) {
            // Two who buy at a time would both spend what is left of the budget.
            let limit = Int(settings.purchaseLimit.inSeconds) + 15
            guard !isStopping(), try await lease.hold(seconds: limit) else { return }
            await withTaskGroup(of: Void.self) { group in
                for goods in wanted[batch..<min(batch + Self.hands, wanted.count)] {
                    guard let choice = choices[goods] else { continue }
                    group.addTask { await self.buy(goods, choice) }
                }
            }
        }
    }

    /// The offer that an order of each goods would get now.
    private func choices(for goods: [Goods]) async throws -> [Goods: RoutingDecision.Candidate] {
        let rows = try await database.rows(OfferRow.self, OrderQueries.offers(of: goods))
        let sold = Dictionary(grouping: rows) { Goods(country: $0.country, service: $0.service) }
        return sold.reduce(into: [:]) { choices, sold in
            let offers = board.routed(sold.value.map(\.offer), of: sold.key)
            // A second attempt, since an experiment is not to be bought in advance.
            let wish = Routing.Wish(orderID: worker, attempt: 2, ceiling: Money(micro: .max))
            let decision = Routing.decide(
                wish, among: offers, last: board.last(sold.key), policy: routing, now: observations.clock.now)
            // What would be chosen only because all others are away is no bargain.
            if let chosen = decision.chosen, chosen.excluded == nil { choices[sold.key] = chosen }
        }
    }

    private func buy(_ goods: Goods, _ choice: RoutingDecision.Candidate) async {
        let id = ID.new()
        do {
            try await open(id, goods, choice.offer)
            let outcome = await call(id, goods, choice.offer)
            try await record(outcome, of: id, goods, choice.offer)
        } catch {
            // The row is still there, and the reconciler finds out what became of the call.
            log.warning("a number for the stock was not recorded", ["error": .string(String(describing: error))])
        }
    }

    private func open(_ id: ID, _ goods: Goods, _ offer: Offer) async throws {
        try await database.execute(
            """
            INSERT INTO stock (id, provider, country, service, operator, ceiling, state, worker, sent_at, deadline)
            VALUES (\(id), \(offer.provider), \(goods.country), \(goods.service), \(offer.operator), \(offer.cost),
                'calling', \(worker), clock_timestamp(),
                clock_timestamp() + make_interval(secs => \(settings.purchaseLimit.inSeconds)))
            """)
    }

    private enum Outcome {
        case sold(BoughtNumber)
        case refused
        case unclear
    }

    private func call(_ id: ID, _ goods: Goods, _ offer: Offer) async -> Outcome {
        guard let provider = market[offer.provider] else { return .refused }
        var request = BuyRequest(
            country: goods.country, product: goods.service,
            operator: offer.operator == "any" ? nil : offer.operator, ceiling: offer.cost,
            deadline: settings.purchaseLimit)
        request.reference = id.description
        crashpoint("stock.before_call")
        do throws(ProviderError) {
            let told = try await provider.buy(request)
            crashpoint("stock.after_call")
            return observations.number(told, provider: offer.provider, order: id).map { .sold($0) } ?? .unclear
        } catch {
            return error.kind == .ambiguous ? .unclear : .refused
        }
    }

    /// What a reading of the provider's list has given to an order meanwhile stays that order's.
    private func record(_ outcome: Outcome, of id: ID, _ goods: Goods, _ offer: Offer) async throws {
        switch outcome {
        case .refused: try await database.execute("DELETE FROM stock WHERE id = \(id)")
        case .unclear:
            try await database.execute("UPDATE stock SET state = 'ambiguous' WHERE id = \(id) AND state = 'calling'")
        case .sold(let number):
            figures.bought.add()
            isStocked.store(true, ordering: .relaxed)
            try await database.transaction { transaction in
                try await transaction.commit(after: [
                    """
                    WITH number AS (
                        INSERT INTO provider_orders (provider, reference, service, country, cost, state) VALUES
                            (\(number.provider), \(number.reference), \(goods.service), \(goods.country),
                            \(number.cost), 'stock')
                        ON CONFLICT (provider, reference) DO UPDATE SET state = excluded.state, cost = excluded.cost
                        WHERE provider_orders.order_id IS NULL AND provider_orders.state IN ('unclaimed', 'orphan')
                        RETURNING reference
                    )
                    UPDATE stock s SET state = 'held', reference = number.reference, cost = \(number.cost),
                        phone_sealed = \(number.phoneSealed), expires_at = \(number.expiresAt),
                        operator = coalesce(\(number.operator), s.operator)
                    FROM number WHERE s.id = \(id) AND s.state = 'calling'
                    """,
                    "DELETE FROM stock WHERE id = \(id) AND state = 'calling'",
                ])
            }
        }
    }

    // MARK: - Taking

    private struct Number: Row {
        let id: ID
        let provider: String
        let reference: String
        let `operator`: String
        let cost: Money
        let phoneSealed: String
        let expiresAt: Timestamp?
        init(_ columns: inout Columns) throws(DatabaseError) {
            id = try columns.next()
            provider = try columns.next()
            reference = try columns.next()
            `operator` = try columns.next()
            cost = try columns.next()
            phoneSealed = try columns.next()
            expiresAt = try columns.next()
        }
    }

    /// A number of the stock for an order that is about to buy one; nil when there is none, or its provider does not say
    /// that it is as good as new. Whoever takes one records it as bought.
    func take(for job: Purchaser.Job) async -> BoughtNumber? {
        guard isStocked.load(ordering: .relaxed), !job.voice, job.areaCode == nil,
            let provider = market[job.choice.provider]
        else { return nil }
        do {
            guard let number = try await pick(for: job) else { return nil }
            if let bought = await inspected(number, at: provider, for: job.orderID) {
                figures.taken.add()
                return bought
            }
            try await database.execute(
                """
                UPDATE provider_orders SET state = 'orphan'
                WHERE provider = \(number.provider) AND reference = \(number.reference) AND state = 'stock'
                """)
            figures.returned.add()
        } catch {
            log.warning("the stock cannot be read", ["error": .string(String(describing: error))])
        }
        return nil
    }

    /// The one that has waited longest. It leaves the stock at once; if its order is not told, `giveBack` finds it.
    private func pick(for job: Purchaser.Job) async throws -> Number? {
        try await database.first(
            Number.self,
            """
            DELETE FROM stock WHERE id = (
                SELECT id FROM stock WHERE state = 'held' AND provider = \(job.choice.provider)
                    AND country = \(job.country) AND service = \(job.service) AND cost <= \(job.choice.ceiling)
                    AND \(job.choice.operator) IN (operator, 'any')
                    AND sent_at > now() - make_interval(secs => \(settings.keep.inSeconds))
                ORDER BY sent_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id, provider, reference, operator, cost, phone_sealed, expires_at
            """)
    }

    /// What came on it before it was ordered was meant for nobody, and its provider may have ended it.
    private func inspected(_ number: Number, at provider: any Provider, for order: ID) async -> BoughtNumber? {
        do throws(ProviderError) {
            let told = try await provider.check(number.reference)
            guard !told.status.isTerminal, told.messages.isEmpty, told.calls.isEmpty,
                let text = try? observations.personalData.phone(number.phoneSealed, of: number.id),
                let phone = PhoneNumber(text)
            else { return nil }
            return BoughtNumber(
                provider: number.provider, reference: number.reference, operator: number.operator, cost: number.cost,
                phoneSealed: observations.personalData.seal(phone, of: order),
                expiresAt: told.expires ?? number.expiresAt ?? observations.clock.now + .seconds(10 * 60),
                cancelAfter: observations.cancelAfter(number.provider))
        } catch {
            log.info("a number of the stock was left alone", ["outcome": .string(error.label)])
            return nil
        }
    }
}
