import TestSupport

/// What is done to the suite, and when: a pure value that follows from a seed and a number of faults.
///
/// The same seed, number, time and selection give the same steps, in the same order. What the suite does meanwhile is
/// not part of it: two runs of one schedule meet the suite at different instants.
package struct Schedule: Sendable {
    /// One fault.
    package struct Step: Hashable, Sendable, CustomStringConvertible {
        package let number: Int
        package let kind: FaultKind
        /// Not before so long after the beginning.
        package let at: Duration
        /// How long it goes on, for what has a length.
        package let lasts: Duration
        /// Decides what the kind leaves open: which service, which point, which endpoint.
        package let dice: UInt64

        package var description: String {
            "#\(number) at \(Self.seconds(at)) \(kind.rawValue) for \(Self.seconds(lasts)) dice \(dice)"
        }

        private static func seconds(_ duration: Duration) -> String {
            let (seconds, attoseconds) = duration.components
            let milliseconds = String(attoseconds / 1_000_000_000_000_000)
            return "\(seconds).\(String(repeating: "0", count: 3 - milliseconds.count))\(milliseconds)s"
        }
    }

    package let seed: UInt64
    package let duration: Duration
    /// By their time.
    package let steps: [Step]

    /// `faults` steps over `duration`. Every kind of `only` has its share, and at least one.
    package init(seed: UInt64, faults: Int, over duration: Duration, only: Set<FaultKind> = Set(FaultKind.allCases)) {
        precondition(!only.isEmpty, "a schedule of no kinds is empty")
        self.seed = seed
        self.duration = duration
        var generator = SplitMix64(seed: seed)
        let kinds = FaultKind.allCases.filter { only.contains($0) }
        let total = kinds.reduce(0) { $0 + $1.weight }
        var counts = kinds.map { max(1, faults * $0.weight / total) }
        // What rounding has left over goes to the commonest kind, so that the number is the one asked for.
        if let commonest = kinds.indices.max(by: { kinds[$0].weight < kinds[$1].weight }) {
            counts[commonest] = max(1, counts[commonest] + faults - counts.reduce(0, +))
        }
        var bag: [FaultKind] = []
        for (kind, count) in zip(kinds, counts) { bag += Array(repeating: kind, count: count) }
        bag = generator.shuffled(bag)

        let length = Int(duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)
        var planned: [(at: Int, kind: FaultKind, lasts: Int, dice: UInt64)] = []
        for lane in [FaultKind.Lane.services, .servers, .open] {
            let own = bag.filter { $0.lane == lane }
            for (place, kind) in own.enumerated() {
                // One after the other, with room between, but never in step.
                let slot = max(1, length / own.count)
                planned.append(
                    (place * slot + generator.below(slot), kind, Self.length(of: kind, &generator), generator.next()))
            }
        }
        planned.sort { ($0.at, $0.dice) < ($1.at, $1.dice) }
        steps = planned.enumerated().map { index, step in
            Step(
                number: index + 1, kind: step.kind, at: .milliseconds(step.at), lasts: .milliseconds(step.lasts),
                dice: step.dice)
        }
    }

    private static func length(of kind: FaultKind, _ generator: inout SplitMix64) -> Int {
        switch kind {
        case .kill, .terminate, .redisKill: generator.below(1000)
        case .freeze: 500 + generator.below(4500)
        case .clockJump: 500 + generator.below(3000)
        case .fullLog: 1000 + generator.below(2000)
        case .brokerStop, .brokerKill, .postgresKill, .postgresStop: generator.below(2000)
        case .brokerAlarm: 1000 + generator.below(3000)
        case .lateWire, .slicedWire: 300 + generator.below(2000)
        case .silentWire: 500 + generator.below(5000)
        case .refusedWire: 200 + generator.below(2000)
        case .reorder: 50 + generator.below(500)
        case .providerSilent, .boughtThenSilence: 2500 + generator.below(1500)
        case .providerSlow: 50 + generator.below(1500)
        default: 0
        }
    }
}
