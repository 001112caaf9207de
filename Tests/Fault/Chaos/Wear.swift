import Database
import JSON
import Synchronization
import TestSupport

/// What a stack holds while it works, looked at every so often: what only grows is a leak.
///
/// Life: `watch` runs beside the clients until it is cancelled. What cannot be looked at, because a step has taken its
/// server away, is left out that time.
package final class Wear: Sendable {
    private struct Sample: Sendable {
        let seconds: Double
        let values: [String: Double]
    }

    /// How something went: its mean, and how much more there was of it after an hour.
    package struct Trend: Sendable {
        let name: String
        let mean: Double
        let perHour: Double
    }

    private let stack: TestStack
    private let interval: Duration
    private let start = ContinuousClock.now
    private let samples = Mutex<[Sample]>([])

    init(_ stack: TestStack, every interval: Duration) {
        self.stack = stack
        self.interval = interval
    }

    func watch() async {
        while !Task.isCancelled {
            var values = await processes()
            values.merge((try? await tables()) ?? [:]) { $1 }
            values.merge((try? await broker()) ?? [:]) { $1 }
            let seconds = (ContinuousClock.now - start).inSeconds
            samples.withLock { $0.append(Sample(seconds: seconds, values: values)) }
            // Cancelled only with the whole run.
            try? await Task.sleep(for: interval)
        }
    }

    /// Of the last two thirds of the time: at first caches fill and connections are made. By least squares.
    var trends: [Trend] {
        let samples = samples.withLock { $0 }
        let late = samples.dropFirst(samples.count / 3)
        return Set(late.flatMap(\.values.keys)).sorted().compactMap { name in
            let points = late.compactMap { sample in sample.values[name].map { (sample.seconds, $0) } }
            guard points.count > 2 else { return nil }
            let count = Double(points.count)
            let middle = points.reduce(0) { $0 + $1.0 } / count
            let mean = points.reduce(0) { $0 + $1.1 } / count
            let spread = points.reduce(0) { $0 + ($1.0 - middle) * ($1.0 - middle) }
            let common = points.reduce(0) { $0 + ($1.0 - middle) * ($1.1 - mean) }
            return Trend(name: name, mean: mean, perHour: common / spread * 3600)
        }
    }

    /// As each service tells of itself; what was handed out by the allocator tells a leak from free pieces in between.
    private func processes() async -> [String: Double] {
        var values: [String: Double] = [:]
        for service in Keeper.services {
            for (name, figure, unit) in [
                ("resident MB", "process_resident_memory_bytes", 1_048_576.0),
                ("heap in use MB", "process_heap_bytes{state=\"used\"}", 1_048_576),
                ("open files", "process_open_fds", 1),
            ] {
                guard let value = await stack.metric(figure, of: service) else { continue }
                values["\(service.rawValue): \(name)"] = value / unit
            }
        }
        return values
    }

    private struct Reading: Row {
        let name: String
        let value: Double
        init(_ columns: inout Columns) throws(DatabaseError) {
            name = try columns.next()
            value = try columns.next()
        }
    }

    /// Of tables that grow with every order, what a row takes; of the others, what all of them take.
    private func tables() async throws -> [String: Double] {
        let rows = try await stack.database.rows(
            Reading.self,
            """
            SELECT 'postgres: connections', count(*)::float8 FROM pg_stat_activity WHERE backend_type = 'client backend'
            UNION ALL SELECT 'outbox: rows', ((SELECT count(*) FROM gateway.outbox)
                + (SELECT count(*) FROM verification.outbox) + (SELECT count(*) FROM billing.outbox))::float8
            UNION ALL SELECT relname || ' of ' || schemaname || ': KB', pg_total_relation_size(relid)::float8 / 1024
                FROM pg_stat_user_tables WHERE relname IN ('outbox', 'lease', 'shards', 'workers', 'budgets', 'accounts',
                    'balances', 'event_counts', 'offers')
            UNION ALL SELECT relname || ' of ' || schemaname || ': bytes a row',
                pg_total_relation_size(relid)::float8 / n_live_tup
                FROM pg_stat_user_tables WHERE n_live_tup > 1000 AND (relname LIKE 'inbox%' OR relname IN ('orders',
                    'verifications', 'steps', 'events', 'intents', 'transfers'))
            """)
        return Dictionary(rows.map { ($0.name, $0.value) }) { $1 }
    }

    private func broker() async throws -> [String: Double] {
        let told = try await stack.servers.broker.expect("GET", "/api/overview")
        var values: [String: Double] = [:]
        values["rabbitmq: connections"] = told["object_totals"]?["connections"]?.doubleValue
        let queues = try await stack.servers.broker.expect("GET", "/api/queues/\(stack.servers.broker.vhost)")
        // The stream keeps what was sent for as long as its policy says.
        values["rabbitmq: messages that wait"] = (queues.arrayValue ?? [])
            .filter { $0["name"]?.stringValue != "events.log" }.compactMap { $0["messages"]?.doubleValue }.reduce(0, +)
        return values
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
