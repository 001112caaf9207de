/// Weighs the candidates that are left: what they look like, and how near a word stands that names a code.
enum Score {
    /// What is below this is not taken for a code.
    static let threshold = 5.5
    /// By how much a code that was said must be better than another one.
    static let margin = 1.5

    /// How much a word is worth right beside its number.
    static func weight(_ kinds: CueKind) -> Double {
        if kinds.contains(.strong) { return 10 }
        return kinds.contains(.plain) ? 8 : 4.5
    }

    static func shape(_ candidate: Candidate) -> Double {
        switch candidate.shape {
        case .branded: return 8
        case .alphanumeric: return 1.5
        case .consonants, .mixed: return -1
        case .number, .grouped, .spoken:
            switch candidate.length {
            case 6: return 3
            case 4, 5, 7, 8: return 2
            default: return -1
            }
        }
    }

    /// The part of its weight that a word in front of a number has.
    static func forward(_ gap: Gap, _ distance: Int, sentences: Int32) -> Double {
        // Nothing but signs and line breaks between: no sentence ended there, whatever the signs.
        if gap.words == 0, distance < Gap.reach { return 1 }
        let colon = gap.hasColon ? 0.1 : 0
        switch sentences {
        case 0: return gap.words == 1 ? 0.95 : max(0.45, 0.85 - Double(distance) / 160) + colon
        case 1: return max(0.25, 0.45 - Double(distance) / 300) + colon
        default: return max(0.12, 0.28 - Double(distance) / 300) + colon / 2
        }
    }

    /// The part of its weight that a word behind a number has.
    static func backward(_ gap: Gap, _ distance: Int, sentences: Int32) -> Double {
        switch sentences {
        case 0: return gap.words <= 1 ? 0.95 : gap.words <= 4 ? 0.85 : max(0.4, 0.75 - Double(distance) / 160)
        case 1: return max(0.25, 0.42 - Double(distance) / 300)
        default: return max(0.1, 0.25 - Double(distance) / 300)
        }
    }
}

extension Analysis {
    /// The best candidate, if any is good enough.
    mutating func best() -> Candidate? {
        excludeDecoys()
        let isSelling = isSelling
        var before = NearestKeys(), behind = NearestKeys()
        // Going forward, then back, each candidate meets the nearest word of each weight on either side.
        var next = 0
        var passed = 0
        for index in candidates.indices {
            while next < cues.count, cues[next].end <= candidates[index].start {
                before.pass(cues[next], passed: passed)
                next += 1
                spend(1)
            }
            candidates[index].score = Score.shape(candidates[index])
            if candidates[index].isExcluded { continue }
            let forward = before.best { entry in
                value(of: entry, forward: candidates[index], between: passed - entry.passed, isSelling: isSelling)
            }
            candidates[index].score += forward
            passed += 1
        }
        next = cues.count - 1
        passed = 0
        for index in candidates.indices.reversed() {
            while next >= 0, cues[next].start >= candidates[index].end {
                behind.pass(cues[next], passed: passed)
                next -= 1
                spend(1)
            }
            if candidates[index].isExcluded { continue }
            let forward = candidates[index].score - Score.shape(candidates[index])
            let backward = behind.best { entry in
                value(of: entry, backward: candidates[index], between: passed - entry.passed, isSelling: isSelling)
            }
            candidates[index].score += max(0, backward - forward)
            passed += 1
        }
        return choose(isSelling: isSelling)
    }

    private func value(
        of entry: NearestKeys.Entry, forward candidate: Candidate, between: Int, isSelling: Bool
    ) -> Double {
        let gap = gap(entry.cue.end, candidate.start)
        let sentences = sentence(candidate.start) - sentence(entry.cue.end - 1)
        let part = Score.forward(gap, candidate.start - entry.cue.end, sentences: sentences)
        guard isFit(candidate, isTight: gap.words <= 1 && candidate.start - entry.cue.end < 24, gap) else { return 0 }
        return weight(entry.cue, isSelling) * part - 1.5 * Double(min(3, between))
    }

    private func value(
        of entry: NearestKeys.Entry, backward candidate: Candidate, between: Int, isSelling: Bool
    ) -> Double {
        let gap = gap(candidate.end, entry.cue.start)
        let sentences = sentence(entry.cue.start) - sentence(candidate.end - 1)
        let part = Score.backward(gap, entry.cue.start - candidate.end, sentences: sentences)
        guard isFit(candidate, isTight: gap.words <= 2 && sentences == 0 && candidate.shape == .alphanumeric, gap)
        else {
            return 0
        }
        return weight(entry.cue, isSelling) * part - 1.5 * Double(min(3, between))
    }

