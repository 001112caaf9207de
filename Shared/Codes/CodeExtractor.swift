/// Finds the verification code in the text of a message or the transcript of a call.
///
/// Pure and without state. Guarantees: the time taken is in proportion to the text, of which the first 4 096
/// characters are looked at; the code comes as a person would type it: ASCII, without spaces, without hyphens among
/// digits, without a brand's `G-`. Does not guarantee to be right: a text it does not understand gives nil, and that is
/// meant to be likelier than a wrong code.
package enum CodeExtractor {
    /// The code in a text. `voice` tells a transcript (`true`) from a message (`false`); when it is not known, digits
    /// said as words are looked for if nothing else is found.
    package static func code(in text: String, voice: Bool? = nil) -> String? {
        extract(from: text, voice: voice)?.value
    }

    /// The code in a text, and what it was known by.
    package static func extract(from text: String, voice: Bool? = nil) -> ExtractedCode? {
        var analysis = Analysis(text, isVoice: voice)
        return extract(&analysis)
    }

    static func extract(_ analysis: inout Analysis) -> ExtractedCode? {
        guard analysis.text.count > 0 else { return nil }
        if let code = OriginBound.code(in: analysis.text) { return ExtractedCode(value: code, basis: .originBound) }
        if let best = analysis.best() {
            let basis: ExtractedCode.Basis = best.shape == .spoken ? .spoken : .context
            return ExtractedCode(value: best.value(in: analysis.text), basis: basis)
        }
        guard analysis.isVoice == nil else { return nil }
        analysis.addSpoken()
        return analysis.best().map { ExtractedCode(value: $0.value(in: analysis.text), basis: .spoken) }
    }
}

/// A code that was found.
package struct ExtractedCode: Hashable, Sendable {
    /// What it was known by.
    package enum Basis: Hashable, Sendable {
        /// The line `@host #code`, made to be read by machines.
        case originBound
        /// The words and signs about it.
        case context
        /// Digits said as words.
        case spoken
    }

    /// What a person types.
    package let value: String
    package let basis: Basis
}
