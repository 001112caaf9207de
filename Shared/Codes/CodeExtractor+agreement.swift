extension CodeExtractor {
    /// The code to give to a customer, of the one a provider parsed (if it did) and the text it came in.
    ///
    /// The provider's code comes first, but only if it stands in the text, whole: a provider that cut a price or half
    /// a number out of a text is not believed, and then there is no code rather than a guess. Without a provider's code
    /// it is ours. Without a text (some providers send the code alone) there is nothing to contradict the provider.
    package static func reconcile(provider: String?, text: String, voice: Bool? = nil) -> String? {
        guard let provider = provider.map({ NormalizedText($0) }), provider.count > 0 else {
            return code(in: text, voice: voice)
        }
        let wanted = provider.exact.filter { Scalar.isAlphanumeric($0) }
        // Letters alone are a code only in capitals; "your" stands in most texts.
        guard (3...16).contains(wanted.count),
            wanted.contains(where: { Scalar.isDigit($0) }) || wanted.allSatisfy({ Scalar.isUpper($0) })
        else { return nil }
        let source = NormalizedText(text)
        if source.count == 0 { return typed(provider, 0..<provider.count) }
        if let found = whole(wanted, in: source) { return typed(source, found) }
        // Said in words: the transcript has to give the same code by itself.
        let own = voice == false ? nil : extract(from: text, voice: voice)
        return own?.basis == .spoken && own?.value == typed(provider, 0..<provider.count) ? own?.value : nil
    }

    /// Where the characters stand in the text, in one run or in runs that a space or a hyphen parts. Linear: a run is
    /// compared once, and a comparison that began at a run ends with the code's sixteen characters.
    private static func whole(_ wanted: [UInt32], in text: NormalizedText) -> Range<Int>? {
        var work = 0
        let runs = text.runs(work: &work)
        let bare = withoutBrand(wanted)
        let hasDigit = wanted.contains { Scalar.isDigit($0) }
        for first in runs.indices {
            for candidate in bare.map({ [$0, wanted] }) ?? [wanted] {
                var index = first
                var place = runs[first].start
                var matched = 0
                while matched < candidate.count {
                    if place == runs[index].end {
                        guard index + 1 < runs.count, runs[index + 1].start == place + 1,
                            text.exact[place] == Scalar.space || text.exact[place] == Scalar.hyphen
                        else { break }
                        index += 1
                        place += 1
                    }
                    let (found, sought) = (text.exact[place], candidate[matched])
                    guard found == sought || (hasDigit && upper(found) == upper(sought)) else { break }
                    matched += 1
                    place += 1
                }
                guard matched == candidate.count, place == runs[index].end else { continue }
                if !isJoined(text, runs[first].start - 1, -1), !isJoined(text, place, 1) {
                    return runs[first].start..<place
                }
            }
        }
        return nil
    }

    /// Whether a hyphen or a decimal sign joins more digits to what ends there: it was not the whole.
    private static func isJoined(_ text: NormalizedText, _ place: Int, _ step: Int) -> Bool {
        guard Scalar.isDigit(text.at(place + step)) else { return false }
        switch Unicode.Scalar(text.at(place)) {
        case "-", ".", ",", ":", "/": return true
        default: return false
        }
    }

    /// The digits of `G123456`, which a text has behind `G-`.
    private static func withoutBrand(_ wanted: [UInt32]) -> [UInt32]? {
        let letters = wanted.prefix { !Scalar.isDigit($0) }
        let isBrand = ["G", "FB", "IG"].contains { $0.unicodeScalars.map(\.value) == Array(letters) }
        let digits = Array(wanted.dropFirst(letters.count))
        return isBrand && digits.count >= 4 && digits.allSatisfy { Scalar.isDigit($0) } ? digits : nil
    }

    private static func upper(_ scalar: UInt32) -> UInt32 { Scalar.isLower(scalar) ? scalar - 0x20 : scalar }

    /// What a person types: digits joined, hyphens kept among letters, a brand's letter gone.
    private static func typed(_ text: NormalizedText, _ range: Range<Int>) -> String {
        let scalars = range.map { text.exact[$0] }.filter { Scalar.isAlphanumeric($0) || $0 == Scalar.hyphen }
        let characters = scalars.filter { $0 != Scalar.hyphen }
        let digits = withoutBrand(characters) ?? characters
        let isNumber = digits.allSatisfy { Scalar.isDigit($0) }
        return String(String.UnicodeScalarView((isNumber ? digits : scalars).compactMap { Unicode.Scalar($0) }))
    }
}
