extension History {
    /// Seeds of histories that once failed, and what they found; they are tried every time. A seed means the same history
    /// only as long as the simulator asks the dice the same questions in the same order, so that a change of it makes
    /// these mere seeds like others.
    package static let failedOnce: [(seed: UInt64, found: String)] = []
}
