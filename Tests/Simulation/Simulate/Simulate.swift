import Glibc
import Kit
import Runtime
import Simulation

/// `simulate`: lets histories happen in memory, and says what does not hold.
@main enum Simulate {
    private static let usage = """
        simulate --histories N [--from SEED] [--mutation NAME]   many histories, of consecutive seeds
        simulate --seed SEED [--mutation NAME]                   one, with everything that happens in it
        mutations: \(Mutation.allCases.map(\.rawValue).joined(separator: ", "))
        """

    static func main() async {
        var options: [String: String] = [:]
        var rest = CommandLine.arguments.dropFirst()
        while let name = rest.popFirst() {
            guard ["--seed", "--histories", "--from", "--mutation"].contains(name), let value = rest.popFirst() else {
                end(usage, status: 2)
            }
            options[name] = value
        }
        let mutation = options["--mutation"].map { Mutation(rawValue: $0) }
        if case .some(.none) = mutation { end(usage, status: 2) }
        if let seed = options["--seed"].flatMap({ UInt64($0) }) {
            replay(seed, mutation ?? nil)
        } else if let count = options["--histories"].flatMap({ UInt64($0) }) {
            let from = options["--from"].map { UInt64($0) } ?? UInt64.random(in: 1...1_000_000_000_000)
            guard let from else { end(usage, status: 2) }
            await run(from..<(from + count), mutation ?? nil)
        } else {
            end(usage, status: 2)
        }
    }

    private static func replay(_ seed: UInt64, _ mutation: Mutation?) {
        let history = History.run(seed: seed, mutation: mutation, isRecording: true)
        for line in history.lines { print(line) }
        report([history], count: history.faults.isEmpty ? 0 : 1)
    }

    private static func run(_ seeds: Range<UInt64>, _ mutation: Mutation?) async {
        print("histories of seeds \(seeds.lowerBound) to \(seeds.upperBound - 1), and those that failed once")
        let clock = ContinuousClock()
        let started = clock.now
        var failures = History.failedOnce.map { History.run(seed: $0.seed, mutation: mutation) }
            .filter { !$0.faults.isEmpty }
        let campaign = await Campaign.run(
            seeds: seeds, mutation: mutation, threads: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let seconds = (clock.now - started).inSeconds
        for field in Tally.fields { print("\(campaign.tally[keyPath: field.path]) \(field.word)") }
        print("\(campaign.tally.faults) faults in all")
        print("\(Double(Int(seconds * 10)) / 10) s, \(Int(Double(campaign.tally.histories) / seconds)) histories/s")
        let count = failures.count + campaign.failureCount
        failures += campaign.failures
        report(failures, count: count)
    }

    private static func report(_ failures: [History], count: Int) {
        for history in failures where !history.faults.isEmpty {
            print("FAILED \(history.seed): \(history.faults.joined(separator: "; "))")
            print("  \(history.replay)")
        }
        end(count == 0 ? "everything holds" : "\(count) histories failed", status: count == 0 ? 0 : 1)
    }

    private static func end(_ words: String, status: Int32) -> Never {
        print(words)
        endProcess(status)
    }
}
