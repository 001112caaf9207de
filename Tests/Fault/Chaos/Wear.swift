import Database
import Glibc
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
            var values = processes()
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

    private func processes() -> [String: Double] {
        var values: [String: Double] = [:]
        for service in Keeper.services {
            guard let pid = stack.processID(of: service) else { continue }
            values["\(service.rawValue): resident MB"] = Self.resident(pid)
            values["\(service.rawValue): open files"] = Self.count("/proc/\(pid)/fd")
        }
        return values
    }

    private static func resident(_ pid: Int32) -> Double? {
        guard let file = fopen("/proc/\(pid)/statm", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return nil }
        let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: " ")
        return words.count > 1 ? Double(words[1]).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576 } : nil
    }

    private static func count(_ directory: String) -> Double? {
        guard let folder = opendir(directory) else { return nil }
        defer { closedir(folder) }
        var count = -2.0
        while readdir(folder) != nil { count += 1 }
        return count
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