    /// Vouchers have codes too: where something is sold, the plain word says little.
    private func weight(_ cue: Cue, _ isSelling: Bool) -> Double {
        Score.weight(cue.kinds) - (isSelling && !cue.kinds.contains(.strong) ? 5 : 0)
    }

    /// Letters are a code only right beside the word that says so; digits may stand further off.
    private func isFit(_ candidate: Candidate, isTight: Bool, _ gap: Gap) -> Bool {
        switch candidate.shape {
        case .number, .grouped, .branded, .spoken: true
        case .alphanumeric: isTight || gap.words <= 4
        case .consonants, .mixed: isTight && gap.words <= 1
        }
    }

    /// Speaks of selling, and names no code beyond doubt.
    private var isSelling: Bool {
        cues.contains { $0.kinds.contains(.selling) } && !cues.contains { $0.kinds.contains(.strong) }
    }

    private mutating func choose(isSelling: Bool) -> Candidate? {
        var linked: Set<UInt64> = []
        for candidate in candidates where surroundings.isLink[min(candidate.start, surroundings.isLink.count - 1)] {
            linked.insert(candidate.fingerprint)
        }
        let alone = Set(candidates.lazy.filter { !$0.isExcluded }.map(\.fingerprint)).count == 1
        var best: Candidate?
        // The best of those that say something else.
        var rival: Candidate?
        for candidate in candidates where !candidate.isExcluded {
            spend(1)
            var candidate = candidate
            if linked.contains(candidate.fingerprint) { candidate.score += 1.5 }
            if candidate.isDigits {
                if isApart(candidate) { candidate.score += 1.5 }
                if surroundings.isForAnApp { candidate.score += 3.5 }
                if alone, isNearlyAll(candidate) { candidate.score += 4 }
                if isYear(candidate), !isNamed(candidate) { candidate.score -= 3 }
                if isSelling, !isNamed(candidate) { candidate.score -= 3 }
            } else if isSelling {
                continue
            }
            guard candidate.score >= Score.threshold else { continue }
            if candidate.score > best?.score ?? 0 {
                if best?.fingerprint != candidate.fingerprint { rival = best }
                best = candidate
            } else if candidate.fingerprint != best?.fingerprint, candidate.score > rival?.score ?? 0 {
                rival = candidate
            }
        }
        // A voice that says one code and then another has said none.
        if isVoice == true, let best, let rival, best.shape == .spoken, rival.shape == .spoken,
            best.score - rival.score < Score.margin
        {
            return nil
        }
        return best
    }

    /// Whether a word that names codes stands right in front.
    private func isNamed(_ candidate: Candidate) -> Bool {
        var index = candidate.start
        while index > 0, candidate.start - index < 6, !Scalar.isLetter(text.exact[index - 1]) { index -= 1 }
        return cue(.naming, endingAt: index) != nil
    }

    /// On a line of its own, or at a sentence's end behind a colon.
    private func isApart(_ candidate: Candidate) -> Bool {
        func skipping(_ index: Int, _ step: Int) -> UInt32 {
            var index = index
            while text.at(index) == Scalar.space || text.at(index) == 0x2A { index += step }
            return text.at(index)
        }
        let before = skipping(candidate.start - 1, -1)
        let after = skipping(candidate.end, 1)
        let startsLine = before == 0 || before == Scalar.lineFeed
        let endsLine = after == 0 || after == Scalar.lineFeed
        return (startsLine && endsLine && candidate.length < text.count)
            || (before == Scalar.colon && (endsLine || after == 0x2E || after == 0x3002))
    }

    /// The text is the number, with a name beside it at most.
    private func isNearlyAll(_ candidate: Candidate) -> Bool {
        if isVoice == true { return true }
        if surroundings.words == 0 { return candidate.length >= 4 && candidate.length <= 8 }
        let hasMark = [0x5B, 0x3010, Scalar.colon, 0x28, 0x300C].contains { mark in text.exact.prefix(40).contains(mark)
        }
        return surroundings.words == 1 || (surroundings.words <= 3 && hasMark)
    }
}

/// The last word of each weight that was passed, and how many candidates had been.
struct NearestKeys {
    struct Entry {
        let cue: Cue
        let passed: Int
    }

    private var strong: Entry?
    private var plain: Entry?
    private var weak: Entry?

    mutating func pass(_ cue: Cue, passed: Int) {
        if cue.kinds.contains(.strong) {
            strong = Entry(cue: cue, passed: passed)
        } else if cue.kinds.contains(.plain) {
            plain = Entry(cue: cue, passed: passed)
        } else if cue.kinds.contains(.weak) {
            weak = Entry(cue: cue, passed: passed)
        }
    }

    /// The most that any of them is worth, never less than nothing.
    func best(_ value: (Entry) -> Double) -> Double {
        [strong, plain, weak].reduce(0) { best, entry in entry.map { max(best, value($0)) } ?? best }
    }
}
