/// What happened in histories, counted.
package struct Tally: Hashable, Sendable {
    package var histories = 0
    package var events = 0
    package var orders = 0
    package var completed = 0
    package var purchases = 0
    package var crashes = 0
    package var stalls = 0
    package var duplicates = 0
    package var lostLinks = 0
    package var lostConfirms = 0
    package var lostCommits = 0
    package var lostRequests = 0
    package var lostAnswers = 0
    package var orphans = 0
    package var adopted = 0

    package init() {}

    /// Everything that went wrong on purpose.
    package var faults: Int {
        crashes + stalls + duplicates + lostLinks + lostConfirms + lostCommits + lostRequests + lostAnswers
    }

    package static func += (left: inout Tally, right: Tally) {
        for field in fields { left[keyPath: field.path] += right[keyPath: field.path] }
    }

    /// Each count with its word.
    package static var fields: [(word: String, path: WritableKeyPath<Tally, Int>)] {
        [
            ("histories", \.histories), ("events", \.events), ("orders", \.orders), ("completed", \.completed),
            ("purchases", \.purchases), ("adopted", \.adopted), ("orphans", \.orphans), ("crashes", \.crashes),
            ("stalls", \.stalls), ("duplicates", \.duplicates), ("lost links", \.lostLinks),
            ("lost confirms", \.lostConfirms), ("lost commits", \.lostCommits), ("lost requests", \.lostRequests),
            ("lost answers", \.lostAnswers),
        ]
    }
}
