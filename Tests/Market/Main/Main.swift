import Choosing
import Glibc
import Kit
import MarketLab
import Runtime

/// `marketlab`: lets the chooser and its rivals serve the same markets, and shows who paid how much for a code.
@main enum MarketLaboratory {
    private static let usage = """
        marketlab [--seeds N] [--from SEED] [--orders N] [--kind burnt|even] [--policy NAME=VALUE,…] [--to FOLDER]
        writes regret.svg and regret.csv into the folder, and prints a table; the policy is said as for
        namaskahctl routing what-if
        """

    static func main() {
        var options: [String: String] = [:]
        var rest = CommandLine.arguments.dropFirst()
        while let name = rest.popFirst() {
            guard ["--seeds", "--from", "--orders", "--kind", "--policy", "--to"].contains(name),
                let value = rest.popFirst()
            else { end(usage, status: 2) }
            options[name] = value
        }
        guard let seeds = UInt64(options["--seeds"] ?? "12"), let from = UInt64(options["--from"] ?? "1"), seeds > 0,
            let orders = Int(options["--orders"] ?? "20000"), orders > 0,
            let kind = MarketSetting.Kind(rawValue: options["--kind"] ?? "burnt")
        else { end(usage, status: 2) }
        var policy = RoutingPolicy()
        if let words = options["--policy"] {
            do { try policy.change(words) } catch { end(error.message, status: 2) }
        }
        let comparisons = (from..<(from + seeds)).map { seed in
            var setting = MarketSetting(seed: seed)
            setting.orders = orders
            setting.kind = kind
            return Comparison(setting, policy: policy)
        }
        print(MarketReport.table(comparisons))
        if let folder = options["--to"] {
            write(RegretPlot.svg(comparisons), to: folder + "/regret.svg")
            write(MarketReport.csv(comparisons), to: folder + "/regret.csv")
        }
        guard comparisons.allSatisfy({ $0.runs.allSatisfy(\.isProven) }) else {
            end("the providers' books say otherwise", status: 1)
        }
        guard kind == .burnt else { end("the providers' books say the same", status: 0) }
        let missed = comparisons.filter {
            $0.difference(to: $0.cheapest) > -0.2 || $0.difference(to: $0.defaultProvider) > -0.2
                || $0.difference(to: $0.oracle) > 0.1
        }
        guard missed.isEmpty else {
            // Now and then the cheapest offer happens to be nearly the best one, and nobody can be a fifth below it.
            let seeds = missed.map { String($0.setting.seed) }.joined(separator: ", ")
            end("missed: seeds \(seeds) of \(comparisons.count)", status: missed.count * 6 > comparisons.count ? 1 : 0)
        }
        end("each a fifth below both, and within a tenth of the oracle; the providers' books say the same", status: 0)
    }

    private static func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { end("\(path) cannot be written", status: 1) }
        let written = fputs(text, file)
        guard fclose(file) == 0, written >= 0 else { end("\(path) cannot be written", status: 1) }
        print("wrote \(path)")
    }

    private static func end(_ words: String, status: Int32) -> Never {
        print(words)
        endProcess(status)
    }
}
