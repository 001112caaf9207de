import Kit
import Runtime
import Synchronization

/// Many histories, on as many threads as there are.
package struct Campaign: Sendable {
    package private(set) var tally = Tally()
    /// Those in which something does not hold, at most a few.
    package private(set) var failures: [History] = []
    package private(set) var failureCount = 0

    fileprivate static let share: UInt64 = 50
    private static let keptFailures = 10

    fileprivate struct Progress {
        var campaign = Campaign()
        var next: UInt64
        var working: Int
    }

    /// Histories of consecutive seeds. With `untilFailure` it stops soon after the first that fails. It computes all the
    /// while, so it does that on threads of its own, and leaves the tasks of others alone.
    package static func run(
        seeds: Range<UInt64>, mutation: Mutation? = nil, untilFailure: Bool = false, threads: Int
    ) async -> Campaign {
        let progress = Mutex(Progress(next: seeds.lowerBound, working: threads))
        var campaign = await withCheckedContinuation { continuation in
            for number in 1...threads {
                OSThread.start("histories \(number)") {
                    while let part = progress.withLock({ $0.take(seeds, untilFailure) }) {
                        let done = Campaign(of: part, mutation)
                        progress.withLock { $0.campaign.take(done) }
                    }
                    let all = progress.withLock { progress -> Campaign? in
                        progress.working -= 1
                        return progress.working == 0 ? progress.campaign : nil
                    }
                    if let all { continuation.resume(returning: all) }
                }
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

    fileprivate mutating func take(_ part: Campaign) {
        tally += part.tally
        failureCount += part.failureCount
        failures += part.failures.prefix(Self.keptFailures - failures.count)
    }
}

extension Campaign.Progress {
    fileprivate mutating func take(_ seeds: Range<UInt64>, _ untilFailure: Bool) -> Range<UInt64>? {
        guard next < seeds.upperBound, !untilFailure || campaign.failureCount == 0 else { return nil }
        let part = next..<min(next + Campaign.share, seeds.upperBound)
        next = part.upperBound
        return part
    }
}
