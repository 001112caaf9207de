import Kit

/// Many histories, on as many threads as there are.
package struct Campaign: Sendable {
    package private(set) var tally = Tally()
    /// Those in which something does not hold, at most a few.
    package private(set) var failures: [History] = []
    package private(set) var failureCount = 0

    private static let share: UInt64 = 50
    private static let keptFailures = 10

    /// Histories of consecutive seeds. With `untilFailure` it stops soon after the first that fails.
    package static func run(
        seeds: Range<UInt64>, mutation: Mutation? = nil, untilFailure: Bool = false
    ) async -> Campaign {
        var campaign = Campaign()
        var next = seeds.lowerBound
        await withTaskGroup(of: Campaign.self) { group in
            func add() {
                guard next < seeds.upperBound, !untilFailure || campaign.failureCount == 0 else { return }
                let part = next..<min(next + share, seeds.upperBound)
                next = part.upperBound
                group.addTask { Campaign(of: part, mutation) }
            }
            for _ in 0..<8 { add() }
            for await part in group {
                campaign.take(part)
                add()
            }
        }
        campaign.failures.sort { $0.seed < $1.seed }
        return campaign
    }

    private init() {}

    private init(of seeds: Range<UInt64>, _ mutation: Mutation?) {
        for seed in seeds {
            let history = History.run(seed: seed, mutation: mutation)
            tally += history.tally
            guard !history.faults.isEmpty else { continue }
            failureCount += 1
            if failures.count < Self.keptFailures { failures.append(history) }
        }
    }

    private mutating func take(_ part: Campaign) {
        tally += part.tally
        failureCount += part.failureCount
        failures += part.failures.prefix(Self.keptFailures - failures.count)
    }
}
