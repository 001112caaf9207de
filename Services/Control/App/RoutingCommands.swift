import Choosing
import Contracts
import ControlCore
import Database
import JSON
import Kit

/// `routing what-if`: decisions of the past, made again by the chooser itself under another policy.
struct RoutingCommands: Sendable {
    /// The latest; more of them do not make the answer better, only later.
    private static let most = 20_000

    let settings: Settings
    let terminal: Terminal

    private struct Decision: Row {
        let decision: PastDecision

        init(_ columns: inout Columns) throws(DatabaseError) {
            let order: ID = try columns.next()
            let attempt: Int = try columns.next()
            let goods: String = try columns.next()
            let candidates: JSON = try columns.next()
            let leader: String? = try columns.next()
            let chosen = OfferName(provider: try columns.next(), operator: try columns.next())
            let hasCode: Bool? = try columns.next()
            let paid: Money? = try columns.next()
            let waited: Double? = try columns.next()
            var outcome: PastDecision.Outcome?
            if let hasCode, let paid, let waited {
                outcome = PastDecision.Outcome(
                    hasCode: hasCode, paid: paid, waited: .milliseconds(Int64(max(0, waited) * 1000)))
            }
            let parts = (leader ?? "").split(separator: " ", maxSplits: 1).map(String.init)
            decision = PastDecision(
                orderID: order, attempt: attempt, goods: goods,
                candidates: (candidates.arrayValue ?? []).compactMap {
                    RoutingDecision.Candidate($0, policy: RoutingPolicy())
                },
                last: parts.count == 2 ? OfferName(provider: parts[0], operator: parts[1]) : nil, chosen: chosen,
                outcome: outcome)
        }
    }

    func whatIf(_ arguments: WhatIfArguments) async throws {
        var policy = RoutingPolicy()
        do { try policy.change(arguments.policy) } catch {
            throw CommandFailure(error.message, exitCode: 2)
        }
        let decisions = try await AdminDatabase.with(settings) { try await Self.read(arguments, from: $0) }
        guard !decisions.isEmpty else {
            throw CommandFailure("no order of that time was decided on", "Widen --from and --to.")
        }
        let told = WhatIf(decisions, under: policy)
        terminal.result(Self.json(told), Self.text(told))
    }

    private static func read(_ arguments: WhatIfArguments, from database: Database) async throws -> [PastDecision] {
        let from: SQL = arguments.from.map { "\($0)" } ?? "now() - interval '7 days'"
        let to: SQL = arguments.to.map { "AND i.sent_at < \($0)" } ?? ""
        let service: SQL = arguments.service.map { "AND i.service = \($0)" } ?? ""
        let country: SQL = arguments.country.map { "AND i.country = \($0)" } ?? ""
        return try await database.longTransaction(.readOnlySnapshot) { transaction in
            let rows = try await transaction.rows(
                Decision.self,
                """
                SELECT i.order_id, i.attempt::bigint, i.service || '/' || i.country, i.candidates, i.leader,
                    i.provider, i.operator, o.received_at IS NOT NULL,
                    CASE WHEN NOT \(isOver) THEN NULL WHEN o.received_at IS NOT NULL THEN o.cost
                        WHEN EXISTS (SELECT FROM verification.steps s
                            WHERE s.order_id = o.id AND s.cause = \(TimelineStep.gaveBack)) THEN 0
                        ELSE o.cost END,
                    extract(epoch FROM coalesce(o.received_at, o.updated_at) - o.assigned_at)::float8
                FROM verification.intents i
                LEFT JOIN verification.orders o ON o.id = i.order_id AND i.state IN ('bought', 'adopted')
                    AND o.attempts = i.attempt
                WHERE i.sent_at >= \(from) \(to) \(service) \(country) AND i.state NOT IN ('calling', 'ambiguous')
                ORDER BY i.sent_at DESC LIMIT \(most)
                """)
            // Of the first orders it was not kept what was believed of the offers.
            return rows.reversed().map(\.decision).filter { decision in
                decision.candidates.contains { OfferName($0.offer) == decision.chosen }
            }
        }
    }

    private static let isOver: SQL = "o.state IN ('completed', 'failed', 'cancelled', 'expired')"

    // MARK: - What is said

    private static func usd(_ micro: Double) -> String { Money(micro: Int64(micro.rounded())).description }
    private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

    private static func text(_ told: WhatIf) -> String {
        var table = TextTable([("", .left), ("as it was", .left), ("as it would be", .left)])
        func add(_ name: String, _ figure: (WhatIf.Figures) -> WhatIf.Estimate, _ write: (Double) -> String) {
            func cell(_ estimate: WhatIf.Estimate) -> String {
                "\(write(estimate.value))  (\(write(estimate.low)) to \(write(estimate.high)))"
            }
            table.add([name, cell(figure(told.asItWas)), cell(figure(told.asItWouldBe))])
        }
        add("cost of a code, with waiting", { $0.cost }, usd)
        add("cost of a code, money alone", { $0.money }, usd)
        add("codes per order", { $0.success }, percent)
        return """
            \(told.orders) orders; \(told.changed) would have gone elsewhere, and what they would have brought is an estimate
            \(told.passedOver) decisions without a known outcome are passed over
            codes came for each that was promised: \((told.calibration * 100).rounded() / 100)

            \(table.text)in brackets: nine of ten replays lie there
            """ + "\n"
    }

    private static func json(_ told: WhatIf) -> JSON {
        func json(_ estimate: WhatIf.Estimate, _ write: (Double) -> JSON) -> JSON {
            ["value": write(estimate.value), "low": write(estimate.low), "high": write(estimate.high)]
        }
        func figures(_ figures: WhatIf.Figures) -> JSON {
            let money = { JSON.string(usd($0)) }
            return [
                "cost_per_code": json(figures.cost, money), "money_per_code": json(figures.money, money),
                "success": json(figures.success) { .number(($0 * 10_000).rounded() / 10_000) },
            ]
        }
        return [
            "orders": .integer(Int64(told.orders)), "passed_over": .integer(Int64(told.passedOver)),
            "changed": .integer(Int64(told.changed)), "calibration": .number(told.calibration),
            "as_it_was": figures(told.asItWas), "as_it_would_be": figures(told.asItWouldBe),
        ]
    }
}
