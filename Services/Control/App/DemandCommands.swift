import ControlCore
import Database
import Demand
import JSON
import Kit

/// `routing demand`: what the workers expect, reckoned once more from the hours that they have counted.
struct DemandCommands: Sendable {
    let settings: Settings
    let terminal: Terminal

    private struct Counted: Row {
        let hour: Int
        let seen: DemandForecast.Seen
        init(_ columns: inout Columns) throws(DatabaseError) {
            hour = try columns.next()
            seen = DemandForecast.Seen(
                Goods(country: try columns.next(), service: try columns.next()), provider: try columns.next(),
                orders: try columns.next(), purchases: try columns.next())
        }
    }

    /// What was counted, hour by hour.
    private struct Past {
        let hours: ClosedRange<Int>
        /// Hours that nobody has counted.
        let holes: Set<Int>
        let seen: [Int: [DemandForecast.Seen]]
    }

    func forecast(_ arguments: DemandArguments) async throws {
        guard let past = try await AdminDatabase.with(settings, { try await Self.read(from: $0) }) else {
            throw CommandFailure(
                "no hour has been counted yet", "The workers count an hour when it is over; try again in an hour.")
        }
        var forecast = DemandForecast()
        for hour in past.hours where !past.holes.contains(hour) { forecast.note(past.seen[hour] ?? [], hour: hour) }
        let first = past.hours.upperBound + 1
        let hours = Array(first..<first + (arguments.hours ?? 6))
        let lines = forecast.goods
            .filter { arguments.service ?? $0.service == $0.service && arguments.country ?? $0.country == $0.country }
            .map { goods in
                Line(goods: goods, orders: hours.compactMap { forecast.orders(of: goods, hour: $0) })
            }
            .sorted { ($0.sum, $1.goods.country, $1.goods.service) > ($1.sum, $0.goods.country, $0.goods.service) }
            .prefix(arguments.limit ?? 20)
        let scores = Self.scores(past, of: lines.map(\.goods))
        terminal.result(Self.json(Array(lines), hours, scores), Self.text(Array(lines), hours, scores))
    }

    private struct Line {
        let goods: Goods
        let orders: [CountDistribution]
        var sum: Double { orders.reduce(0) { $0 + $1.mean } }
    }

    private static func read(from database: Database) async throws -> Past? {
        try await database.transaction(.readOnlySnapshot) { transaction in
            let hours = try await transaction.values(
                Int.self, "SELECT hour::bigint FROM verification.demand_hours ORDER BY hour")
            guard let first = hours.first, let last = hours.last else { return nil }
            let rows = try await transaction.rows(
                Counted.self,
                """
                SELECT hour::bigint, country, service, provider, orders::bigint, purchases::bigint
                FROM verification.demand
                """)
            return Past(
                hours: first...last, holes: Set(first...last).subtracting(hours),
                seen: Dictionary(grouping: rows, by: \.hour).mapValues { $0.map(\.seen) })
        }
    }

    // MARK: - How well it would have done

    /// Of the last week; nil before there are two.
    private static func scores(_ past: Past, of goods: [Goods]) -> DemandBacktest.Score? {
        let week = SeasonalShape.week
        guard past.hours.count >= 2 * week else { return nil }
        var series: [Goods: [Int?]] = [:]
        for name in goods {
            series[name] = past.hours.map { past.holes.contains($0) ? nil : 0 }
        }
        for (hour, seen) in past.seen {
            for one in seen where series[one.goods] != nil {
                series[one.goods]?[hour - past.hours.lowerBound]? += one.orders
            }
        }
        return DemandBacktest.scores(series, start: past.hours.lowerBound, warmUp: past.hours.count - week)
            .values.reduce(nil) { sum, score in sum.map { $0 + score } ?? score }
    }

    // MARK: - What is said

    private static func clock(_ hour: Int) -> String {
        String(Timestamp(seconds: Int64(hour) * 3600).description.dropFirst(11).prefix(5))
    }

    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
    private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

    private static func text(_ lines: [Line], _ hours: [Int], _ score: DemandBacktest.Score?) -> String {
        var table = TextTable(
            [("country", .left), ("service", .left)] + hours.map { (clock($0), .right) } + [("nine of ten", .right)])
        for line in lines {
            let next = line.orders.first ?? CountDistribution(mean: 0)
            table.add(
                [line.goods.country, line.goods.service] + line.orders.map { "\(rounded($0.mean))" }
                    + ["\(next.quantile(0.05)) to \(next.quantile(0.95))"])
        }
        let past =
            score.map {
                """
                in the last week, an hour ahead, it would have erred by \(percent($0.error)) of the orders; \
                the same hour a week before by \(percent($0.lastWeekError)), the hour before by \(percent($0.lastHourError))
                """
            } ?? "how well it foretells can be told after two weeks"
        return """
            orders expected by the hour, in UTC; the last column is of the first hour

            \(table.text)
            \(past)
            """ + "\n"
    }

    private static func json(_ lines: [Line], _ hours: [Int], _ score: DemandBacktest.Score?) -> JSON {
        var result: [JSON.Member] = [
            .init(
                "expected",
                .array(
                    lines.flatMap { line in
                        zip(hours, line.orders).map { hour, orders in
                            [
                                "country": .string(line.goods.country), "service": .string(line.goods.service),
                                "hour": .string(Timestamp(seconds: Int64(hour) * 3600).description),
                                "orders": .number(rounded(orders.mean)),
                                "low": .integer(Int64(orders.quantile(0.05))),
                                "high": .integer(Int64(orders.quantile(0.95))),
                            ]
                        }
                    }))
        ]
        if let score {
            result.append(
                .init(
                    "last_week",
                    [
                        "error": .number(score.error), "error_of_a_week_before": .number(score.lastWeekError),
                        "error_of_the_hour_before": .number(score.lastHourError), "covered": .number(score.coverage),
                    ]))
        }
        return .object(result)
    }
}
