/// One text, taken apart: its words, its numbers and what they have to do with each other. Built in a few passes over
/// the text, each of which looks at every place a bounded number of times; `work` counts them, for the test of that.
struct Analysis {
    let text: NormalizedText
    let surroundings: Surroundings
    let isVoice: Bool?
    private(set) var cues: [Cue] = []
    /// The word that begins at a place, and the one that ends there, by index; -1 where none does.
    private(set) var cueStarting: [Int32]
    private(set) var cueEnding: [Int32]
    let runs: [Run]
    var candidates: [Candidate] = []
    private(set) var work = 0

    init(_ source: some StringProtocol, isVoice: Bool?) {
        let text = NormalizedText(source)
        self.text = text
        self.isVoice = isVoice
        surroundings = Surroundings(text)
        var work = surroundings.work + text.count
        cueStarting = [Int32](repeating: -1, count: text.count + 1)
        cueEnding = cueStarting
        var cues: [Cue] = []
        cues.reserveCapacity(text.count / 8)
        text.words(of: CueKind.words, work: &work) { payload, range in
            cues.append(Cue(kinds: CueKind(rawValue: payload), start: range.lowerBound, end: range.upperBound))
        }
        for (index, cue) in cues.enumerated() {
            cueStarting[cue.start] = Int32(index)
            cueEnding[cue.end] = Int32(index)
        }
        self.cues = cues
        runs = text.runs(work: &work)
        let scan = CandidateScan(text, runs: runs, cues: cues, cueAt: cueStarting)
        candidates = scan.candidates
        self.work = work + scan.work
        if isVoice == true { candidates += SpokenDigits.candidates(in: self) }
        finishCandidates()
    }

    /// Adds what was said in words, when nothing written was found.
    mutating func addSpoken() {
        candidates = SpokenDigits.candidates(in: self)
        finishCandidates()
    }

    private mutating func finishCandidates() {
        candidates.sort { $0.start < $1.start }
        for index in candidates.indices { candidates[index].fingerprint = candidates[index].fingerprint(in: text) }
    }

    mutating func spend(_ amount: Int) { work += amount }

    /// The word of such a kind that begins at a place, or behind one space.
    func cue(_ kinds: CueKind, behind index: Int) -> Cue? {
        cue(kinds, startingAt: index) ?? (text.at(index) == Scalar.space ? cue(kinds, startingAt: index + 1) : nil)
    }

    /// The word of such a kind that ends at a place, or before one space; a full stop may close it ("Rs. 500").
    func cue(_ kinds: CueKind, before index: Int) -> Cue? {
        var end = index
        if text.at(end - 1) == Scalar.space { end -= 1 }
        if text.at(end - 1) == 0x2E { end -= 1 }
        return cue(kinds, endingAt: end)
    }

    func cue(_ kinds: CueKind, startingAt index: Int) -> Cue? {
        guard index >= 0, index < cueStarting.count, cueStarting[index] >= 0 else { return nil }
        let cue = cues[Int(cueStarting[index])]
        return cue.kinds.contains(anyOf: kinds) ? cue : nil
    }

    func cue(_ kinds: CueKind, endingAt index: Int) -> Cue? {
        guard index >= 0, index < cueEnding.count, cueEnding[index] >= 0 else { return nil }
        let cue = cues[Int(cueEnding[index])]
        return cue.kinds.contains(anyOf: kinds) ? cue : nil
    }

    /// The sentence a place belongs to; places beyond the end belong to the last.
    func sentence(_ index: Int) -> Int32 {
        guard let last = surroundings.sentence.last else { return 0 }
        return index < surroundings.sentence.count ? surroundings.sentence[max(0, index)] : last
    }

    /// What lies between two places: how many words (at most as many as are worth telling apart), and whether a colon.
    func gap(_ from: Int, _ to: Int) -> Gap {
        var gap = Gap()
        var wasLetter = false
        for index in from..<min(to, from + Gap.reach) {
            let scalar = text.exact[index]
            let isLetter = Scalar.isLetter(scalar)
            if isLetter, !wasLetter { gap.words += 1 }
            wasLetter = isLetter
            if scalar == Scalar.colon || scalar == 0x3D { gap.hasColon = true }
        }
        if to - from > Gap.reach { gap.words += 1 }
        return gap
    }
}

struct Gap {
    static let reach = 48
    var words = 0
    var hasColon = false
}
