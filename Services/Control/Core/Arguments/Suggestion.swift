/// Finds the word that somebody meant.
package enum Suggestion {
    /// `; did you mean 'queues'?`, or nothing when no word is near.
    package static func text(for word: String, among known: [String]) -> String {
        nearest(to: word, among: known).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// The nearest known word: one that the word begins, else one within about a third of its letters.
    package static func nearest(to word: String, among known: [String]) -> String? {
        if word.count >= 3, let longer = known.first(where: { $0.hasPrefix(word) }) { return longer }
        let limit = max(1, word.count / 3)
        let best = known.map { (word: $0, distance: distance($0, word)) }.min { $0.distance < $1.distance }
        return best.flatMap { $0.distance <= limit ? $0.word : nil }
    }

    /// How many letters to insert, delete, change or swap with their neighbour, to turn one word into the other.
    package static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for i in 0..<left.count {
            var current = [i + 1]
            for j in 0..<right.count {
                var cost = min(
                    previous[j + 1] + 1, current[j] + 1, previous[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    cost = min(cost, beforePrevious[j - 1] + 1)
                }
                current.append(cost)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}
