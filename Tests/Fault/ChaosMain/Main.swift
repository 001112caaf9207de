import Chaos
import Runtime

/// `chaos [--seed N] [--faults N] [--seconds N] [--minutes N] [--only kind,…] [--schedule]`: one run of the laboratory.
/// With `--clients N --pace milliseconds --looks seconds` at a steady load, and looking at what the stack holds meanwhile.
/// Ends with 0 when all holds.
@main enum Main {
    static func main() async throws {
        var options = Laboratory.Options(seed: UInt64.random(in: 1...999_999))
        var showsSchedule = false
        var words = CommandLine.arguments.dropFirst()
        while let word = words.popFirst() {
            switch word {
            case "--schedule": showsSchedule = true
            case "--loud": options.isLoud = true
            case "--seed": options.seed = words.popFirst().flatMap { UInt64($0) } ?? options.seed
            case "--faults": options.faults = words.popFirst().flatMap { Int($0) } ?? options.faults
            case "--seconds":
                options.duration = words.popFirst().flatMap { Int($0) }.map { .seconds($0) } ?? options.duration
            case "--minutes":
                options.limit = words.popFirst().flatMap { Int($0) }.map { .seconds($0 * 60) } ?? options.limit
            case "--clients": options.clients = words.popFirst().flatMap { Int($0) } ?? options.clients
            case "--pace":
                options.pace = words.popFirst().flatMap { Int($0) }.map { .milliseconds($0) } ?? options.pace
            case "--looks": options.looks = words.popFirst().flatMap { Int($0) }.map { .seconds($0) }
            case "--only":
                let names = (words.popFirst() ?? "").split(separator: ",")
                options.only = Set(names.compactMap { FaultKind(rawValue: String($0)) })
                if options.only.count != names.count || names.isEmpty { usage() }
            default: usage()
            }
        }
        if showsSchedule {
            for step in options.schedule.steps { print(step) }
            return
        }
        print(options.command)
        let report = try await Laboratory.run(options)
        print(report.text)
        endProcess(report.faults.isEmpty ? 0 : 1)
    }

    private static func usage() -> Never {
        print("chaos [--seed N] [--faults N] [--seconds N] [--minutes N] [--only kind,…] [--schedule] [--loud]")
        print("      [--clients N] [--pace milliseconds] [--looks seconds]")
        print("kinds: " + FaultKind.allCases.map(\.rawValue).joined(separator: " "))
        endProcess(2)
    }
}
