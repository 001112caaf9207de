/// Finds everything in a text that has the shape of a code. What it means is for the rules behind to say.
struct CandidateScan {
    private let text: NormalizedText
    private let runs: [Run]
    /// The word that begins at a place, by its index; -1 where none does.
    private let cueAt: [Int32]
    private let cues: [Cue]
    private(set) var candidates: [Candidate] = []
    private(set) var work = 0

    init(_ text: NormalizedText, runs: [Run], cues: [Cue], cueAt: [Int32]) {
        self.text = text
        self.runs = runs
        self.cues = cues
        self.cueAt = cueAt
        var index = 0
        while index < runs.count {
            work += 1
            index = runs[index].isNumber ? numbers(from: index) : letters(from: index)
        }
    }

    private mutating func add(_ shape: Candidate.Shape, _ start: Int, _ end: Int, _ length: Int) {
        candidates.append(Candidate(shape: shape, start: start, end: end, length: length))
    }

    // MARK: Digits

    /// A number with its fraction, thousands, hours or days; or one row of digits.
    private struct Item {
        let first: Int
        let last: Int
        let isComposite: Bool
    }

    /// Takes the whole chain of numbers that stand one space, hyphen or decimal sign apart. Gives the next run.
    private mutating func numbers(from first: Int) -> Int {
        var items: [Item] = []
        var index = first
        while true {
            work += 1
            let item = composite(from: index)
            items.append(item)
            index = item.last + 1
            guard index < runs.count, runs[index].isNumber, runs[index].start == runs[item.last].end + 1 else { break }
            let joint = text.exact[runs[item.last].end]
            guard joint == Scalar.space || joint == Scalar.hyphen else { break }
        }
        judge(items)
        return index
    }

    private func composite(from first: Int) -> Item {
        var last = first
        while last + 1 < runs.count, runs[last + 1].isNumber, runs[last + 1].start == runs[last].end + 1 {
            guard isJoint(text.exact[runs[last].end], runs[last], runs[last + 1]) else { break }
            last += 1
        }
        return Item(first: first, last: last, isComposite: last > first)
    }

    /// Whether the sign between two numbers makes them one: a time, a date, a fraction, an address.
    private func isJoint(_ sign: UInt32, _ left: Run, _ right: Run) -> Bool {
        switch Unicode.Scalar(sign) {
        case ":", "/", "'": return true
        case ".", ",":
            // "482913,5 minutes": a code and a comma without its space.
            return !(left.count >= 4 && (right.count == 1 || hasCue(.unit, behind: right.end)))
        default: return false
        }
    }

    private mutating func judge(_ items: [Item]) {
        let before = text.at(runs[items[0].first].start - 1)
        let isInternational = before == UInt32(UInt8(ascii: "+"))
        if isInternational { return }
        var start = 0
        for end in 0...items.count where end == items.count || items[end].isComposite {
            if start < end { judge(plain: items[start].first...items[end - 1].last) }
            start = end + 1
        }
    }

    /// A chain of rows of digits, parted by single spaces and hyphens alone.
    private mutating func judge(plain chain: ClosedRange<Int>) {
        var last = chain.upperBound
        // "482913 10 minutes": the last belongs to its unit.
        while last > chain.lowerBound, hasCue(.unit, behind: runs[last].end) { last -= 1 }
        var groups: [ClosedRange<Int>] = []
        var start = chain.lowerBound
        for index in chain.lowerBound...last {
            work += 1
            if index == last || text.exact[runs[index].end] == Scalar.space {
                groups.append(start...index)
                start = index + 1
            }
        }
        if groups.count == 1 { return group(groups[0]) }
        let total = groups.reduce(0) { $0 + digits($1) }
        let size = runs[groups[0].lowerBound].count
        let isEven = groups.allSatisfy { $0.count == 1 && runs[$0.lowerBound].count == size }
        if isEven, (4...10).contains(total), size > 1 || groups.count >= 4 {
            return add(.grouped, runs[chain.lowerBound].start, runs[last].end, total)
        }
        // Telephone numbers: many groups, or a leading zero, and too many digits for a code.
        let beginsWithZero = text.exact[runs[chain.lowerBound].start] == 0x30
        if total >= 9, groups.count >= 3 || beginsWithZero, !isFirstALoneCode(groups) { return }
        for item in groups { group(item) }
    }

    /// "482913 0 800 205 205": six digits, then a telephone number.
    private func isFirstALoneCode(_ groups: [ClosedRange<Int>]) -> Bool {
        groups[0].count == 1 && runs[groups[0].lowerBound].count >= 6
    }

    private func digits(_ group: ClosedRange<Int>) -> Int { group.reduce(0) { $0 + runs[$1].count } }

