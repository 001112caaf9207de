/// Says which candidates are something else: money, dates, telephone numbers, the order's number. Each rule looks at
/// what stands right beside the candidate.
extension Analysis {
    mutating func excludeDecoys() {
        for index in candidates.indices where isDecoy(candidates[index]) { candidates[index].isExcluded = true }
        excludeNamed()
        excludeVoid()
    }

    private func isDecoy(_ candidate: Candidate) -> Bool {
        if candidate.shape == .spoken { return false }
        return surroundings.isLink[candidate.start] || isTail(candidate) || isAmount(candidate) || isMeasure(candidate)
            || isYearOfDate(candidate) || isPartOfAWord(candidate)
    }

    /// `*1234`, `…1234`, `••1234`: the end of something longer. `*482913*` is bold type.
    private func isTail(_ candidate: Candidate) -> Bool {
        var before = candidate.start - 1
        if text.at(before) == Scalar.space, text.at(before - 1) == 0x2A { before -= 1 }
        let star: UInt32 = 0x2A
        switch text.at(before) {
        case star: return !(text.at(candidate.end) == star && text.at(before - 1) != star)
        case 0x2022, 0xB7, 0xD7, 0x2026, 0x25CF, 0x2217: return true
        case 0x2E: return text.at(before - 1) == 0x2E
        case 0x2B: return true
        default: return text.at(candidate.end) == star && candidate.isDigits
        }
    }

    private func isAmount(_ candidate: Candidate) -> Bool {
        let (start, end) = (candidate.start, candidate.end)
        let before = text.at(start - 1) == Scalar.space ? start - 2 : start - 1
        let after = text.at(end) == Scalar.space ? end + 1 : end
        if Self.isCurrency(text.at(before)), !Scalar.isDigit(text.at(before - 1)) { return true }
        if Self.isCurrency(text.at(after)), !Scalar.isDigit(text.at(after + 1)) { return true }
        if text.at(after) == 0x25 || text.at(end) == 0xB0 { return true }
        if let cue = cue(.currency, before: start), !cue.kinds.contains(anyOf: .key) {
            // In "5 EUR 4821" the word belongs to the number before it.
            let belongsBefore = Scalar.isDigit(text.at(cue.start - 1)) || Scalar.isDigit(text.at(cue.start - 2))
            if Scalar.isASCIILetter(text.exact[cue.start]), !belongsBefore { return true }
        }
        if let cue = cue(.currency, behind: end), !cue.kinds.contains(anyOf: .key) {
            let belongsBehind = Scalar.isDigit(text.at(cue.end)) || Scalar.isDigit(text.at(cue.end + 1))
            return !belongsBehind
        }
        return false
    }

