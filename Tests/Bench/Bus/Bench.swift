import Bus
import Database
import JSON
import Kit
import Runtime
import TestSupport

/// `bench prices <sandbox>` measures how price lists are read; without words it measures the bus on its own: a bare loop of librabbitmq, our outbox relay beside it, how long a message takes from
/// its commit to its consumer, and how fast a consumer with an effect in the database is. `deploy/local/bench` starts
/// it against a throw-away stack, in a database that was made for it, and reads the one JSON object it prints.
@main enum Bench {
    static func main() async throws {
        let words = CommandLine.arguments
        if words.count == 3, words[1] == "prices" {
            print(try await PriceFeed.measure(words[2]).text)
            return
        }
        guard let url = TestEnvironment.databaseURL else { throw BenchError(message: "the bench needs a database") }
        let database = Database(
            url: url, connections: 8, applicationName: "bench", log: .silent, metrics: Metrics(), health: Health())
        try await database.migrate(
            BusMigrations.all + [Migration(BusMigrations.last + 1, "effects", Consuming.table)])
        let topology = Rig.topology
        let figures = try await TestBroker.withBroker(policies: topology.policies) { broker in
            let rig = Rig(broker: broker, database: database)
            var figures: [JSON.Member] = []
            let bare = try await rig.bare()
            figures.append(.init("bare_per_second", .number(bare)))
            let relay = try await rig.relay(inPacks: true)
            figures.append(.init("relay_per_second", .number(relay)))
            figures.append(.init("relay_singly_per_second", .number(try await rig.relay(inPacks: false))))
            let latencies = try await rig.latencies(rate: min(relay, bare) / 2)
            figures.append(.init("latency_p50_ms", .number(latencies.p50)))
            figures.append(.init("latency_p99_ms", .number(latencies.p99)))
            figures.append(.init("latency_rate", .number(latencies.rate)))
            for (name, inPacks) in [("consume", true), ("consume_singly", false)] {
                let reached = try await Consuming(rig).perSecond(inPacks: inPacks)
                figures.append(.init("\(name)_per_second", .number(reached)))
            }
            figures.append(.init("consume_batch", .integer(Int64(Consuming.batch))))
            figures.append(.init("consume_concurrency", .integer(Int64(Consuming.concurrency))))
            return JSON.object(figures)
        }
        database.stop()
        try await database.run()
        print(String(decoding: figures.bytes, as: UTF8.self))
    }
}

/// Something stood in the way of measuring.
struct BenchError: Error {
    let message: String
}