    /// One row of digits, or several joined by hyphens.
    private mutating func group(_ group: ClosedRange<Int>) {
        let (first, last) = (runs[group.lowerBound], runs[group.upperBound])
        let total = digits(group)
        guard (4...10).contains(total) else { return }
        if group.count == 1 { return add(.number, first.start, last.end, total) }
        let isEven = group.allSatisfy { runs[$0].count == first.count }
        if isEven, first.count > 1 || group.count >= 4 { add(.grouped, first.start, last.end, total) }
    }

    // MARK: Letters

    /// Takes a run with letters, and what hangs on it by a hyphen. Gives the next run.
    private mutating func letters(from index: Int) -> Int {
        let run = runs[index]
        if isJoined(index), run.digits == 0, run.lowers == 0, run.count <= 4, runs[index + 1].isNumber,
            (4...8).contains(runs[index + 1].count), !isJoined(index + 1)
        {
            let number = runs[index + 1]
            if Self.isBrand(text, run) {
                add(.branded, run.start, number.end, number.count)
            } else if hasCue(.key, at: run.start) {
                add(.number, number.start, number.end, number.count)
            } else {
                add(.alphanumeric, run.start, number.end, run.count + number.count)
            }
            return index + 2
        }
        var last = index
        while isJoined(last), runs[last + 1].lowers == 0 { last += 1 }
        if last > index, run.lowers == 0 {
            // Groups of capitals and digits of one length are one code; anything else is somebody's article number.
            let parts = runs[index...last]
            let length = parts.reduce(0) { $0 + $1.count }
            let isCode =
                parts.allSatisfy { $0.count == run.count && $0.count >= 2 } && length <= 12
                && parts.contains { $0.digits > 0 }
            if isCode { add(.alphanumeric, run.start, runs[last].end, length) }
            return last + 1
        }
        single(run)
        return index + 1
    }

    /// Whether a hyphen alone joins a run to the next one.
    private func isJoined(_ index: Int) -> Bool {
        index + 1 < runs.count && runs[index + 1].start == runs[index].end + 1
            && text.exact[runs[index].end] == Scalar.hyphen
    }

    private static func isBrand(_ text: NormalizedText, _ run: Run) -> Bool {
        switch text.text(run.start..<run.end) {
        case "G", "FB", "IG": true
        default: false
        }
    }

    private mutating func single(_ run: Run) {
        if glued(run) { return }
        if run.digits > 0, run.lowers == 0, (4...10).contains(run.count) {
            // A card's tail behind crosses is no code.
            if text.exact[run.start] == 0x58, text.exact[run.start + 1] == 0x58 { return }
            add(.alphanumeric, run.start, run.end, run.count)
        } else if run.digits == 0, run.uppers == run.count, (5...8).contains(run.count) {
            if !(run.start..<run.end).contains(where: { Self.isVowel(text.exact[$0]) }) {
                add(.consonants, run.start, run.end, run.count)
            }
        } else if run.digits > 0, run.lowers > 0, (5...10).contains(run.count) {
            if text.folded[run.start] == 0x78, text.folded[run.start + 1] == 0x78 { return }
            add(.mixed, run.start, run.end, run.count)
        }
    }

    /// Digits that a word was written onto: `482913is your code`, `OTP482913`.
    private mutating func glued(_ run: Run) -> Bool {
        guard (4...8).contains(run.digits), run.digits < run.count else { return false }
        let middle = run.start + run.digits
        if (run.start..<middle).allSatisfy({ Scalar.isDigit(text.exact[$0]) }) {
            guard run.uppers == 0, run.lowers >= 2 else { return false }
            if !hasCue([.unit, .currency], at: middle) { add(.number, run.start, middle, run.digits) }
            return true
        }
        let number = run.end - run.digits
        guard (number..<run.end).allSatisfy({ Scalar.isDigit(text.exact[$0]) }) else { return false }
        if hasCue(.naming, at: run.start) {
            add(.number, number, run.end, run.digits)
            return true
        }
        // "USD500", "order4821": what the letters name is not a code.
        return hasCue([.currency, .lead], at: run.start)
    }

    private static func isVowel(_ scalar: UInt32) -> Bool {
        switch Unicode.Scalar(scalar) {
        case "A", "E", "I", "O", "U": true
        default: false
        }
    }

    private func hasCue(_ kinds: CueKind, at index: Int) -> Bool {
        index < cueAt.count && cueAt[index] >= 0 && cues[Int(cueAt[index])].kinds.contains(anyOf: kinds)
    }

    /// Whether such a word follows, with or without a space.
    private func hasCue(_ kinds: CueKind, behind index: Int) -> Bool {
        hasCue(kinds, at: index) || (text.at(index) == Scalar.space && hasCue(kinds, at: index + 1))
    }
}