    private static func isCurrency(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x24, 0xA2...0xA5, 0x58F, 0x60B, 0x9F2, 0x9F3, 0xE3F, 0x17DB, 0x20A0...0x20CF, 0xFDFC, 0xFFE0, 0xFFE1,
            0xFFE5, 0xFFE6:
            true
        default: false
        }
    }

    /// "1440 minutes", "5000 points". Six digits and more are taken for that only when no word names them a code.
    private func isMeasure(_ candidate: Candidate) -> Bool {
        guard candidate.isDigits, let cue = cue(.unit, behind: candidate.end), !cue.kinds.contains(anyOf: .key) else {
            return false
        }
        if candidate.length <= 5, cue.end - cue.start > 1 || !Scalar.isUnspaced(text.exact[cue.start]) { return true }
        return candidate.length <= 5 && isYear(candidate)
    }

    func isYear(_ candidate: Candidate) -> Bool {
        guard candidate.shape == .number, candidate.length == 4 else { return false }
        let (first, second) = (text.exact[candidate.start], text.exact[candidate.start + 1])
        return (first == 0x31 && second == 0x39) || (first == 0x32 && second == 0x30)
    }

    /// "12 March 2026", "March 12, 2026".
    private func isYearOfDate(_ candidate: Candidate) -> Bool {
        guard isYear(candidate) else { return false }
        if cue(.month, before: candidate.start) != nil { return true }
        var index = candidate.start - 1
        if text.at(index) == Scalar.space { index -= 1 }
        if text.at(index) == 0x2C { index -= 1 }
        var digits = 0
        while digits < 3, Scalar.isDigit(text.at(index)) {
            digits += 1
            index -= 1
        }
        return (1...2).contains(digits) && cue(.month, before: index + 1) != nil
    }

    /// Stuck to an underscore, a slash or a sign of base64: a piece of something longer.
    private func isPartOfAWord(_ candidate: Candidate) -> Bool {
        func isGlue(_ scalar: UInt32) -> Bool {
            switch Unicode.Scalar(scalar) {
            case "_", "/", "\\", "&": true
            default: false
            }
        }
        if isGlue(text.at(candidate.start - 1)) || isGlue(text.at(candidate.end)) { return true }
        if candidate.isDigits { return text.at(candidate.start - 1) == 0x2116 || isLastOfWords(candidate) }
        let behind = text.at(candidate.end)
        return text.at(candidate.start - 1) == 0x23 || behind == 0x3D
            || (behind == 0x2B && Scalar.isAlphanumeric(text.at(candidate.end + 1)))
    }

    /// `lunar-gold-1234`: the digits alone are not what is to be typed.
    private func isLastOfWords(_ candidate: Candidate) -> Bool {
        var index = candidate.start - 1
        guard text.at(index) == Scalar.hyphen, Scalar.isLower(text.at(index - 1)) else { return false }
        index -= 1
        var steps = 0
        while steps < 16, Scalar.isLower(text.at(index)) {
            index -= 1
            steps += 1
        }
        return text.at(index) == Scalar.hyphen && Scalar.isLower(text.at(index - 1))
    }

    // MARK: Numbers that a word names otherwise

    /// Excludes what a word like "order" or "call" names. Such a word names the first number behind it, if nothing but
    /// words like "number" or "to" stands between.
    private mutating func excludeNamed() {
        var run = 0
        var candidate = 0
        for (index, cue) in cues.enumerated() where cue.kinds.contains(.lead) && !cue.kinds.contains(anyOf: .key) {
            while run < runs.count, runs[run].start < cue.end || runs[run].digits == 0 {
                run += 1
                spend(1)
            }
            guard run < runs.count else { return }
            while candidate < candidates.count, candidates[candidate].end <= runs[run].start { candidate += 1 }
            guard candidate < candidates.count else { return }
            // The number the word names is the first one; if that is no candidate the word is used up.
            guard candidates[candidate].start <= runs[run].start, candidates[candidate].shape != .spoken,
                candidates[candidate].start - cue.end <= Gap.reach, names(cue, at: index, candidates[candidate])
            else { continue }
            candidates[candidate].isExcluded = true
        }
    }

    private mutating func names(_ cue: Cue, at index: Int, _ candidate: Candidate) -> Bool {
        // Up to two words that are no connectors may stand between, unless something in the sentence is named a code.
        var strangers = 0
        var place = cue.end
        while place < candidate.start {
            spend(1)
            if let between = self.cue([.connector, .lead, .key], startingAt: place) {
                if between.kinds.contains(anyOf: .key), !between.kinds.contains(.lead) { return false }
                if between.kinds.contains(anyOf: [.connector, .lead]) {
                    place = between.end
                    continue
                }
            }
            let isStart = Scalar.isLetter(text.exact[place]) && text.isWordBoundary(place)
            let isUnspaced = Scalar.isUnspaced(text.exact[place])
            if isStart, !isUnspaced || !Scalar.isUnspaced(text.at(place - 1)) { strangers += 1 }
            place += 1
        }
        let gap = gap(cue.end, candidate.start)
        let keyed = isNaming(inSentenceOf: candidate, around: index)
        // "Your code for PayPal account: 482913": the colon belongs to the code.
        if keyed, gap.hasColon, sentence(cue.start) == sentence(candidate.start) { return false }
        if strangers == 0 { return true }
        return !keyed && strangers <= 2 && sentence(cue.end - 1) == sentence(candidate.start)
    }

    /// Whether a word names a code in the candidate's sentence, and has no other number to name: the nearest few words
    /// to either side of a lead are looked at.
    private mutating func isNaming(inSentenceOf candidate: Candidate, around index: Int) -> Bool {
        let wanted = sentence(candidate.start)
        for step in 1...8 {
            spend(1)
            let before = index - step
            if before >= 0, cues[before].kinds.contains(anyOf: .naming), sentence(cues[before].start) == wanted,
                !hasCandidate(between: cues[before].end, and: cues[index].start)
            {
                return true
            }
            let behind = index + step
            if behind < cues.count, cues[behind].kinds.contains(anyOf: .naming), cues[behind].start >= candidate.end,
                sentence(cues[behind].start) == wanted
            {
                return true
            }
        }
        return false
    }

    /// Whether a number stands between two places not far apart; binary search in the runs.
    private func hasCandidate(between start: Int, and end: Int) -> Bool {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].start < start { low = middle + 1 } else { high = middle }
        }
        while low < runs.count, runs[low].start < end, low < runs.count {
            if runs[low].digits >= 4 { return true }
            if runs[low].start - start > Gap.reach { return false }
            low += 1
        }
        return false
    }

    // MARK: Codes that serve no more

    private mutating func excludeVoid() {
        var next = 0
        for cue in cues where cue.kinds.contains(anyOf: [.voidsBefore, .voidsAfter]) {
            while next < candidates.count, candidates[next].start < cue.start {
                next += 1
                spend(1)
            }
            if cue.kinds.contains(.voidsBefore), next > 0,
                sentence(candidates[next - 1].start) == sentence(cue.start)
            {
                candidates[next - 1].isExcluded = true
            }
            if cue.kinds.contains(.voidsAfter), next < candidates.count,
                sentence(candidates[next].start) == sentence(cue.end - 1),
                candidates[next].start - cue.end <= Gap.reach
            {
                candidates[next].isExcluded = true
            }
        }
    }
}
